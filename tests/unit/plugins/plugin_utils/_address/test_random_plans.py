# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random plans, where the check must agree with counting address by address, and the proposal with every promise."""

from __future__ import annotations

import ipaddress
import itertools
import json
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import consistent, findings, proposal
from hypothesis import given
from hypothesis import strategies as st

Plan = dict[str, t.Any]
MOVABLE = ("pods", "services", "load_balancer", "endpoint")


SMALL = {4: ipaddress.ip_network("10.0.0.0/26"), 6: ipaddress.ip_network("fd00::/122")}


def _address(family: int) -> st.SearchStrategy[str]:
    return st.integers(0, 63).map(lambda number: str(SMALL[family][number]))


def _cidr(family: int) -> st.SearchStrategy[str]:
    def make(prefix: int, number: int) -> str:
        bits = SMALL[family].max_prefixlen
        size = 1 << (6 - prefix)
        return f"{SMALL[family][number // size * size]}/{bits - 6 + prefix}"

    return st.builds(make, st.integers(0, 6), st.integers(0, 63))


def _range(family: int) -> st.SearchStrategy[str]:
    pairs = st.tuples(st.integers(0, 63), st.integers(0, 63)).map(sorted)
    return pairs.map(lambda pair: f"{SMALL[family][pair[0]]}-{SMALL[family][pair[1]]}")


