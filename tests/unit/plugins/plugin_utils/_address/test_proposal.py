# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proposal: what it changes, and what it says where nothing helps."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import consistent, proposal

Plan = dict[str, t.Any]
LAN: Plan = {"node_networks": ["192.168.0.0/24"], "gateways": "192.168.0.1"}
RFC1918 = {"a": "10.0.0.0/8", "b": "172.16.0.0/12", "c": "192.168.0.0/16"}

CHANGES: dict[str, tuple[Plan, Plan]] = {
    "pods swallow the LAN": (
        {"pods": "192.168.0.0/16", "services": "10.96.0.0/12", "nodes": {"a": "192.168.56.11"}},
        {"pods": "10.244.0.0/16"},
    ),
    "a list stays a list": ({"pods": ["192.168.0.0/16"], "nodes": {"a": "192.168.56.11"}}, {"pods": ["10.244.0.0/16"]}),
    "the well-known one stays": ({"pods": "10.100.0.0/16", "services": "10.96.0.0/12"}, {"pods": "10.244.0.0/16"}),
    "the pods stay": ({"pods": "10.50.0.0/16", "services": "10.48.0.0/12"}, {"services": "10.96.0.0/12"}),
    "both move": (
        {"pods": "192.168.0.0/16", "services": "192.168.0.0/20", "node_networks": "192.168.0.0/24"},
        {"pods": "10.244.0.0/16", "services": "10.96.0.0/20"},
    ),
    "well-known ones are taken": (
        {
            "pods": "192.168.0.0/16",
            "services": "192.168.0.0/16",
            "other_networks": {"a": "10.0.0.0/8", "b": "192.168.1.0/24"},
        },
        {"pods": "172.16.0.0/16", "services": "172.17.0.0/16"},
    ),
    "only a smaller one fits": (
        {
            "pods": "10.244.0.0/16",
            "services": "10.96.0.0/12",
            "other_networks": {**RFC1918, "c": "192.168.128.0/17"},
            "max_nodes": 10,
        },
        {"pods": "192.168.0.0/18", "services": "192.168.64.0/18"},
    ),
    "a good one moves to make room": (
        {
            "pods": "10.0.0.0/8",
            "services": "192.168.0.0/20",
            "node_networks": "192.168.0.0/16",
            "other_networks": {"b": "172.16.0.0/12"},
        },
        {"pods": "10.128.0.0/9", "services": "10.96.0.0/20"},
    ),
    "one pool instead of two ranges": (
        {
            "pods": "10.244.0.0/16",
            "services": "10.96.0.0/12",
            "load_balancer": ["10.90.0.0-10.250.255.255", "10.10.0.0/24"],
        },
        {"load_balancer": ["10.112.0.0-10.243.255.255", "10.10.0.0/24"]},
    ),
    "only the second family": (
        {"pods": "10.244.0.0/16,fd00:1::/56", "nodes": {"a": "10.0.0.1,fd00:1::1"}},
        {"pods": "10.244.0.0/16,fd53:272b:8bab::/56"},
    ),
    "pods grow in place": ({"pods": "10.50.0.0/24", "max_nodes": 100}, {"pods": "10.50.0.0/16"}),
    "pods shrink in place": ({"pods": "10.0.0.0/8", "node_prefix_length": 26}, {"pods": "10.0.0.0/10"}),
    "services shrink in place": ({"services": "10.64.0.0/10"}, {"services": "10.64.0.0/12"}),
    "services grow": ({"services": "10.43.0.0/29"}, {"services": "10.96.0.0/12"}),
    "blocks grow for max_pods": ({"pods": "10.244.0.0/16", "max_pods": 500}, {"node_prefix_length": 23}),
    "blocks of one family grow": (
        {"pods": "10.244.0.0/16,fd00::/56", "max_pods": 500},
        {"node_prefix_length": {"ipv4": 23, "ipv6": 64}},
    ),
    "two of one family": ({"pods": ["10.244.0.0/16", "10.245.0.0/16"]}, {"pods": ["10.244.0.0/16"]}),
    "the better of two": (
        {"pods": "192.168.0.0/16,10.245.0.0/16", "node_networks": "192.168.0.0/24"},
        {"pods": "10.245.0.0/16"},
    ),
    "families differ": ({"pods": "10.244.0.0/16", "services": "fd00::/112"}, {"services": "10.96.0.0/12"}),
    "nodes decide the family": (
        {"pods": "10.244.0.0/16", "services": "10.96.0.0/12", "nodes": {"a": "fd00::1"}, "node_prefix_length": 24},
        {"pods": "fd56:eacb:72bf::/56", "services": "fd56:eacb:72bf:100::/112", "node_prefix_length": 64},
    ),
    "nodes decide the order": (
        {"pods": "fd00::/56,10.244.0.0/16", "services": ["fd01::/112", "10.96.0.0/12"], "nodes": {"a": "192.168.0.1"}},
        {"pods": "10.244.0.0/16,fd00::/56", "services": ["10.96.0.0/12", "fd01::/112"]},
    ),
    "a pool goes round a node": (
        {**LAN, "load_balancer": ["192.168.0.200-192.168.0.220"], "nodes": {"a": "192.168.0.200"}},
        {"load_balancer": ["192.168.0.201-192.168.0.221"]},
    ),
    "a pool stays a CIDR": (
        {**LAN, "load_balancer": "192.168.0.128/28", "dhcp_ranges": ["192.168.0.100-192.168.0.200"]},
        {"load_balancer": "192.168.0.80/28"},
    ),
    "a pool shrinks rather than leave its network": (
        {**LAN, "load_balancer": ["192.168.0.0/24"], "nodes": {"a": "192.168.0.10", "b": "192.168.0.100"}},
        {"load_balancer": ["192.168.0.128/26"]},
    ),
    "a pool leaves a full network": (
        {
            "node_networks": "192.168.0.0/30",
            "nodes": {"a": "192.168.0.1", "b": "192.168.0.2"},
            "load_balancer": ["192.168.0.1/32"],
        },
        {"load_balancer": ["192.168.0.4/32"]},
    ),
    "a pool stays in its external network": (
        {
            **LAN,
            "other_networks": {"ext": "10.9.0.0/24"},
            "load_balancer": ["10.9.0.10-10.9.0.20"],
            "nfs_servers": "10.9.0.12",
        },
        {"load_balancer": ["10.9.0.13-10.9.0.23"]},
    ),
    "fewest pools move": (
        {
            **LAN,
            "load_balancer": ["192.168.0.10-192.168.0.20", "192.168.0.15-192.168.0.40", "192.168.0.30-192.168.0.50"],
        },
        {"load_balancer": ["192.168.0.10-192.168.0.20", "192.168.0.51-192.168.0.76", "192.168.0.30-192.168.0.50"]},
    ),
    "the pool, not the endpoint": (
        {**LAN, "load_balancer": "192.168.0.200-192.168.0.209", "endpoint": "192.168.0.200"},
        {"load_balancer": "192.168.0.201-192.168.0.210"},
    ),
    "the endpoint, not two ranges": (
        {
            "pods": "10.244.0.0/16",
            "load_balancer": "10.245.0.0/24",
            "endpoint": "10.244.0.1",
            "dhcp_ranges": "10.244.0.0/28",
        },
        {"pods": "10.246.0.0/16", "endpoint": "10.244.0.16"},
    ),
    "the endpoint takes no node's address": (
        {**LAN, "endpoint": "192.168.0.1", "nodes": {"a": "192.168.0.2", "b": "192.168.0.3"}},
        {"endpoint": "192.168.0.4"},
    ),
    "what is plain is put right": (
        {
            "pods": " 10.244.0.1/16",
            "nodes": {"a": "::ffff:192.168.0.11"},
            "node_networks": ["192.168.0.1/24"],
            "load_balancer": ["192.168.0.220-192.168.0.200", "192.168.0.230"],
            "endpoint": "192.168.0.11:6443",
            "gateways": "192.168.0.1/24",
        },
        {
            "pods": "10.244.0.0/16",
            "nodes": {"a": "192.168.0.11"},
            "node_networks": ["192.168.0.0/24"],
            "load_balancer": ["192.168.0.200-192.168.0.220", "192.168.0.230/32"],
            "endpoint": "192.168.0.11",
            "gateways": "192.168.0.1",
        },
    ),
    "what is not is replaced": (
        {"pods": "10.244.0.0/33", "services": ["10.96.0.0/16", "x"]},
        {"pods": "10.244.0.0/16", "services": ["10.96.0.0/16"]},
    ),
}


