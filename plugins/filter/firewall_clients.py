# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: firewall_clients
short_description: The networks whose machines a node serves
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Returns the networks of a host's interfaces that hold its node addresses or load balancer addresses, merged.
  - An address that is on no interface adds nothing; preflight reports it.
positional: interfaces, ranges
options:
  _input:
    description: The node addresses of the host.
    type: list
    elements: str
    required: true
  interfaces:
    description: The interfaces of the host, as C(host.interfaces) of M(homelab.kubernetes.host_facts) has them.
    type: list
    elements: dict
    required: true
  ranges:
    description: Addresses of load balancers, as CIDR or C(first-last) ranges.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show who may reach this node's services
  ansible.builtin.debug:
    msg: "{{ ['192.168.0.11'] | homelab.kubernetes.firewall_clients(result.host.interfaces) }}"
"""

RETURN = r"""
_value:
  description: Networks.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _ports as _firewall


def firewall_clients(
    addresses: list[str], interfaces: list[dict[str, t.Any]], ranges: t.Sequence[str] = ()
) -> list[str]:
    """Guard the types, then compute."""
    if not isinstance(addresses, list) or not isinstance(interfaces, list):
        raise AnsibleFilterError(
            "The homelab.kubernetes.firewall_clients filter takes two lists; got "
            f"{type(addresses).__name__} and {type(interfaces).__name__}"
        )
    try:
        return _firewall.client_networks(addresses, interfaces, ranges)
    except (KeyError, TypeError, ValueError) as exc:
        raise AnsibleFilterError(f"firewall_clients: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"firewall_clients": firewall_clients}
