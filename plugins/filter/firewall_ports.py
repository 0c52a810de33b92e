# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: firewall_ports
short_description: What a node's firewall lets in
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Computes the openings of a node from its role, the network and the cluster's addresses.
  - Ports that only nodes need are opened to the other nodes' addresses, those of etcd to control planes, those of services to O(clients).
options:
  _input:
    description: Addresses of the other nodes.
    type: list
    elements: str
    required: true
  control_plane:
    description: Whether the node runs a control plane.
    type: bool
    required: true
  cni:
    description: The network.
    type: str
    choices: [flannel, calico, none]
    required: true
  pod_cidrs:
    description: Networks of the pods.
    type: list
    elements: str
    required: true
  clients:
    description: Networks and addresses that may reach the API, NodePorts and load balancer addresses; nodes and pods always may.
    type: list
    elements: str
    default: []
  control_planes:
    description: Addresses of the other control planes, which alone reach etcd.
    type: list
    elements: str
    default: []
  load_balancer:
    description: Whether MetalLB runs.
    type: bool
    default: false
  encapsulation:
    description: Calico's encapsulation; the others than VXLAN need BGP between the nodes.
    type: str
    default: vxlan
  wireguard:
    description: Whether Calico encrypts with WireGuard.
    type: bool
    default: false
  virtual_ip:
    description: The address that the control planes keep between them, if any; they tell each other about it with VRRP.
    type: str
    default: ""
  api_ports:
    description: Ports of control planes at which the API is reached beside its own, 6443; haproxy has one.
    type: list
    elements: int
    default: []
"""

EXAMPLES = r"""
- name: Show what a worker lets in
  ansible.builtin.debug:
    msg: >-
      {{ ['192.168.0.11'] | homelab.kubernetes.firewall_ports(control_plane=false, cni='flannel',
                                                              pod_cidrs=['10.244.0.0/16'],
                                                              clients=['192.168.0.0/24']) }}
"""

RETURN = r"""
_value:
  description:
    - One mapping for each opening, with C(port) (C(a:b) for a range, empty for all), C(protocol), C(source), C(destination),
      C(route) (traffic that passes through) and C(comment).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _ports as _firewall


def firewall_ports(peers: list[str], **options: t.Any) -> list[_firewall.Opening]:
    """Guard the types, then compute."""
    if not isinstance(peers, list):
        raise AnsibleFilterError(
            f"The homelab.kubernetes.firewall_ports filter takes a list; got {type(peers).__name__}"
        )
    try:
        return _firewall.firewall_ports(peers, **options)
    except (TypeError, ValueError) as exc:
        raise AnsibleFilterError(f"firewall_ports: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"firewall_ports": firewall_ports}
