# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: role_option
short_description: An option of a role that is not in this play
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Tells the value of an option as the role that has it would see it - what the user has set, or else the default of that role, which
    Ansible shows to nobody where the role is not in the play.
  - A default may use the options of its own role and of the role C(cluster).
options:
  _terms:
    description: Names of options of roles of this collection.
    type: list
    elements: str
    required: true
  hosts:
    description: Hosts to tell about instead of the one at hand.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show how Calico would carry packets between nodes
  ansible.builtin.debug:
    msg: "{{ lookup('homelab.kubernetes.role_option', 'calico_encapsulation') }}"

- name: Show which nodes mount NFS volumes
  ansible.builtin.debug:
    msg: "{{ lookup('homelab.kubernetes.role_option', 'nfs_storage_client', hosts=groups['cluster']) }}"
"""

RETURN = r"""
_raw:
  description: The value of each option; with O(hosts) a mapping of host to value.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._roles import option


class LookupModule(LookupBase):
    """Runs on the control node."""

    def run(self, terms: list[str], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        hosts = self.get_option("hosts")
        hostvars = variables["hostvars"]
        own = {host: {**hostvars.raw_get(host), "hostvars": hostvars} for host in hosts}
        try:
            if hosts:
                return [{host: option(term, own[host], self._loader) for host in hosts} for term in terms]
            return [option(term, variables, self._loader) for term in terms]
        except ValueError as exc:
            raise AnsibleLookupError(str(exc)) from exc
