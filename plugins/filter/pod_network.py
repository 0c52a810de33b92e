# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pod_network
short_description: What is known of a pod network
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Tells where a pod network's pods run and which devices it makes, from the table that preflight, the firewall and the proof read too.
  - A network that is not known is an error that says which are.
options:
  _input:
    description: The network.
    type: str
    choices: [flannel, calico, none]
    required: true
"""

EXAMPLES = r"""
- name: Show where the pods of the network run
  ansible.builtin.debug:
    msg: "{{ (cluster_cni | homelab.kubernetes.pod_network).namespace }}"
"""

RETURN = r"""
_value:
  description:
    - C(namespace) of its pods, empty with V(none).
    - C(unmanaged), patterns of the devices that NetworkManager must leave alone, and C(network_manager), the file that says so;
      nothing where it does not touch them anyway.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni


def pod_network(name: str) -> dict[str, t.Any]:
    """What roles need of the row."""
    if name not in _cni.POD_NETWORKS:
        raise AnsibleFilterError(f'"{name}" is no pod network that is known; there are {", ".join(_cni.POD_NETWORKS)}')
    row = _cni.pod_network(name)
    told = {"unmanaged": list(row.links), "network_manager": _cni.manager_file(name)} if row.network_manager else {}
    return {"namespace": row.namespace, "unmanaged": [], "network_manager": "", **told}


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"pod_network": pod_network}
