# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of the address plan, with its exact words; what is no conflict; and what cannot be read."""

from __future__ import annotations

import itertools
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.labels import LABELS
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import consistent, findings, proposal
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog.addresses import KINDS

Plan = dict[str, t.Any]
FIXTURES = Path(__file__).parents[3] / "fixtures" / "address_plan"
ROWS: list[dict[str, t.Any]] = [
    row for name in ("findings", "malformed") for row in yaml.safe_load((FIXTURES / f"{name}.yml").read_text())
]


def shown(plan: Plan) -> list[dict[str, t.Any]]:
    """Findings as the tables have them: without why, which is the same for all findings of an id, and without an empty host."""
    return [
        {key: value for key, value in found.items() if key != "why" and (key, value) != ("host", "")}
        for found in findings(plan)
    ]


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_findings(row: dict[str, t.Any]) -> None:
    assert shown(row["plan"]) == row["findings"]


def test_every_id_has_a_row() -> None:
    assert {found["id"] for row in ROWS for found in row["findings"]} == set(KINDS)


def test_every_id_is_documented() -> None:
    text = (Path(__file__).parents[5] / "docs/reference/address-plan.md").read_text()
    documented = text.replace("`<range>-overlap-", "`pods-overlap-")
    groups = {id_.replace("services-overlap-", "pods-overlap-") for id_ in KINDS}
    assert not [id_ for id_ in groups if f"`{id_}`" not in documented]


LAN: Plan = {
    "node_networks": ["192.168.0.0/24"],
    "gateways": ["192.168.0.1"],
    "nodes": {"a": "192.168.0.11", "b": "192.168.0.12"},
}
FINE: dict[str, Plan] = {
    "nothing": {},
    "every key not given": dict.fromkeys(LABELS, ""),
    "every key null": dict.fromkeys((*LABELS, "max_nodes", "max_pods", "node_prefix_length")),
    "empty lists": {"pods": [], "services": [], "load_balancer": [], "nodes": {}, "other_networks": {}},
    "empty items": {"pods": ["", None, "10.244.0.0/16"]},
    "home": {
        **LAN,
        "pods": "10.244.0.0/16",
        "services": "10.96.0.0/12",
        "load_balancer": ["192.168.0.200-192.168.0.220"],
    },
    "dual stack": {
        "pods": "10.244.0.0/16,fd00:10:244::/56",
        "services": ["10.96.0.0/12", "fd00:10:96::/112"],
        "nodes": {"a": "192.168.0.11,fd00:1::11", "b": ["192.168.0.12", "fd00:1::12"]},
        "node_networks": ["192.168.0.0/24", "fd00:1::/64"],
    },
    "dual-stack pods, one service range": {"pods": "10.244.0.0/16,fd00:10:244::/56", "services": "10.96.0.0/12"},
    "IPv6 only": {"pods": "fd00:10:244::/56", "services": "fd00:10:96::/112", "nodes": {"a": "fd00:1::11"}},
    "adjacent": {
        "pods": "10.244.0.0/16",
        "services": "10.245.0.0/16",
        "node_networks": "10.243.0.0/16",
        "other_networks": {"a": "10.246.0.0/15"},
    },
    "adjacent pools": {
        **LAN,
        "load_balancer": ["192.168.0.200-192.168.0.209", "192.168.0.210/31", "192.168.0.212-192.168.0.212"],
    },
    "pool next to DHCP": {
        **LAN,
        "load_balancer": ["192.168.0.151-192.168.0.160"],
        "dhcp_ranges": ["192.168.0.100-192.168.0.150"],
    },
    "pool in an external network": {
        **LAN,
        "load_balancer": ["10.9.0.10-10.9.0.20"],
        "other_networks": {"external": "10.9.0.0/24"},
    },
    "pool without known networks": {"load_balancer": ["192.168.0.0/24"]},
    "endpoint is the only control plane": {
        "nodes": {"a": "192.168.0.11"},
        "endpoint": "192.168.0.11",
        "node_networks": "192.168.0.0/24",
    },
    "endpoint is the NFS server": {"endpoint": "192.168.0.11", "nfs_servers": ["192.168.0.11"]},
    "gateway is the DNS server": {**LAN, "dns_servers": "192.168.0.1"},
    "DNS server on the Internet": {**LAN, "dns_servers": ["1.1.1.1", "2606:4700:4700::1111"]},
    "default routes": {
        "pods": "10.244.0.0/16",
        "other_networks": {"wan": "0.0.0.0/0", "vpn": ["0.0.0.0/1", "128.0.0.0/1", "::/0"]},
    },
    "local routes": {
        "pods": "10.244.0.0/16",
        "other_networks": {"lo": "127.0.0.0/8", "eth0": ["169.254.0.0/16", "fe80::/64"]},
    },
    "link-local IPv6 gateway": {"gateways": ["fe80::1"]},
    "networks overlap each other": {
        "node_networks": ["10.0.0.0/8", "10.1.0.0/16"],
        "other_networks": {"wg0": "10.0.0.0/8"},
    },
    "broadcast of the wider network": {"node_networks": ["10.0.0.0/8", "10.1.0.0/16"], "nodes": {"a": "10.1.1.255"}},
    "point to point": {
        "node_networks": ["10.0.0.0/31", "fd00::/127"],
        "nodes": {"a": ["10.0.0.0", "fd00::"], "b": ["10.0.0.1", "fd00::1"]},
    },
    "one node, one address twice": {"nodes": {"a": ["10.0.0.1", "10.0.0.1"]}},
    "IPv6 node, IPv4 networks": {"node_networks": ["10.0.0.0/24"], "nodes": {"a": "fd00::1"}},
    "largest services": {"services": "10.96.0.0/12,fd00::/108"},
    "smallest services": {"services": "10.96.0.0/28,fd00::/124"},
    "one block": {"pods": "10.244.0.0/24"},
    "16 bits of blocks": {"pods": "10.0.0.0/8,fd00::/48"},
    "exactly a quarter left": {"pods": "10.244.0.0/22", "max_nodes": 3},
    "block for IPv6": {"pods": "10.244.0.0/16,fd00::/64", "node_prefix_length": 80},
    "block for IPv4": {"pods": "10.244.0.0/16,fd00::/56", "node_prefix_length": "25"},
    "pods that fit": {"pods": "10.244.0.0/16", "max_pods": 253},
    "shared space": {"pods": "100.64.0.0/16"},
    "spaces in a range": {"load_balancer": "192.168.0.200 - 192.168.0.220"},
    "impossible is no key": {"impossible": ["pods"]},
}


