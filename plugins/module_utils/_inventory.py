# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The one place that decides a host's node addresses from what the inventory says."""

from __future__ import annotations

import typing as t


def split_addresses(text: str) -> list[str]:
    """The addresses of ``192.0.2.11`` or ``192.0.2.11,2001:db8::11``, as the kubelet's --node-ip has them; so are ranges written."""
    return [part.strip() for part in text.split(",")]


def primary_address(text: str) -> str:
    """The first of them: the one of the API server, of certificates and of everything that takes only one."""
    return split_addresses(text)[0]


def node_addresses(hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    """Inventory name -> node addresses: ``cluster_node_ip``, else ``ansible_host``, else the name itself.

    Hosts do not see each other's role defaults, so the one of ``cluster_node_ip`` is decided here for all of them.
    """
    result = {}
    for host in hosts:
        variables = hostvars[host]
        result[host] = split_addresses(str(variables.get("cluster_node_ip") or variables.get("ansible_host") or host))
    return result


def firsts(addresses: t.Mapping[str, t.Sequence[str]]) -> dict[str, str]:
    """The first address of each host in ``node_addresses``."""
    return {host: found[0] for host, found in addresses.items()}


__all__ = ("firsts", "node_addresses", "primary_address", "split_addresses")
