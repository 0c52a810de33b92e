# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: node_addresses
short_description: The node addresses of every host
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Tells the addresses each host of the inventory has in the cluster, two of them where it has both families.
  - These are those of C(cluster_node_ip), or else C(ansible_host), or else the inventory name.
positional: hostvars
options:
  _input:
    description: Inventory names.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
  first:
    description: Whether only the first address of each host is told, for what takes one.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show where the nodes are
  ansible.builtin.debug:
    msg: "{{ groups['cluster'] | homelab.kubernetes.node_addresses(hostvars) }}"

- name: Show where the API of each control plane is
  ansible.builtin.debug:
    msg: "{{ groups['control_plane'] | homelab.kubernetes.node_addresses(hostvars, first=true) }}"
"""

RETURN = r"""
_value:
  description: Mapping of inventory name to a list of one or two addresses, or with O(first) to one address.
  type: dict
"""

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _inventory


def node_addresses(
    hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Any], first: bool = False
) -> dict[str, list[str]] | dict[str, str]:
    """All addresses of each host, or the first ones."""
    found = _inventory.node_addresses(hosts, hostvars)
    return _inventory.firsts(found) if first else found


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"node_addresses": node_addresses}
