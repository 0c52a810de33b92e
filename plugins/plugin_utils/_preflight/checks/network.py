# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which of its cards a host uses: its node addresses, their families, and the networks of the load balancer.

A wrong card is the usual mistake where virtual machines have a NAT card, the same 10.0.2.15 on all of them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, warning
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import kernel as _kernel
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import MalformedError, read_range
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


def _families(ranges: t.Any) -> t.List[int]:
    """The families of ``a,b`` in order; nothing where it is no text."""
    return [6 if ":" in part else 4 for part in split_addresses(ranges)] if isinstance(ranges, str) and ranges else []


def _choice(context: Context, name: str) -> str:
    if name not in context.seen:
        return "set cluster_node_ip to one of its addresses"
    found = ", ".join(map(str, cards(context.seen, name)))
    return f"set cluster_node_ip to one of its addresses; this host has {found or 'none of its own'}"


def _one_address(context: Context, name: str, text: str) -> t.Optional[Finding]:
    """What is wrong with one address of ``cluster_node_ip``."""
    address, fix = address_of(text), _choice(context, name)

    def wrong(id_: str, message: str, why: str) -> Finding:
        return error(id_, message, host=name, why=why, fix=fix, subjects=["cluster_node_ip"])

    if address is None:
        return wrong(
            "node-ip-not-an-address",
            f'cluster_node_ip is "{text}", a name and no address',
            "API server, kubelet, certificates and pod network all need the address itself.",
        )
    if is_local(address):
        return wrong(
            "node-ip-local",
            f"cluster_node_ip {text} means every machine itself",
            "No other node could reach it. (A forwarded port at ansible_host is enough for SSH, not for a cluster.)",
        )
    if name not in context.seen:
        return None
    if address not in addresses(context.seen[name]):
        if _configured_elsewhere(context, name, address):
            return None
        return wrong(
            "node-ip-missing",
            f"cluster_node_ip {text} is on none of its interfaces",
            "API server, kubelet and pod network bind to this address. (Behind NAT, ansible_host is another one.)",
        )
    others = elsewhere(context.seen, name, address)
    if others:
        return wrong(
            "node-ip-not-unique",
            f"cluster_node_ip {text} is also on {', '.join(others)}",
            "Nodes would reach themselves there instead of each other. A NAT card (VirtualBox: 10.0.2.15) has the same "
            "address on every machine and is for the way out only.",
        )
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
            yield error(
                "node-ip-families",
                f"cluster_node_ip {text} is not one address, nor one of IPv4 and one of IPv6",
                host=name,
                why="The kubelet takes one address, or one of each family.",
                fix=_choice(context, name),
                subjects=["cluster_node_ip"],
            )
        elif len(families) == 2 and services and families[0] != services[0]:
            yield error(
                "node-ip-families",
                f"cluster_node_ip {text} begins with IPv{families[0]}, cluster_service_cidr with IPv{services[0]}",
                host=name,
                why="The API server's own service has the first family, and must find the API server by it.",
                fix=f"cluster_node_ip: {','.join(reversed(parts))}",
                subjects=["cluster_node_ip", "cluster_service_cidr"],
            )
        elif families == services[:1] and len({*pods}) == len({*services}) == 2:
            yield _second_family(context, name, text, services[1])


def _second_family(context: Context, name: str, text: str, family: int) -> Finding:
    """Why a host with one address is no node of a dual-stack cluster."""
    network = addresses(context.seen[name]).get(address_of(text) or "", ("", ""))[1]
    choice = [card for card in cards(context.seen, name) if card.family == family]
    nearest = next((card for card in choice if card.device == network), None) or next(iter(choice), None)
    first, second = (context.plan[key].split(",")[0].strip() for key in ("pods", "services"))
    instead = f"or leave IPv{family} out: cluster_pod_cidr: {first} and cluster_service_cidr: {second}"
    off = family == 6 and "::1" not in addresses(context.seen[name])
    what, fix = f"cluster_node_ip {text} has no IPv{family} address", f"{text},<its IPv{family} address>"
    if nearest:
        fix = f"cluster_node_ip: {text},{nearest.address}; {instead}"
    else:
        what = f"has no IPv{family} address" + (", and IPv6 is switched off there" if off else "")
        example = "fd00:10::11/64" if family == 6 else "192.168.0.11/24"
        fix = f"give it a fixed one beside {text} (such as {example}) and set cluster_node_ip: {fix}; {instead}"
    return error(
        "node-without-second-family",
        f"{what}, but pods and services have both families",
        host=name,
        why=f"The pod network carries IPv{family} between nodes at their IPv{family} addresses; node ports need one too.",
        fix=fix,
        subjects=["cluster_node_ip"],
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
            yield warning(
                "ipv6-router-advertisements",
                f"its card {card} has IPv6 addresses or routes that the kernel learned from a router, and accept_ra is 1",
                host=name,
                why="Pods need forwarding of IPv6. With it, the kernel takes nothing more from routers, and what it has learned "
                "expires, often after 30 minutes.",
                fix=f"for {name}, prereqs_sysctls: {{net/ipv6/conf/{card}/accept_ra: 2}}; or give the card a fixed address and gateway",
                subjects=["prereqs_sysctls"],
            )


def card_networks(seen: Seen, text: str) -> t.List[Card]:
    """The cards of all hosts in whose network a range lies. Raises MalformedError for what is no range."""
    span = read_range(text, "load_balancer")
    found = []
    for name in seen:
        for card in cards(seen, name):
            network = _ip.network(card.network)
            first, last = int(network.network_address), int(network.broadcast_address)
            if card.family == span.family and first <= span.first and span.last <= last:
                found.append(card)
    return found


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
            yield error(
                "load-balancer-network-missing",
                f"cluster_load_balancer_ranges {text} is in no network of any host",
                why="MetalLB answers on the cards of the nodes: no client would ever find such an address.",
                fix=f"use free addresses of a network that the nodes have: {', '.join(known) or 'they have none'}",
                subjects=["cluster_load_balancer_ranges"],
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
        yield error(
            "load-balancer-card-missing",
            f"has no card {' or '.join(map(str, names))}, which metallb_interfaces names",
            host=name,
            why="MetalLB may choose a node that has none of these cards: the addresses it gets there answer nobody.",
            fix=f"metallb_interfaces: [{', '.join([*map(str, names), *own])}], or [] for all cards",
            subjects=["metallb_interfaces"],
        )


__all__ = (
    "Context",
    "card_networks",
    "check_announcing_cards",
    "check_families",
    "check_load_balancer",
    "check_node_ip",
    "check_router_advertisements",
)