def _few(one: st.SearchStrategy[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(one, max_size=most)


def small_plans(families: t.Sequence[int] = (4, 6)) -> st.SearchStrategy[Plan]:
    """Plans within 64 addresses of a family, where nearly everything collides."""
    address = st.one_of(*map(_address, families))
    cidr = st.one_of(*map(_cidr, families))
    pool = st.one_of(*map(_range, families), cidr)
    return st.fixed_dictionaries(
        {},
        optional={
            "pods": cidr,
            "services": cidr,
            "nodes": st.dictionaries(st.sampled_from("abcd"), st.lists(address, min_size=1, max_size=2), max_size=4),
            "node_networks": _few(cidr),
            "load_balancer": _few(pool, 3),
            "endpoint": address,
            "gateways": _few(address),
            "dns_servers": _few(address),
            "nfs_servers": _few(address),
            "dhcp_ranges": _few(pool),
            "other_networks": st.dictionaries(st.sampled_from("xyz"), cidr, max_size=2),
        },
    )


def _members(text: str) -> frozenset[int]:
    """All addresses of a range, one by one."""
    if "-" in text:
        first, last = (int(ipaddress.ip_address(end)) for end in text.split("-"))
        return frozenset(range(first, last + 1))
    return frozenset(map(int, ipaddress.ip_network(text)))


def _listed(plan: Plan, key: str) -> list[tuple[str, str, frozenset[int]]]:
    """(subject, text, addresses) of a key."""
    value = plan.get(key) or []
    if isinstance(value, dict):
        pairs = [
            (f"{key}.{name}", text)
            for name, texts in value.items()
            for text in ([texts] if isinstance(texts, str) else texts)
        ]
    else:
        pairs = [(key, text) for text in ([value] if isinstance(value, str) else value)]
    return [(subject, text, _members(text)) for subject, text in pairs]


Found = tuple[str, frozenset[str]]
KEYS = (
    "nodes",
    "node_networks",
    "load_balancer",
    "endpoint",
    "gateways",
    "dns_servers",
    "nfs_servers",
    "dhcp_ranges",
    "other_networks",
)
COLLISIONS: list[tuple[str, str, str]] = [
    *((owner, key, f"{owner}-overlap-{key.replace('_', '-')}") for owner in ("pods", "services") for key in KEYS),
    ("pods", "services", "pods-overlap-services"),
    *(
        ("load_balancer", key, f"load-balancer-overlap-{key.replace('_', '-')}")
        for key in KEYS
        if "network" not in key and key != "load_balancer"
    ),
    ("endpoint", "gateways", "endpoint-equals-gateway"),
    ("endpoint", "dns_servers", "endpoint-equals-dns-server"),
    ("endpoint", "dhcp_ranges", "endpoint-in-dhcp-range"),
    ("nodes", "dhcp_ranges", "node-in-dhcp-range"),
]


def _ends(text: str) -> dict[str, int]:
    network = ipaddress.ip_network(text)
    if network.num_addresses <= 2:
        return {}
    ends = {"network": int(network.network_address)}
    return {**ends, "broadcast": int(network.broadcast_address)} if network.version == 4 else ends


def _version(text: str) -> int:
    return 6 if ":" in text else 4


def counted(plan: Plan) -> set[Found]:
    """What an honest clerk with a list of all addresses would find."""
    found: set[Found] = set()
    for key, other, id_ in COLLISIONS:
        for one, two in itertools.product(_listed(plan, key), _listed(plan, other)):
            if one[2] & two[2]:
                found.add((id_, frozenset((one[0], two[0]))))
    for one, two in itertools.combinations(_listed(plan, "load_balancer"), 2):
        if one[2] & two[2]:
            found.add(("load-balancer-pools-overlap", frozenset(("load_balancer",))))
    networks = _listed(plan, "node_networks")
    nodes = _listed(plan, "nodes")
    for subject, text, addresses in nodes:
        same = {other[0] for other in nodes if other[2] == addresses}
        if len(same) > 1:
            found.add(("duplicate-node-address", frozenset(same)))
        around = [network for network in networks if addresses <= network[2]]
        if any(_version(network[1]) == _version(text) for network in networks) and not around:
            found.add(("node-outside-node-networks", frozenset((subject, "node_networks"))))
        for kind, end in _ends(min(around, key=lambda network: len(network[2]))[1]).items() if around else ():
            if end in addresses:
                found.add((f"node-is-{kind}-address", frozenset((subject, "node_networks"))))
    for subject, _text, addresses in _listed(plan, "endpoint"):
        around = [network for network in networks if addresses <= network[2]]
        if around and not any(addresses == node[2] for node in nodes):
            for kind, end in _ends(min(around, key=lambda network: len(network[2]))[1]).items():
                if end in addresses:
                    found.add((f"endpoint-is-{kind}-address", frozenset((subject, "node_networks"))))
    for _, text, addresses in _listed(plan, "load_balancer"):
        for network in networks:
            found |= {
                (f"pool-holds-{kind}-address", frozenset(("load_balancer", "node_networks")))
                for kind, end in _ends(network[1]).items()
                if end in addresses
            }
        known = [*networks, *_listed(plan, "other_networks")]
        if any(_version(network[1]) == _version(text) for network in networks) and not any(
            addresses <= network[2] for network in known
        ):
            found.add(("pool-outside-node-networks", frozenset(("load_balancer",))))
    return found


PLACES = {id_ for _, _, id_ in COLLISIONS} | {
    "load-balancer-pools-overlap",
    "duplicate-node-address",
    "node-outside-node-networks",
    "node-is-network-address",
    "node-is-broadcast-address",
    "endpoint-is-network-address",
    "endpoint-is-broadcast-address",
    "pool-holds-network-address",
    "pool-holds-broadcast-address",
    "pool-outside-node-networks",
}


@given(small_plans())
def test_agrees_with_counting(plan: Plan) -> None:
    found = {(one["id"], frozenset(one["subjects"])) for one in findings(plan) if one["id"] in PLACES}
    assert found == counted(plan)


def _holds_up(plan: Plan) -> Plan:
    """What every proposal must be, whatever the plan."""
    new = proposal(plan)
    assert "impossible" in new or consistent(new)
    assert ("impossible" in new) == bool(new.get("impossible"))
    assert set(new) - {"impossible", "node_prefix_length"} <= set(plan)
    shuffled = dict(reversed(plan.items()))
    assert proposal(shuffled) == new
    if "impossible" not in new:
        assert proposal(new) == new
    if consistent(plan):
        assert new == plan
    assert all(isinstance(new[key], type(plan[key])) for key in plan if key in MOVABLE)
    return new


@given(small_plans())
def test_small_plans(plan: Plan) -> None:
    new = _holds_up(plan)
    assert all(new[key] == plan[key] for key in plan if key not in MOVABLE)
    # Private space is never full here, so only what cannot move can make a plan impossible.
    rest = {key: value for key, value in plan.items() if key not in MOVABLE}
    if consistent(rest) and not any(
        len({_version(a) for a in addresses}) == 1 for addresses in plan.get("nodes", {}).values()
    ):
        assert "impossible" not in new


def _parts(plan: Plan) -> list[tuple[str, int]]:
    return [
        (key, at)
        for key in MOVABLE
        if key in plan
        for at in range(len(plan[key]) if isinstance(plan[key], list) else 1)
    ]


def _drop(plan: Plan, gone: t.Collection[tuple[str, int]]) -> Plan:
    return {
        key: [item for at, item in enumerate(value) if (key, at) not in gone]
        if isinstance(value, list)
        else ("" if (key, 0) in gone else value)
        for key, value in plan.items()
    }


@given(small_plans((4,)))
def test_moves_the_fewest(plan: Plan) -> None:
    """No smaller set of ranges can be taken out so that the rest is consistent."""
    plan = {**plan, "node_prefix_length": 32, "max_nodes": 1}
    new = proposal(plan)
    if "impossible" in new:
        return
    parts = _parts(plan)
    moved = 0
    for key, at in parts:
        one, other = plan[key], t.cast("t.Any", new[key])
        moved += one[at] != other[at] if isinstance(one, list) else one != other
    fewest = next(
        size
        for size in range(len(parts) + 1)
        if any(consistent(_drop(plan, gone)) for gone in itertools.combinations(parts, size))
    )
    assert moved == fewest


def _wide(family: int) -> st.SearchStrategy[str]:
    """Networks as they are in the world: private ones, of any size."""
    areas = {
        4: ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "8.0.0.0/8"),
        6: ("fd00::/8", "2001:db8::/32"),
    }

    def make(area: str, prefix: int, number: int) -> str:
        network = ipaddress.ip_network(area)
        length = max(network.prefixlen, prefix)
        start = int(network.network_address) + number % network.num_addresses
        return str(ipaddress.ip_network((start, length), strict=False))

    lengths = st.integers(8, 32) if family == 4 else st.integers(40, 128)
    return st.builds(make, st.sampled_from(areas[family]), lengths, st.integers(0, 2**120))


WIDE = st.one_of(_wide(4), _wide(6))
HOST = st.one_of(WIDE.map(lambda cidr: cidr.split("/")[0]), _address(4), _address(6))
JUNK = st.sampled_from(
    [
        "",
        "x",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0.9-10.0.0.1",
        "::ffff:10.0.0.1",
        "k8s.lan",
        "\uff110.0.0.1",
        "1" * 200,
    ]
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "pods": st.lists(WIDE | JUNK, max_size=3) | WIDE,
            "services": st.lists(WIDE | JUNK, max_size=3) | WIDE,
            "nodes": st.dictionaries(st.sampled_from("abcdef"), HOST | st.lists(HOST, max_size=2) | JUNK, max_size=6),
            "node_networks": st.lists(WIDE, max_size=3),
            "load_balancer": st.lists(WIDE | JUNK, max_size=3),
            "endpoint": HOST | JUNK,
            "gateways": st.lists(HOST, max_size=2),
            "dhcp_ranges": st.lists(WIDE, max_size=2),
            "other_networks": st.dictionaries(st.text(max_size=3), WIDE, max_size=8),
            "node_prefix_length": st.integers(16, 80)
            | st.fixed_dictionaries({}, optional={"ipv4": st.integers(0, 33)}),
            "max_nodes": st.integers(0, 70000),
            "max_pods": st.integers(0, 5000),
        },
    )
)
def test_wide_plans(plan: Plan) -> None:
    _holds_up(plan)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WIDE | HOST | JUNK,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*MOVABLE, *KEYS, "node_prefix_length", "max_nodes", "max_pods", "impossible"]) | st.text(
    max_size=5
)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_anything(plan: Plan) -> None:
    """Findings or a TypeError, never anything else."""
    try:
        found = findings(plan)
    except TypeError:
        with pytest.raises(TypeError):
            proposal(plan)
        return
    json.dumps(found)
    assert all(one["message"] and one["fix"] and one["subjects"] for one in found)
    assert consistent(plan) == (not any(one["severity"] == "error" for one in found))
    proposal(plan)
