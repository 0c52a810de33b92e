# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of nodes among themselves: ports, the tunnel of the pod network, packet sizes."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import network as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import address_of, addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import yes


def _answers_of(context: Context) -> t.Iterator[t.Tuple[str, str, t.Dict[str, t.Any]]]:
    """(source, target, answer) where the target itself could be looked at and keeps its ports open by itself."""
    managed = yes(context.plan.get("manage_firewall", True))
    seen = context.seen
    for source, facts in seen.items():
        for target, answer in facts["peers"].items():
            # prereqs opens the ports of an active firewall; until then it is right that nothing gets through.
            if target in seen and not (managed and seen[target]["firewalls"]):
                yield source, target, answer


def check_peers(context: Context) -> t.Iterable[Finding]:
    blocked: t.Dict[t.Tuple[str, str, str], t.List[str]] = {}
    for source, target, answer in _answers_of(context):
        for port, reason in answer["tcp"].items():
            if reason:
                blocked.setdefault((target, port, reason), []).append(source)
    ports: t.Dict[t.Tuple[str, str, t.Tuple[str, ...]], t.List[str]] = {}
    for (target, port, reason), names in blocked.items():
        ports.setdefault((target, reason, tuple(sorted(names))), []).append(port)
    for (target, reason, sources), numbers in ports.items():
        yield kinds.NODE_PORT_BLOCKED.at(
            target,
            s="s" if len(numbers) > 1 else "",
            ports=", ".join(sorted(numbers, key=int)),
            sources=", ".join(sources),
            reason=reason,
        )


def check_tunnel(context: Context) -> t.Iterable[Finding]:
    cni = context.plan.get("cni", "")
    port = context.network.port
    silent: t.Dict[str, t.List[str]] = {}
    for source, target, answer in _answers_of(context):
        listens = any(item["proto"] == "udp" and item["port"] == port for item in context.seen[target]["listeners"])
        # An open port is silent by nature, and a host that is cut off has its own finding.
        if answer.get("udp") is False and not listens and not any(answer["tcp"].values()):
            silent.setdefault(target, []).append(source)
    for target, sources in silent.items():
        yield kinds.NODE_TUNNEL_BLOCKED.at(target, port=port, sources=", ".join(sources), cni=cni)


def _card_mtu(context: Context, name: str) -> int:
    """The MTU of the card that has the node address; 0 when it is on none."""
    address, facts = primary_address(context.plan.get("node_ips", {}).get(name, "")), context.seen[name]
    device = addresses(facts).get(address_of(address) or "", ("", ""))[1]
    return next((interface["mtu"] for interface in facts["interfaces"] if interface["name"] == device), 0)


def check_path_mtu(context: Context) -> t.Iterable[Finding]:
    small: t.Dict[t.Tuple[str, int, int], t.List[str]] = {}
    for source, target, answer in _answers_of(context):
        mtu, passes = answer.get("mtu", 0), answer.get("passes", 0)
        if passes < mtu:
            small.setdefault((target, mtu, passes), []).append(source)
    for (target, mtu, passes), sources in small.items():
        card, names = _card_mtu(context, target), ", ".join(sources)
        known = f"the way carries {passes}" if passes else f"its card takes {card}" if card < mtu else "small ones do"
        kind = kinds.PATH_MTU_TOO_SMALL if passes else kinds.PATH_MTU_UNEQUAL
        yield kind.at(target, mtu=mtu, sources=names, target=target, known=known, passes=passes)


__all__ = (
    "check_path_mtu",
    "check_peers",
    "check_tunnel",
)
