# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: personal_kubeconfig
short_description: The kubeconfig that a person keeps
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Turns kubeadm's C(admin.conf) into a kubeconfig whose cluster, user and context are named after the cluster, and whose
    server is the cluster's endpoint.
options:
  _input:
    description: Content of C(admin.conf), parsed.
    type: dict
    required: true
  name:
    description: Name of the cluster.
    type: str
    required: true
  endpoint:
    description: Host and port of the API.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Keep the kubeconfig
  ansible.builtin.copy:
    content: "{{ admin | from_yaml | homelab.kubernetes.personal_kubeconfig(name='homelab', endpoint='192.168.0.11:6443') | to_nice_yaml }}"
    dest: homelab.kubeconfig
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The kubeconfig.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeconfig import personal


def personal_kubeconfig(admin: t.Mapping[str, t.Any], name: str, endpoint: str) -> dict[str, t.Any]:
    """Translate the error, nothing else."""
    try:
        return personal(admin, name=name, endpoint=endpoint)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"personal_kubeconfig": personal_kubeconfig}
