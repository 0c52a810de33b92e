# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: node_peers
short_description: What a node must reach on the other nodes
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - The input of O(homelab.kubernetes.host_facts#module:peers), from the same table as the openings of a firewall.
  - A host whose variables are wrong or whose address is a name is left out; that is a finding of its own.
options:
  _input:
    description: Name of the host that tries.
    type: str
    required: true
  hosts:
    description: Names of all nodes.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
  control_plane:
    description: Names of the control planes.
    type: list
    elements: str
    required: true
  cni:
    description: The network. An unknown one counts as V(none).
    type: str
    default: none
  encapsulation:
    description: Calico's encapsulation.
    type: str
    default: vxlan
  load_balancer:
    description: Whether MetalLB runs.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what this host must reach
  ansible.builtin.debug:
    msg: >-
      {{ inventory_hostname | homelab.kubernetes.node_peers(groups['cluster'], hostvars, groups['control_plane'],
                                                            cni='flannel') }}
"""

RETURN = r"""
_value:
  description: Mapping of inventory name to C(address), C(tcp) ports and C(udp) port.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import probe as _probe
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import node_ips
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _ports as _firewall


def node_peers(
    host: str,
    hosts: t.Iterable[str],
    hostvars: t.Mapping[str, t.Any],
    control_plane: t.Collection[str],
    cni: t.Any = "none",
    encapsulation: t.Any = "vxlan",
    load_balancer: bool = False,
) -> dict[str, _probe.Peer]:
    """Collect the addresses that can be known, then compute."""
    known: dict[str, str] = {}
    for name in hosts:
        try:
            known.update(node_ips([name], hostvars))
        except AnsibleError:
            continue
    network = cni if isinstance(cni, str) and cni in _cni.NAMES else "none"
    return _firewall.node_peers(
        host,
        known,
        control_plane=control_plane,
        cni=network,
        encapsulation=str(encapsulation),
        load_balancer=load_balancer,
    )


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"node_peers": node_peers}