@pytest.mark.parametrize(("plan", "changes"), list(CHANGES.values()), ids=list(CHANGES))
def test_proposal(plan: Plan, changes: Plan) -> None:
    new = proposal(plan)
    assert {key: value for key, value in new.items() if plan.get(key) != value} == changes
    assert consistent(new)


FULL = "pods, other_networks.a: pod range 10.244.0.0/16 lies inside network a 10.0.0.0/8: nothing in that network could be reached, its"
ALONE = "kubelet could not register it, and its pods on the host network would have no address"
IMPOSSIBLE: list[tuple[Plan, Plan, list[str]]] = [
    (
        {"pods": "10.244.0.0/16", "other_networks": RFC1918},
        {},
        [
            f"{FULL} addresses would be taken for pods",
            "no private range is left beside other_networks.a 10.0.0.0/8, other_networks.b 172.16.0.0/12, other_networks.c 192.168.0.0/16: "
            "make one of them smaller",
        ],
    ),
    (
        {"pods": "10.0.0.0/8", "nodes": {"a": "10.0.0.1", "b": "10.0.0.1"}},
        {"pods": "10.128.0.0/9"},
        [
            "nodes.a, nodes.b: node a 10.0.0.1, node b 10.0.0.1 have the same address: only one of them can be reached, and they take each "
            "other's traffic"
        ],
    ),
    (
        {"pods": "10.244.0.0/16", "max_nodes": 70000},
        {},
        [
            "pods, max_nodes: pod range 10.244.0.0/16 has 256 node blocks /24 for 70000 nodes: the nodes beyond that would get no addresses "
            "for their pods and never become Ready"
        ],
    ),
    (
        {"pods": "10.244.0.0/16", "nodes": {"a": "fd00::1", "b": "10.0.0.1"}},
        {},
        [f"nodes.a: node a has no IPv4 address, the family of the pod range: {ALONE}"],
    ),
    (
        {"endpoint": "k8s.lan"},
        {},
        [
            "endpoint: 'k8s.lan' is a name; an address belongs here, names may change what they mean: nothing that depends on it can be "
            "checked or configured"
        ],
    ),
]


@pytest.mark.parametrize(("plan", "changes", "reasons"), IMPOSSIBLE)
def test_impossible(plan: Plan, changes: Plan, reasons: list[str]) -> None:
    assert proposal(plan) == {**plan, **changes, "impossible": reasons}
    assert proposal(proposal(plan)) == proposal(plan)
