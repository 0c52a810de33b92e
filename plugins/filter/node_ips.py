# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: node_ips
short_description: The node address of every host
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Tells the address each host of the inventory has in the cluster.
  - This is C(cluster_node_ip), or else C(ansible_host), or else the inventory name; of an IPv4 and an IPv6 address the first one.
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
"""

EXAMPLES = r"""
- name: Show where the nodes are
  ansible.builtin.debug:
    msg: "{{ groups['cluster'] | homelab.kubernetes.node_ips(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Mapping of inventory name to address.
  type: dict
"""

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import node_ips


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"node_ips": node_ips}