@pytest.mark.parametrize("plan", list(FINE.values()), ids=list(FINE))
def test_no_conflict(plan: Plan) -> None:
    assert findings(plan) == []
    assert consistent(plan)
    assert proposal(plan) == {key: value for key, value in plan.items() if key != "impossible"}


# The same two ranges under two keys, both ways round: what is found must not depend on the order or on who contains whom.
PAIRS = [
    ("10.0.0.0/16", "10.0.0.0/20"),
    ("10.0.0.0/20", "10.0.0.0/16"),
    ("10.0.0.0/16", "10.0.0.0/16"),
    ("fd00::/56", "fd00::/112"),
]
NETWORK_KEYS = ("pods", "services", "node_networks", "load_balancer", "dhcp_ranges", "other_networks")


def _plan(*pairs: tuple[str, str]) -> Plan:
    return {key: {"x": text} if key == "other_networks" else text for key, text in pairs}


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(NETWORK_KEYS, 2)))
def test_both_directions(first: str, second: str, one: str, other: str) -> None:
    for texts in ((one, other), (other, one)):
        for pairs in itertools.permutations(((first, texts[0]), (second, texts[1]))):
            found = {found["id"] for found in findings(_plan(*pairs)) if "overlap" in found["id"]}
            expected = first in ("pods", "services") or {first, second} == {"load_balancer", "dhcp_ranges"}
            assert found == ({f"{first}-overlap-{second}".replace("_", "-")} if expected else set())


