# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whom the firewalls of control planes are going to let in, as long as they are somebody's to choose."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import network as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context


def _networks(texts: t.Iterable[t.Any]) -> t.List[_ip.Network]:
    """Those of the texts that are networks."""
    result = []
    for text in texts:
        try:
            result.append(_ip.network(str(text)))
        except ValueError:
            continue
    return result


def _malformed(clients: t.Mapping[str, t.List[str]]) -> t.Iterator[Finding]:
    """Each wrong entry once, whoever has it."""
    for client in dict.fromkeys(str(client) for texts in clients.values() for client in texts):
        try:
            _ip.network(client)
        except ValueError as exc:
            yield kinds.FIREWALL_CLIENTS_INVALID.at(subjects=["prereqs_firewall_clients"], reason=exc)


def check_firewall_clients(context: Context) -> t.Iterable[Finding]:
    """Clients are networks, and the control node is one of them: it talks to the API in every run."""
    clients: t.Mapping[str, t.List[str]] = context.plan.get("firewall_clients", {})
    yield from _malformed(clients)
    nodes = [part for text in context.plan.get("node_ips", {}).values() for part in split_addresses(text)]
    for name, own in context.plan.get("control_node", {}).items():
        facts = context.seen.get(name)
        if not facts or not facts["firewalls"] or name not in clients:
            continue
        address = _ip.address(own)
        if any(address in network for network in _networks([*clients[name], *nodes])):
            continue
        named = ", ".join(map(str, clients[name])) or "nobody"
        wanted = ", ".join([*map(str, clients[name]), own])
        yield kinds.CONTROL_NODE_SHUT_OUT.at(
            name,
            subjects=["prereqs_firewall_clients"],
            own=own,
            named=named,
            firewalls=" and ".join(facts["firewalls"]),
            wanted=wanted,
        )


__all__ = ("check_firewall_clients",)
