# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The rules of an address plan: each says which values contradict each other and what would break."""

from __future__ import annotations

import difflib
import itertools
import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.input import KEYS, Plan
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.labels import LABELS, SAMPLES
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.space import merged, nearest_fit
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import (
    BITS,
    NOT_PUBLIC,
    UNUSABLE,
    Span,
    address,
    address_text,
    quote,
    range_text,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog.addresses import KINDS
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import netaddr


class Issue(t.NamedTuple):
    """A rule that is broken; where ``move`` names keys, the fix is what the proposal does to them."""

    id: str
    what: str
    subjects: tuple[str, ...]
    host: str = ""
    fix: str = ""
    move: tuple[str, ...] = ()


CORE = ("pods", "services")
MOVABLE = (*CORE, "load_balancer", "endpoint")
SERVICE_PREFIXES = {4: (12, 28), 6: (108, 124)}
WIDEST = 16
_INSIDE = ("nodes", "endpoint", "gateways", "dns_servers", "nfs_servers", "dhcp_ranges")


def label(span: Span) -> str:
    """``node mini1 192.168.0.11``"""
    name = quote(span.name)[1:-1] if span.name else ""
    # The name of a network found on hosts may already say what it is.
    parts = (LABELS[span.key], name, "" if span.text in name else span.text)
    return " ".join(part for part in parts if part)


def _relation(one: Span, other: Span) -> str:
    if one[:3] == other[:3]:
        return "is the same as"
    if one.holds(other):
        return "contains"
    return "lies inside" if other.holds(one) else "overlaps"


def _unique(*subjects: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(subjects))


def _pair(id_: str, one: Span, other: Span, move: tuple[str, ...]) -> Issue:
    host = other.name if other.key == "nodes" else ""
    return Issue(
        id_, f"{label(one)} {_relation(one, other)} {label(other)}", _unique(one.subject, other.subject), host, "", move
    )


def routed(plan: Plan, family: int = 0) -> list[Span]:
    """Other networks that say something: no default route, nor the halves that VPNs use in its place."""
    return [span for span in plan.of("other_networks", family=family) if span.prefix > 1]


def needed_blocks(plan: Plan) -> int:
    return max(len(plan.node_names), plan.max_nodes)


def block_holds(family: int, prefix: int) -> int:
    """Pods per node block: not the network address, the broadcast address and the bridge's own."""
    return max(0, (1 << (BITS[family] - prefix)) - 3)


def _unreadable(plan: Plan) -> t.Iterator[Issue]:
    for problem in plan.problems:
        key = problem.subject.split(".", 1)[0]
        repaired = f"write {problem.repaired}" if problem.repaired else ""
        move = (key,) if key in CORE and not repaired else ()
        fix = repaired or ("" if move else f"write {SAMPLES.get(key, 'a whole number, or leave it out')}")
        what = f"{quote(problem.subject)[1:-1]}: {problem.value} {problem.reason}"
        yield Issue("malformed-value", what, (problem.subject,), "", fix, move)
    for key in plan.unknown:
        close = difflib.get_close_matches(key[:100], KEYS, 1)
        fix = f"write {close[0]}" if close else f"use only {', '.join(KEYS[:-1])}"
        yield Issue("unknown-key", f"{quote(key)} is not a key of an address plan", (key,), "", fix)


def _reserved(plan: Plan) -> t.Iterator[Issue]:
    for span in plan.of(*(key for key in LABELS if key != "other_networks")):
        space = next((space for space in UNUSABLE if space.overlaps(span)), None)
        # An IPv6 router announces itself with its link-local address.
        if space is None or (span.key == "gateways" and span.family == 6 and space.name == "link-local"):
            continue
        where = "lies in" if space.holds(span) else "reaches into"
        host = span.name if span.key == "nodes" else ""
        move = (span.key,) if span.key in MOVABLE else ()
        fix = "" if move else f"write the one that other machines can reach, nobody reaches {space.name} space"
        yield Issue(
            "reserved-address",
            f"{label(span)} {where} {space.name} space {space.text}",
            (span.subject,),
            host,
            fix,
            move,
        )


def _swallowed(plan: Plan) -> t.Iterator[Issue]:
    rest = plan.of(*(key for key in LABELS if key not in (*CORE, "other_networks"))) + routed(plan)
    for owner in CORE:
        for one in plan.of(owner):
            for other in rest:
                if one.overlaps(other):
                    yield _pair(f"{owner}-overlap-{other.key.replace('_', '-')}", one, other, (owner, other.key))
    for one, other in itertools.product(plan.of("pods"), plan.of("services")):
        if one.overlaps(other):
            yield _pair("pods-overlap-services", one, other, ("pods", "services"))


def _pools(plan: Plan) -> t.Iterator[Issue]:
    pools = plan.of("load_balancer")
    for pool, other in itertools.product(pools, plan.of(*_INSIDE)):
        if pool.overlaps(other):
            yield _pair(
                f"load-balancer-overlap-{other.key.replace('_', '-')}", pool, other, ("load_balancer", other.key)
            )
    for one, other in itertools.combinations(pools, 2):
        if one.overlaps(other):
            yield _pair("load-balancer-pools-overlap", one, other, ("load_balancer",))
    for pool in pools:
        yield from _pool_place(plan, pool)


def _pool_place(plan: Plan, pool: Span) -> t.Iterator[Issue]:
    networks = plan.of("node_networks", family=pool.family)
    if networks and not any(network.holds(pool) for network in networks + routed(plan, pool.family)):
        inside = " or ".join(network.text for network in networks)
        fix = f"use addresses inside {inside}, or name the network in other_networks"
        yield Issue(
            "pool-outside-node-networks", f"{label(pool)} is outside every node network", (pool.subject,), "", fix
        )
    ends = [
        (network, kind, end)
        for network in networks
        for kind, end in _ends(network).items()
        if pool.first <= end <= pool.last
    ]
    for network, kind, end in ends:
        what = f"{label(pool)} contains {address_text(pool.family, end)}, the {kind} address of {label(network)}"
        fix = _without(pool, (end for _network, _kind, end in ends))
        yield Issue(f"pool-holds-{kind}-address", what, (pool.subject, network.subject), "", fix)


def _ends(network: Span) -> dict[str, int]:
    """The addresses of a network that no machine can have; IPv6 has no broadcast."""
    if network.size <= 2:
        return {}
    return {"network": network.first, **({"broadcast": network.last} if network.family == 4 else {})}


def _without(pool: Span, addresses: t.Iterable[int]) -> str:
    left = netaddr.IPSet(pool.range()) - netaddr.IPSet(address(pool.family, one) for one in addresses)
    parts = [range_text(part) for part in left.iter_ipranges()]
    return f"write {' and '.join(parts)} instead of {pool.text}" if parts else f"leave {pool.text} out"


_ENDPOINT = {
    "gateways": "endpoint-equals-gateway",
    "dns_servers": "endpoint-equals-dns-server",
    "dhcp_ranges": "endpoint-in-dhcp-range",
}


def misplaced_endpoints(plan: Plan) -> t.Iterator[tuple[str, Span, Span]]:
    """(rule, endpoint, what it must not be)."""
    nodes = {node[:2] for node in plan.of("nodes")}
    for endpoint, other in itertools.product(plan.of("endpoint"), plan.of(*_ENDPOINT)):
        if endpoint.overlaps(other):
            yield _ENDPOINT[other.key], endpoint, other
    for endpoint in plan.of("endpoint"):
        network = _network_of(plan, endpoint)
        if network is None or endpoint[:2] in nodes:
            continue
        for kind, end in _ends(network).items():
            if end == endpoint.first:
                yield f"endpoint-is-{kind}-address", endpoint, network


def _endpoint(plan: Plan) -> t.Iterator[Issue]:
    for rule, endpoint, other in misplaced_endpoints(plan):
        if other.key == "node_networks":
            what = f"{label(endpoint)} is the {rule.split('-')[2]} address of {label(other)}"
            yield Issue(rule, what, (endpoint.subject, other.subject), "", "", ("endpoint",))
        else:
            yield _pair(rule, endpoint, other, ("endpoint",))


def _free_address(plan: Plan, near: Span) -> str:
    """An address for a machine in the network of another one: ", for example 192.168.0.12", or nothing."""
    network = _network_of(plan, near)
    if network is None:
        return ""
    taken = [
        span for span in plan.of(*LABELS, family=near.family) if span.key not in ("node_networks", "other_networks")
    ]
    start = nearest_fit((network.first + 1, network.last - 1), 1, 1, near.first, merged(taken))
    return "" if start is None else f", for example {address_text(near.family, start)}"


def _network_of(plan: Plan, node: Span) -> t.Optional[Span]:
    around = [network for network in plan.of("node_networks") if network.holds(node)]
    return min(around, key=lambda network: network.size, default=None)


def _node_addresses(plan: Plan) -> t.Iterator[Issue]:
    owners: dict[tuple[int, int], dict[str, Span]] = {}
    for node in plan.of("nodes"):
        owners.setdefault(node[:2], {})[node.name] = node
    for found in owners.values():
        if len(found) > 1:
            nodes = list(found.values())
            what = f"{', '.join(label(node) for node in nodes)} have the same address"
            fix = f"give each an address of its own{_free_address(plan, nodes[0])} (cluster_node_ip)"
            yield Issue("duplicate-node-address", what, tuple(node.subject for node in nodes), "", fix)
    for node in plan.of("nodes"):
        yield from _node_place(plan, node)
        for leased in plan.of("dhcp_ranges"):
            if leased.overlaps(node):
                fix = f"reserve {node.text} on the DHCP server, or shorten the range so that it is outside"
                what = f"{label(node)} lies inside {label(leased)}"
                yield Issue("node-in-dhcp-range", what, (node.subject, leased.subject), node.name, fix)


def _node_place(plan: Plan, node: Span) -> t.Iterator[Issue]:
    networks = plan.of("node_networks", family=node.family)
    network = _network_of(plan, node)
    if network is None:
        if networks:
            known = " or ".join(network.text for network in networks)
            fix = f"set cluster_node_ip to its address in {known}, or add its network to node_networks"
            what = f"{label(node)} is in none of the node networks ({known})"
            yield Issue("node-outside-node-networks", what, (node.subject, "node_networks"), node.name, fix)
        return
    for kind, end in _ends(network).items():
        if node.first == end:
            fix = f"give it an address of a machine{_free_address(plan, node)} (cluster_node_ip)"
            what = f"{label(node)} is the {kind} address of {label(network)}"
            yield Issue(f"node-is-{kind}-address", what, (node.subject, network.subject), node.name, fix)


def primary_family(plan: Plan) -> int:
    """The family of the API server's own service, 0 when the plan does not say."""
    first = plan.of("services")[:1] or plan.of("pods")[:1]
    return first[0].family if first else 0


def _families(plan: Plan) -> t.Iterator[Issue]:
    pods, services = plan.of("pods"), plan.of("services")
    if pods and services and services[0].family not in {span.family for span in pods}:
        what = f"{label(pods[0])} is IPv{pods[0].family} and {label(services[0])} is IPv{services[0].family}"
        yield Issue("families-differ", what, ("pods", "services"), "", "", ("pods", "services"))
    else:
        for lacking in services:
            if pods and lacking.family not in {span.family for span in pods}:
                what = f"{label(lacking)} is IPv{lacking.family}, and {label(pods[0])} is the only pod range"
                yield Issue("services-without-pods", what, ("services", "pods"), "", "", ("pods", "services"))
    for key, family in itertools.product(CORE, BITS):
        spans = plan.of(key, family=family)
        if len(spans) > 1:
            what = f"{key} has more than one IPv{family} range ({' and '.join(span.text for span in spans[:5])})"
            yield Issue("same-family-twice", what, (key,), "", "", (key,))
    yield from _nodes_without(plan, primary_family(plan))


def _nodes_without(plan: Plan, primary: int) -> t.Iterator[Issue]:
    owner = "service" if plan.of("services") else "pod"
    has: dict[str, set[int]] = {}
    for node in plan.of("nodes"):
        has.setdefault(node.name, set()).add(node.family)
    unread = {problem.subject for problem in plan.problems}
    for name in plan.node_names:
        if f"nodes.{name}" in unread or (primary in has.get(name, ()) if primary else name in has):
            continue
        wanted = f"its IPv{primary} address" if primary else "its address"
        lacks = f"no IPv{primary} address, the family of the {owner} range" if primary else "no address"
        what = f"node {quote(name)[1:-1]} has {lacks}"
        yield Issue("node-without-primary-family", what, (f"nodes.{name}",), name, f"set cluster_node_ip to {wanted}")


def _sizes(plan: Plan) -> t.Iterator[Issue]:
    for span in plan.of("services"):
        widest, narrowest = SERVICE_PREFIXES[span.family]
        if span.prefix < widest:
            what = f"{label(span)} is larger than /{widest}"
            yield Issue("services-too-large", what, ("services",), "", "", ("services",))
        if span.prefix > narrowest:
            what = f"{label(span)} has {_count(span.size, 'address')}"
            yield Issue("services-too-small", what, ("services",), "", "", ("services",))
    for span in plan.of("pods"):
        yield from _pod_size(plan, span)
    for family in dict.fromkeys(span.family for span in plan.of("pods") or plan.of("services")) or (4,):
        holds = block_holds(family, plan.blocks[family])
        if plan.max_pods > holds:
            what = (
                f"max_pods {plan.max_pods} is more than the {holds} pods that a node block /{plan.blocks[family]} holds"
            )
            fix = f"set max_pods to {holds}" if holds else ""
            subjects = ("max_pods", "node_prefix_length")
            yield Issue("max-pods-too-large", what, subjects, "", fix, ("node_prefix_length", "pods"))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}{'es' if what.endswith('s') else 's'}"


