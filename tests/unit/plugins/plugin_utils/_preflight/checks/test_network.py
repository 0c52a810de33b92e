# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with several cards: the wrong one, the same address everywhere, one family, no card in the pool's network."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import cards
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.network import (
    card_networks,
    check_announcing_cards,
    check_families,
    check_load_balancer,
    check_node_ip,
    check_router_advertisements,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight import hosts_of_tests as good

Told = list[tuple[str, str, str, str]]
NAT = ("eth0", "10.0.2.15/24")


@dataclasses.dataclass
class Context:
    """What the checks read."""

    plan: dict[str, t.Any]
    seen: dict[str, dict[str, t.Any]]


def host(number: int, *given: tuple[str, str], same: int = 0) -> dict[str, t.Any]:
    """A machine with cards; ``same`` is the number of the machine of which it is a copy."""
    names = dict.fromkeys(name for name, _ in given)
    found = [{"name": "lo", "mac": "", "addresses": ["127.0.0.1/8", "::1/128"]}]
    found += [
        {"name": name, "mac": f"02:{number}:{name}", "addresses": [a for n, a in given if n == name]} for name in names
    ]
    return {"machine_id": str(same or number), "interfaces": found}


def two_cards(number: int, same: int = 0) -> dict[str, t.Any]:
    return host(
        number, NAT, ("eth1", f"192.168.56.{number}/24"), ("eth1", "fe80::1/64"), ("cni0", "10.244.0.1/24"), same=same
    )


LAB = {"mini1": two_cards(11), "mini2": two_cards(12)}


def told(check: t.Callable[[Context], t.Iterable[t.Any]], plan: dict[str, t.Any], seen: dict[str, t.Any]) -> Told:
    return [(f["id"], f["host"], f["message"], f["fix"]) for f in check(Context(plan, seen))]


def fix(number: int) -> str:
    return f"set cluster_node_ip to one of its addresses; this host has 192.168.56.{number} (eth1)"


def shared(name: str, number: int, *others: str) -> tuple[str, str, str, str]:
    return ("node-ip-not-unique", name, f"cluster_node_ip 10.0.2.15 is also on {', '.join(others)}", fix(number))


NODE_IPS: list[tuple[dict[str, str], dict[str, t.Any], Told]] = [
    ({"mini1": "192.168.56.11", "mini2": "192.168.56.12"}, LAB, []),
    # The NAT card, everywhere, on one host only, on copies of one machine.
    ({"mini1": "10.0.2.15", "mini2": "10.0.2.15"}, LAB, [shared("mini1", 11, "mini2"), shared("mini2", 12, "mini1")]),
    ({"mini1": "10.0.2.15", "mini2": "192.168.56.12"}, LAB, [shared("mini1", 11, "mini2")]),
    (
        {"mini1": "10.0.2.15", "mini2": "192.168.56.12"},
        {**LAB, "mini2": two_cards(12, same=11)},
        [shared("mini1", 11, "mini2")],
    ),
    # One machine under two names is told by the address plan.
    ({"mini1": "192.168.56.11", "mini2": "192.168.56.11"}, {"mini1": two_cards(11), "mini2": two_cards(11)}, []),
    ({"mini1": "192.168.56.11", "mini2": "192.168.56.11"}, LAB, []),
    # SSH over a forwarded port.
    (
        {"mini1": "127.0.0.1", "mini2": "192.168.56.12"},
        LAB,
        [("node-ip-local", "mini1", "cluster_node_ip 127.0.0.1 means every machine itself", fix(11))],
    ),
    (
        {"mini1": "203.0.113.7", "mini2": "192.168.56.12"},
        LAB,
        [("node-ip-missing", "mini1", "cluster_node_ip 203.0.113.7 is on none of its interfaces", fix(11))],
    ),
    (
        {"mini1": "mini1.lan"},
        {"mini1": host(11, ("eth0", "fe80::2/64"))},
        [
            (
                "node-ip-not-an-address",
                "mini1",
                'cluster_node_ip is "mini1.lan", a name and no address',
                "set cluster_node_ip to one of its addresses; this host has none of its own",
            )
        ],
    ),
    # Nobody need reach a host to see that.
    (
        {"mini1": "mini1.lan", "mini2": "192.168.56.12", "mini3": "127.0.0.1", "mini4": "192.168.56.14"},
        {"mini2": two_cards(12)},
        [
            (
                "node-ip-not-an-address",
                "mini1",
                'cluster_node_ip is "mini1.lan", a name and no address',
                "set cluster_node_ip to one of its addresses",
            ),
            (
                "node-ip-local",
                "mini3",
                "cluster_node_ip 127.0.0.1 means every machine itself",
                "set cluster_node_ip to one of its addresses",
            ),
        ],
    ),
    # Each address of a pair.
    (
        {"mini1": "192.168.56.11,fd00::11"},
        {"mini1": two_cards(11)},
        [
            (
                "node-ip-missing",
                "mini1",
                "cluster_node_ip fd00::11 is on none of its interfaces",
                # Alone, nobody can say that the first card is NAT.
                "set cluster_node_ip to one of its addresses; this host has 10.0.2.15 (eth0), 192.168.56.11 (eth1)",
            )
        ],
    ),
]


@pytest.mark.parametrize(("node_ips", "seen", "expected"), NODE_IPS)
def test_check_node_ip(node_ips: dict[str, str], seen: dict[str, t.Any], expected: Told) -> None:
    assert told(check_node_ip, {"node_ips": node_ips}, seen) == expected


def test_the_finding_explains_nat() -> None:
    found = list(check_node_ip(Context({"node_ips": {"mini1": "10.0.2.15"}}, LAB)))
    assert found[0]["why"] == (
        "Nodes would reach themselves there instead of each other. A NAT card (VirtualBox: 10.0.2.15) has the same "
        "address on every machine and is for the way out only."
    )


def test_a_card_in_the_network_of_others_comes_first() -> None:
    alone = ("eth2", "172.16.0.1/24")
    seen = {"mini1": host(11, alone, ("eth1", "192.168.56.11/24")), "mini2": two_cards(12)}
    assert [str(card) for card in cards(seen, "mini1")] == ["192.168.56.11 (eth1)", "172.16.0.1 (eth2)"]


DUAL = {"pods": "10.244.0.0/16,fd00:10:244::/56", "services": "10.96.0.0/12,fd00:10:96::/112"}
BOTH = host(11, ("eth0", "fd00:9::9/64"), ("eth1", "192.168.56.11/24"), ("eth1", "fd00:56::11/64"))
OFF = {"machine_id": "1", "interfaces": [{"name": "eth1", "mac": "", "addresses": ["192.168.56.11/24"]}]}
INSTEAD = "or leave IPv6 out: cluster_pod_cidr: 10.244.0.0/16 and cluster_service_cidr: 10.96.0.0/12"
GIVE = (
    "give it a fixed one beside 192.168.56.11 (such as fd00:10::11/64) and set cluster_node_ip: "
    f"192.168.56.11,<its IPv6 address>; {INSTEAD}"
)
LACKS = "node-without-second-family"
FAMILIES: list[tuple[str, dict[str, t.Any], dict[str, t.Any], tuple[str, str] | None]] = [
    ("192.168.56.11,fd00:56::11", DUAL, BOTH, None),
    ("192.168.56.11", {"pods": "10.244.0.0/16", "services": "10.96.0.0/12"}, BOTH, None),
    ("192.168.56.11", {"pods": DUAL["pods"], "services": "10.96.0.0/12"}, BOTH, None),
    ("192.168.56.11", {}, BOTH, None),
    ("mini1.lan", DUAL, BOTH, None),
    # It has one, on the same card: that one is proposed.
    (
        "192.168.56.11",
        DUAL,
        BOTH,
        (
            f"{LACKS}: cluster_node_ip 192.168.56.11 has no IPv6 address, but pods and services have both families",
            f"cluster_node_ip: 192.168.56.11,fd00:56::11; {INSTEAD}",
        ),
    ),
    (
        "192.168.56.11",
        DUAL,
        two_cards(11),
        (f"{LACKS}: has no IPv6 address, but pods and services have both families", GIVE),
    ),
    (
        "192.168.56.11",
        DUAL,
        OFF,
        (
            f"{LACKS}: has no IPv6 address, and IPv6 is switched off there, but pods and services have both families",
            GIVE,
        ),
    ),
    # The first family is told by the address plan.
    ("fd00:56::11", DUAL, BOTH, None),
    (
        "fd00:56::11,192.168.56.11",
        DUAL,
        BOTH,
        (
            "node-ip-families: cluster_node_ip fd00:56::11,192.168.56.11 begins with IPv6, cluster_service_cidr with IPv4",
            "cluster_node_ip: 192.168.56.11,fd00:56::11",
        ),
    ),
    (
        "192.168.56.11,10.0.0.1",
        DUAL,
        OFF,
        (
            "node-ip-families: cluster_node_ip 192.168.56.11,10.0.0.1 is not one address, nor one of IPv4 and one of IPv6",
            "set cluster_node_ip to one of its addresses; this host has 192.168.56.11 (eth1)",
        ),
    ),
]


@pytest.mark.parametrize(("node_ip", "ranges", "facts", "expected"), FAMILIES)
def test_check_families(
    node_ip: str, ranges: dict[str, t.Any], facts: dict[str, t.Any], expected: tuple[str, str] | None
) -> None:
    found = told(check_families, {"node_ips": {"mini1": node_ip}, **ranges}, {"mini1": facts})
    assert [(f"{id_}: {message}", fix) for id_, _, message, fix in found] == ([expected] if expected else [])


LEARNED = "its card {} has IPv6 addresses or routes that the kernel learned from a router, and accept_ra is 1"


@pytest.mark.parametrize(
    ("pods", "cards_", "sysctls", "found"),
    [
        (DUAL["pods"], {"eth0": 1}, {}, [("eth0", "net/ipv6/conf/eth0/accept_ra")]),
        (DUAL["pods"], {"eth0.7": 1}, {}, [("eth0.7", "net/ipv6/conf/eth0.7/accept_ra")]),
        ("10.244.0.0/16", {"eth0": 1}, {}, []),
        (None, {"eth0": 1}, {}, []),
        # NetworkManager and systemd-networkd listen themselves; or somebody has seen to it already.
        (DUAL["pods"], {"eth0": 0, "eth1": 2}, {}, []),
        (DUAL["pods"], {"eth0": 1}, {"net.ipv6.conf.eth0.accept_ra": 2}, []),
        (DUAL["pods"], {"eth0": 1}, {"net/ipv6/conf/eth0/accept_ra": "2"}, []),
        (
            DUAL["pods"],
            {"eth0": 1},
            {"no sysctl": 2, "net.ipv6.conf.all.accept_ra": 2},
            [("eth0", "net/ipv6/conf/eth0/accept_ra")],
        ),
    ],
)
def test_check_router_advertisements(
    pods: str | None, cards_: dict[str, int], sysctls: dict[str, t.Any], found: list[tuple[str, str]]
) -> None:
    plan = {"pods": pods, "sysctls": {"mini1": sysctls}}
    assert told(check_router_advertisements, plan, {"mini1": {"router_advertisements": cards_}}) == [
        (
            "ipv6-router-advertisements",
            "mini1",
            LEARNED.format(card),
            f"for mini1, prereqs_sysctls: {{{key}: 2}}; or give the card a fixed address and gateway",
        )
        for card, key in found
    ]


NETWORKS = "use free addresses of a network that the nodes have: 192.168.56.0/24 (eth1)"
POOLS: list[tuple[t.Any, dict[str, t.Any], list[str]]] = [
    (["192.168.56.200-192.168.56.219"], LAB, []),
    (["192.168.57.200-192.168.57.219"], LAB, ["192.168.57.200-192.168.57.219"]),
    # The network is the right one, its end is not; the NAT network is nobody's to announce in.
    (["192.168.56.0/23", "10.0.2.200-10.0.2.219"], LAB, ["192.168.56.0/23", "10.0.2.200-10.0.2.219"]),
    (["fd00:56::f00-fd00:56::f0f"], LAB, ["fd00:56::f00-fd00:56::f0f"]),
    (["fd00:56::f00-fd00:56::f0f"], {**LAB, "mini3": BOTH}, []),
    # Another host may have it; what cannot be read is told by others.
    (["192.168.57.200-192.168.57.219"], {"mini1": two_cards(11)}, []),
    (["what", 5], LAB, []),
    ("192.168.57.1/32", LAB, []),
    (None, LAB, []),
]


@pytest.mark.parametrize(("ranges", "seen", "missing"), POOLS)
def test_check_load_balancer(ranges: t.Any, seen: dict[str, t.Any], missing: list[str]) -> None:
    found = told(check_load_balancer, {"cluster": ["mini1", "mini2"], "load_balancer": ranges}, seen)
    assert found == [
        (
            "load-balancer-network-missing",
            "",
            f"cluster_load_balancer_ranges {text} is in no network of any host",
            NETWORKS,
        )
        for text in missing
    ]


def test_card_networks() -> None:
    seen = {**LAB, "mini3": host(13, ("enp2s0", "192.168.56.13/24"))}
    found = card_networks(seen, "192.168.56.240/28")
    assert [(card.host, card.device) for card in found] == [("mini1", "eth1"), ("mini2", "eth1"), ("mini3", "enp2s0")]


NOBODY = "MetalLB may choose a node that has none of these cards: the addresses it gets there answer nobody."
ANNOUNCING: list[tuple[t.Any, dict[str, t.Any], list[tuple[str, str]]]] = [
    ([], LAB, []),
    (None, LAB, []),
    (5, LAB, []),
    (["eth1"], LAB, []),
    (["enp2s0", "eth1"], {**LAB, "mini3": host(13, ("enp2s0", "192.168.56.13/24"))}, []),
    (["eth7"], LAB, [("mini1", "eth1"), ("mini2", "eth1")]),
    # Where the NAT card is the only one of this name, it is no help.
    (["eth1"], {**LAB, "mini3": host(13, NAT, ("enp2s0", "192.168.56.13/24"))}, [("mini3", "enp2s0")]),
]


@pytest.mark.parametrize(("interfaces", "seen", "missing"), ANNOUNCING)
def test_check_announcing_cards(interfaces: t.Any, seen: dict[str, t.Any], missing: list[tuple[str, str]]) -> None:
    # mini4 could not be looked at, nas serves files and is no node.
    plan = {"cluster": [*seen, "mini4"], "load_balancer_interfaces": interfaces}
    found = list(check_announcing_cards(Context(plan, {**seen, "nas": host(9)})))
    assert [(f["severity"], f["id"], f["host"], f["message"], f["why"], f["fix"]) for f in found] == [
        (
            "error",
            "load-balancer-card-missing",
            name,
            f"has no card {' or '.join(interfaces)}, which metallb_interfaces names",
            NOBODY,
            f"metallb_interfaces: [{', '.join([*interfaces, card])}], or [] for all cards",
        )
        for name, card in missing
    ]


ADDRESSES: list[tuple[dict[str, str], Told]] = [
    (
        {"mini1": "192.0.2.1", "mini2": "mini2.lan", "mini3": "192.0.2.33"},
        [
            ("error", "node-ip-missing", "mini3", "cluster_node_ip 192.0.2.33 is on none of its interfaces"),
            ("error", "node-ip-not-an-address", "mini2", 'cluster_node_ip is "mini2.lan", a name and no address'),
        ],
    ),
    ({"mini1": "::ffff:192.0.2.1", "mini2": "192.0.2.2", "mini3": "192.0.2.3"}, []),
]


@pytest.mark.parametrize(("node_ips", "expected"), ADDRESSES)
def test_addresses_of_good_hosts(node_ips: dict[str, str], expected: Told) -> None:
    assert good.told(good.plan(node_ips=node_ips), good.hosts()) == expected