TYPES: list[tuple[t.Any, str]] = [
    (None, "an address plan must be a mapping, not null"),
    ([], "an address plan must be a mapping, not a list"),
    ("10.0.0.0/8", "an address plan must be a mapping, not text"),
    (5, "an address plan must be a mapping, not a number"),
    ({5: "10.0.0.0/8"}, "a key of an address plan must be text, not a number"),
    ({"pods": 10}, "pods must be text or a list of texts, not a number"),
    ({"services": True}, "services must be text or a list of texts, not true or false"),
    ({"load_balancer": 1.5}, "load_balancer must be text or a list of texts, not a fraction"),
    ({"pods": b"10.0.0.0/8"}, "pods must be text or a list of texts, not bytes"),
    ({"dns_servers": {"a": "10.0.0.1"}}, "dns_servers must be text or a list of texts, not a mapping"),
    ({"pods": [["10.244.0.0/16"]]}, "item 1 of pods must be text, not a list"),
    ({"gateways": ["10.0.0.1", 7]}, "item 2 of gateways must be text, not a number"),
    ({"nodes": ["10.0.0.1"]}, "nodes must be a mapping of name to address, not a list"),
    ({"other_networks": "10.0.0.0/8"}, "other_networks must be a mapping of name to network, not text"),
    ({"nodes": {"a": 5}}, "nodes.a must be text or a list of texts, not a number"),
    ({"nodes": {"a": [["10.0.0.1"]]}}, "item 1 of nodes.a must be text, not a list"),
    ({"nodes": {5: "10.0.0.1"}}, "a name in nodes must be text, not a number"),
    ({"endpoint": ["10.0.0.1"]}, "endpoint must be text, not a list"),
    ({"max_nodes": 2.0}, "max_nodes must be a whole number, not a fraction"),
    ({"max_pods": True}, "max_pods must be a whole number, not true or false"),
    ({"node_prefix_length": [24]}, "node_prefix_length must be a whole number, not a list"),
    ({"node_prefix_length": {4: 24}}, "a key of node_prefix_length must be text, not a number"),
    ({"node_prefix_length": {"ipv4": [24]}}, "node_prefix_length.ipv4 must be a whole number, not a list"),
]


@pytest.mark.parametrize(("plan", "message"), TYPES)
@pytest.mark.parametrize("question", [findings, proposal, consistent])
def test_wrong_type(question: t.Callable[[t.Any], object], plan: t.Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        question(plan)
    assert str(caught.value) == message


LONG = "1" * 100_000
HUGE: list[tuple[Plan, str]] = [
    ({"pods": LONG}, f"pods: '{LONG[:40]}'... (100000 characters) is far too long for addresses"),
    ({"dns_servers": "," * 100_000}, f"dns_servers: '{',' * 40}'... (100000 characters) is far too long for addresses"),
    (
        {"load_balancer": [f"{LONG}-{LONG}"]},
        f"load_balancer: '{LONG[:40]}'... (200001 characters) is far too long for addresses",
    ),
    (
        {"max_nodes": LONG},
        f"max_nodes: '{LONG[:40]}'... (100000 characters) is not a whole number from 1 to 2147483647",
    ),
    ({"max_nodes": 10**5000}, "max_nodes: a huge number is not a whole number from 1 to 2147483647"),
    (
        {"nodes": {LONG: "x"}},
        f"nodes.{LONG[:34]}'... (100006 characters: 'x' is a name; an address belongs here, names may change what they mean",
    ),
    ({"endpoint": "10.0.0.1\0"}, "endpoint: '10.0.0.1\\x00' is not an IPv4 or IPv6 address"),
]


@pytest.mark.parametrize(("plan", "message"), HUGE)
def test_huge(plan: Plan, message: str) -> None:
    assert [found["message"] for found in findings(plan)] == [
        f"{message}: nothing that depends on it can be checked or configured"
    ]
    assert ("impossible" in proposal(plan)) == ("pods" not in plan)


def test_five_hundred_nodes() -> None:
    nodes = {f"n{number}": f"192.168.{number // 250}.{number % 250 + 1}" for number in range(500)}
    found = findings({"pods": "192.168.0.0/16", "nodes": nodes})
    assert [one["id"] for one in found].count("pods-overlap-nodes") == 500
    assert {one["host"] for one in found if one["host"]} == set(nodes)


def test_order() -> None:
    plan: Plan = {**LAN, "pods": "8.0.0.0/16", "services": "192.168.0.0/16", "dhcp_ranges": "192.168.0.11-192.168.0.12"}
    found = [(one["severity"], one["id"], one["host"]) for one in findings(plan)]
    assert found == sorted(found, key=lambda row: (row[0] != "error", *row[1:]))
    assert found[0][0] == "error"
    assert found[-1] == ("warning", "public-address-space", "")


def test_all_hosts_at_once() -> None:
    plan = {
        "pods": "192.168.0.0/16",
        "nodes": {"a": "192.168.56.11", "b": "192.168.56.12"},
        "endpoint": "192.168.56.10",
    }
    assert [(one["id"], one["host"]) for one in findings(plan)] == [
        ("pods-overlap-endpoint", ""),
        ("pods-overlap-nodes", "a"),
        ("pods-overlap-nodes", "b"),
    ]
