# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which of its cards a host uses: its node addresses, their families, and the networks of the load balancer.

A wrong card is the usual mistake where virtual machines have a NAT card, the same 10.0.2.15 on all of them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import kernel as _kernel
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address, split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import (
    MalformedError,
    network,
    read_range,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import network as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import (
    Card,
    Seen,
    address_of,
    addresses,
    cards,
    elsewhere,
    is_local,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import yes


def _families(ranges: t.Any) -> t.List[int]:
    """The families of ``a,b`` in order; nothing where it is no text."""
    return [6 if ":" in part else 4 for part in split_addresses(ranges)] if isinstance(ranges, str) and ranges else []


def _choice(context: Context, name: str) -> str:
    if name not in context.seen:
        return ""
    found = ", ".join(map(str, cards(context.seen, name)))
    return f"; this host has {found or 'none of its own'}"


def _one_address(context: Context, name: str, text: str) -> t.Optional[Finding]:
    """What is wrong with one address of ``cluster_node_ip``."""
    address = address_of(text)
    known: dict[str, t.Any] = {"subjects": ["cluster_node_ip"], "text": text, "addresses": _choice(context, name)}
    if address is None:
        return kinds.NODE_IP_NOT_AN_ADDRESS.at(name, **known)
    if is_local(address):
        return kinds.NODE_IP_LOCAL.at(name, **known)
    if name not in context.seen:
        return None
    if address not in addresses(context.seen[name]):
        if _configured_elsewhere(context, name, address):
            return None
        return kinds.NODE_IP_MISSING.at(name, **known)
    others = elsewhere(context.seen, name, address)
    if others:
        return kinds.NODE_IP_NOT_UNIQUE.at(name, **known, others=", ".join(others))
    return None


def _configured_elsewhere(context: Context, name: str, address: str) -> bool:
    """Whether the inventory gives another host the address too; the address plan says so once, for both."""
    given: t.Mapping[str, str] = context.plan.get("node_ips", {})
    return any(address in map(address_of, split_addresses(text)) for other, text in given.items() if other != name)


def check_node_ip(context: Context) -> t.Iterable[Finding]:
    """Every node address is on its host and on no other; of a host that nobody could look at, it is an address at least."""
    given: t.Mapping[str, str] = context.plan.get("node_ips", {})
    for name in {**given, **context.seen}:
        for text in split_addresses(given.get(name, "")):
            finding = _one_address(context, name, text)
            if finding:
                yield finding


def check_families(context: Context) -> t.Iterable[Finding]:
    """Hosts of a cluster with IPv4 and IPv6 have both, in the order of the services."""
    pods, services = _families(context.plan.get("pods")), _families(context.plan.get("services"))
    for name in context.seen:
        text = context.plan.get("node_ips", {}).get(name, "")
        parts = split_addresses(text)
        if any(address_of(part) is None for part in parts):
            continue
        families = _families(text)
        if len(families) > 2 or len(set(families)) != len(families):
            yield kinds.NODE_IP_FAMILIES.at(
                name, subjects=["cluster_node_ip"], text=text, addresses=_choice(context, name)
            )
        elif len(families) == 2 and services and families[0] != services[0]:
            yield kinds.NODE_IP_ORDER.at(
                name,
                subjects=["cluster_node_ip", "cluster_service_cidr"],
                text=text,
                first=families[0],
                services=services[0],
                swapped=",".join(reversed(parts)),
            )
        elif families == services[:1] and len({*pods}) == len({*services}) == 2:
            yield _second_family(context, name, text, services[1])


def _second_family(context: Context, name: str, text: str, family: int) -> Finding:
    """Why a host with one address is no node of a dual-stack cluster."""
    device = addresses(context.seen[name]).get(address_of(text) or "", ("", ""))[1]
    choice = [card for card in cards(context.seen, name) if card.family == family]
    nearest = next((card for card in choice if card.device == device), None) or next(iter(choice), None)
    known: dict[str, t.Any] = {"subjects": ["cluster_node_ip"], "text": text, "family": family}
    known.update({key: primary_address(context.plan[key]) for key in ("pods", "services")})
    if nearest:
        return kinds.NODE_IP_SECOND_FAMILY.at(name, **known, address=nearest.address)
    off = family == 6 and "::1" not in addresses(context.seen[name])
    return kinds.NODE_WITHOUT_SECOND_FAMILY.at(
        name,
        **known,
        off=", and IPv6 is switched off there" if off else "",
        example="fd00:10::11/64" if family == 6 else "192.168.0.11/24",
    )


def _accepts_for_good(card: str, sysctls: t.Mapping[str, t.Any]) -> bool:
    """Whether prereqs is going to let a router go on telling a card."""
    wanted = _kernel.sysctl_path(f"net/ipv6/conf/{card}/accept_ra")
    for key, value in sysctls.items():
        try:
            if _kernel.sysctl_path(str(key)) == wanted:
                return _kernel.normal(value) == "2"
        except ValueError:
            continue
    return False


def check_router_advertisements(context: Context) -> t.Iterable[Finding]:
    """IPv6 that the kernel itself learned from a router survives forwarding.

    With forwarding on, the kernel believes router advertisements only where accept_ra is 2 (ip-sysctl). NetworkManager and
    systemd-networkd listen to routers themselves and set 0, so 1 means that nobody but the kernel does.
    """
    if 6 not in _families(context.plan.get("pods")):
        return
    for name, facts in context.seen.items():
        sysctls = context.plan.get("sysctls", {}).get(name, {})
        for card, accepts in facts["router_advertisements"].items():
            if accepts != 1 or _accepts_for_good(card, sysctls):
                continue
            yield kinds.IPV6_ROUTER_ADVERTISEMENTS.at(name, subjects=["prereqs_sysctls"], card=card, name=name)


def card_networks(seen: Seen, text: str) -> t.List[Card]:
    """The cards of all hosts in whose network a range lies. Raises MalformedError for what is no range."""
    wanted = read_range(text, "load_balancer").range()
    return [card for name in seen for card in cards(seen, name) if wanted in network(card.network)]


_IPV6_LEAST = 1280


def _overhead(context: Context) -> int:
    """What the pod network's headers take of an IPv6 packet between nodes: bytes."""
    row, plan = context.network, context.plan
    if row.encrypted and yes(plan.get("calico_wireguard", False)):
        return row.encrypted_overhead
    return row.overhead if not row.routed or plan.get("calico_encapsulation", "vxlan") == "vxlan" else 0


def check_ipv6_mtu(context: Context) -> t.Iterable[Finding]:
    """IPv6 pods over an interface that leaves less than IPv6's least MTU, as over tailscale0."""
    if 6 not in _families(context.plan.get("pods")) or not context.network.title:
        return
    overhead = _overhead(context)
    for name, facts in context.seen.items():
        address = address_of(primary_address(context.plan.get("node_ips", {}).get(name, "")))
        device = addresses(facts).get(address or "", ("", ""))[1]
        mtu = next((interface["mtu"] for interface in facts["interfaces"] if interface["name"] == device), 0)
        if 0 < mtu < _IPV6_LEAST + overhead:
            yield kinds.IPV6_MTU_TOO_SMALL.at(
                name,
                subjects=["cluster_node_ip"],
                device=device,
                mtu=mtu,
                inside=mtu - overhead,
                least=_IPV6_LEAST + overhead,
            )


def check_load_balancer(context: Context) -> t.Iterable[Finding]:
    """Every range is in a network on which some node has a card; which one, nobody knows as long as a host is missing."""
    ranges = context.plan.get("load_balancer")
    if not isinstance(ranges, list) or set(context.plan.get("cluster", [])) - set(context.seen):
        return
    known = sorted({f"{card.network} ({card.device})" for name in context.seen for card in cards(context.seen, name)})
    for text in ranges:
        try:
            found = card_networks(context.seen, text)
        except (MalformedError, TypeError):
            continue
        if not found:
            yield kinds.LOAD_BALANCER_NETWORK_MISSING.at(
                subjects=["cluster_load_balancer_ranges"], text=text, networks=", ".join(known) or "they have none"
            )


def check_announcing_cards(context: Context) -> t.Iterable[Finding]:
    """Every host has one of the cards on which load balancer addresses are to be announced."""
    names = context.plan.get("load_balancer_interfaces")
    if not isinstance(names, list) or not names:
        return
    for name in context.plan.get("cluster", []):
        facts = context.seen.get(name)
        if not facts or {interface["name"] for interface in facts["interfaces"]} & {str(card) for card in names}:
            continue
        own = list(dict.fromkeys(card.device for card in cards(context.seen, name)))
        yield kinds.LOAD_BALANCER_CARD_MISSING.at(
            name,
            subjects=["metallb_interfaces"],
            names=" or ".join(map(str, names)),
            choice=", ".join([*map(str, names), *own]),
        )


__all__ = (
    "Context",
    "card_networks",
    "check_announcing_cards",
    "check_families",
    "check_ipv6_mtu",
    "check_load_balancer",
    "check_node_ip",
    "check_router_advertisements",
)
