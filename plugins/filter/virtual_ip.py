# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: virtual_ip
short_description: The address that control planes keep between them
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Tells whether the endpoint of a cluster is an address that moves between its control planes, which it is where no host has it for its own.
  - With O(host), tells also what VRRP needs to know there.
positional: nodes
options:
  _input:
    description: The endpoint, an address or a name.
    type: str
    required: true
  nodes:
    description: Node addresses of all hosts. P(homelab.kubernetes.node_addresses#filter) makes it.
    type: dict
    required: true
  provider:
    description: Who keeps such an address; V(none) is somebody else.
    type: str
    choices: [keepalived, none]
    default: keepalived
  host:
    description: A control plane.
    type: str
    default: ""
  control_planes:
    description: All control planes, in the order of the inventory.
    type: list
    elements: str
    default: []
  interfaces:
    description: Interfaces of the host with C(name) and C(addresses). M(homelab.kubernetes.host_facts) returns them.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Say whether an address moves
  ansible.builtin.debug:
    msg: "{{ ('192.168.0.10' | homelab.kubernetes.virtual_ip({'mini1': ['192.168.0.11']})).address }}"
"""

RETURN = r"""
_value:
  description:
    - C(address), empty where there is none, and else C(router_id).
    - With O(host), also C(control_planes), the address of each in the family of the one that moves, C(source) and C(interface),
      the host's own and where that is, C(peers), the addresses of the other control planes, C(unicast), whom keepalived tells
      that it has the address (empty for the whole network), and its C(priority).
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import virtual_ip as _virtual_ip


def virtual_ip(
    endpoint: str,
    nodes: dict[str, list[str]],
    provider: str = _virtual_ip.KEEPALIVED,
    host: str = "",
    control_planes: t.Sequence[str] = (),
    interfaces: t.Sequence[dict[str, t.Any]] = (),
) -> _virtual_ip.Instance:
    """Guard the types, then decide."""
    if not isinstance(endpoint, str) or not isinstance(nodes, dict):
        raise AnsibleFilterError(
            "The homelab.kubernetes.virtual_ip filter takes a text and a mapping; "
            f"got {type(endpoint).__name__} and {type(nodes).__name__}"
        )
    address = _virtual_ip.virtual_address(endpoint, nodes, provider)
    if not address:
        return {"address": ""}
    if not host:
        return {"address": address, "router_id": _virtual_ip.router_id(address)}
    try:
        return _virtual_ip.instance(address, host, control_planes, nodes, interfaces)
    except ValueError as exc:
        raise AnsibleFilterError(f"virtual_ip: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"virtual_ip": virtual_ip}
