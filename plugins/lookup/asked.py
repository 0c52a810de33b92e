# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: asked
short_description: What the variables of a host's inventory make necessary
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Reads the variables of the host at hand as the roles of this collection will see them, with the roles' own defaults, and
    tells what follows from them before any role has run.
  - A variable that is wrong counts as not set; saying so is the business of M(homelab.kubernetes.preflight).
options:
  _terms:
    description:
      - C(roles) are the roles whose variables are read; C(environment) are the variables with which a task uses the proxy;
        C(urls) the registries of the cluster's images, or their mirrors; C(package_urls) the keys of the package sources, by
        family; C(paths) the directories that the host is to export; C(peers) the ports of other nodes that the host will need;
        C(virtual_ip) the address that it is going to keep with other control planes.
    type: list
    elements: str
    choices: [roles, environment, urls, package_urls, paths, peers, virtual_ip]
    required: true
"""

EXAMPLES = r"""
- name: Show where the images of the cluster will come from
  ansible.builtin.debug:
    msg: "{{ lookup('homelab.kubernetes.asked', 'urls') }}"
"""

RETURN = r"""
_raw:
  description: One answer for each term, a list or a mapping.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import firsts
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import asked
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._roles import getter, known_addresses


class LookupModule(LookupBase):
    """Runs on the control node."""

    def run(self, terms: list[str], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        host, groups, hostvars = variables["inventory_hostname"], variables["groups"], variables["hostvars"]
        get = getter({**hostvars.raw_get(host), "hostvars": hostvars}, self._loader)
        answers: dict[str, t.Callable[[], t.Any]] = {
            "roles": lambda: asked.roles(get, groups),
            "environment": lambda: asked.environment(get) or {},
            "urls": lambda: asked.urls(get),
            "package_urls": lambda: asked.package_urls(get),
            "paths": lambda: asked.paths(get, host, groups),
            "peers": lambda: asked.peers(
                get, host, groups, firsts(known_addresses(groups.get("cluster", []), hostvars))
            ),
            "virtual_ip": lambda: asked.virtual_ip(
                get, host, groups, firsts(known_addresses(groups.get("cluster", []), hostvars))
            ),
        }
        unknown = [term for term in terms if term not in answers]
        if unknown:
            raise AnsibleError(f"nothing is asked by the name {unknown[0]!r}; there are {', '.join(answers)}")
        return [answers[term]() for term in terms]
