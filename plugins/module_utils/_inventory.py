# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The one place that decides a host's node addresses from what the inventory says."""

from __future__ import annotations

import typing as t


def split_addresses(text: str) -> list[str]:
    """The addresses of ``192.0.2.11`` or ``192.0.2.11,2001:db8::11``, as the kubelet's --node-ip has them."""
    return [part.strip() for part in text.split(",")]


def primary_address(text: str) -> str:
    """The first of them: the one of the API server, of certificates and of everything that takes only one."""
    return split_addresses(text)[0]


def node_addresses(hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    """Inventory name -> node addresses: ``cluster_node_ip``, else ``ansible_host``, else the name itself.

    Role defaults of one host are not visible to another, so the default is repeated here and nowhere else.
    """
    result = {}
    for host in hosts:
        variables = hostvars[host]
        result[host] = split_addresses(str(variables.get("cluster_node_ip") or variables.get("ansible_host") or host))
    return result


def node_ips(hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Inventory name -> the first of ``node_addresses``."""
    return {host: addresses[0] for host, addresses in node_addresses(hosts, hostvars).items()}


__all__ = ("node_addresses", "node_ips", "primary_address", "split_addresses")