def _pod_size(plan: Plan, span: Span) -> t.Iterator[Issue]:
    node_block, needed = plan.blocks[span.family], needed_blocks(plan)
    spare = node_block - span.prefix
    if spare < 0:
        what = f"{label(span)} is smaller than one node block /{node_block}"
        yield Issue("pods-smaller-than-block", what, ("pods", "node_prefix_length"), "", "", ("pods",))
        return
    if spare > WIDEST:
        what = f"{label(span)} is {spare} bits wider than a node block /{node_block}"
        yield Issue("pods-too-wide", what, ("pods", "node_prefix_length"), "", "", ("pods",))
    blocks = 1 << spare
    subjects = ("pods", "max_nodes" if plan.max_nodes > len(plan.node_names) else "nodes")
    what = f"{label(span)} has {_count(blocks, 'node block')} /{node_block} for {_count(needed, 'node')}"
    if blocks < needed:
        yield Issue("pods-too-few-blocks", what, subjects, "", "", ("pods",))
    elif needed and (blocks - needed) * 4 < blocks:
        yield Issue("few-node-blocks-left", what, subjects, "", "", ("pods",))


def _public(plan: Plan) -> t.Iterator[Issue]:
    for span in plan.of("pods", "services"):
        if not any(space.holds(span) for space in NOT_PUBLIC) and not any(space.overlaps(span) for space in UNUSABLE):
            what = f"{label(span)} is public address space"
            yield Issue("public-address-space", what, (span.key,), "", "", (span.key,))


CHECKS = (_unreadable, _reserved, _swallowed, _pools, _endpoint, _node_addresses, _families, _sizes, _public)


def issues(plan: Plan) -> list[Issue]:
    """Every broken rule, in no particular order."""
    return [issue for check in CHECKS for issue in check(plan)]


def errors(plan: Plan) -> list[Issue]:
    return [issue for issue in issues(plan) if KINDS[issue.id].severity == "error"]


__all__ = (
    "CORE",
    "MOVABLE",
    "SERVICE_PREFIXES",
    "WIDEST",
    "Issue",
    "block_holds",
    "errors",
    "issues",
    "misplaced_endpoints",
    "needed_blocks",
    "primary_family",
    "routed",
)
