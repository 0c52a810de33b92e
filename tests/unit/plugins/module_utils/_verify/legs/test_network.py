# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods, names, services and the load balancer, against a cluster in memory."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import NAMES
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Reply
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    NODES,
    FakeCluster,
    ids,
    only,
    outcome,
    run,
)


def test_a_broken_pod_network(cluster: FakeCluster) -> None:
    cluster.broken = {"tries=1": Reply(200, '{"errors":["i/o timeout"]}')}
    result = run(cluster)
    assert outcome(result) == only("failed", "pod-network", "cluster-ip", **{"network-policy": "skipped"})
    detail = "without a policy it is shut already: same node, other node, service"
    assert result.legs[NAMES.index("network-policy")]["detail"] == detail
    assert sorted(ids(result)) == [("cluster-ip-silent", "cp1, w1, w2"), ("pod-network-broken", "")]


def test_broken_names(cluster: FakeCluster) -> None:
    gone = "host and/or port param are invalid. lookup kubernetes.io. on 10.96.0.10:53: no such host"
    cluster.broken = {"host=kubernetes.io.": Reply(400, gone)}
    result = run(cluster)
    assert outcome(result) == only("failed", "dns")
    assert ids(result) == [("dns-nxdomain", "cp1, w1, w2")]


def test_a_search_domain_that_answers_for_everything(cluster: FakeCluster) -> None:
    cluster.wildcard = True
    result = run(cluster)
    assert outcome(result) == only("failed", "dns")
    assert ids(result) == [("dns-wildcard", "cp1, w1, w2")]


def test_the_first_name_that_fails_counts(cluster: FakeCluster) -> None:
    cluster.broken = {"tries=0": Reply(400, "lookup x on 10.96.0.10:53: i/o timeout")}
    result = run(cluster)
    (finding,) = result.findings
    assert finding["message"].startswith("A pod asked for the cluster name kubernetes.default.svc.cluster.local: ")


DUAL: dict[str, t.Any] = {
    "dual_stack": True,
    "load_balancer_families": ["IPv4", "IPv6"],
    "node_addresses": {node: [f"172.28.0.{at}", f"fd00:28::{at}"] for at, node in enumerate(NODES, 11)},
}


def test_both_families(cluster: FakeCluster) -> None:
    cluster.families = 2
    result = run(cluster, **DUAL)
    assert result.findings == []
    told = {leg["name"]: leg["detail"] for leg in result.legs}
    assert told["pod-network"] == "12 of 12 paths between pods on different nodes, IPv4 and IPv6"
    assert told["cluster-ip"] == "10.96.0.9 and fd00:96::9 from 3 of 3 nodes' pods"
    assert told["node-port"] == "port 30080 on 3 of 3 nodes, from this machine, IPv4 and IPv6"
    assert told["load-balancer"].startswith("http://172.28.0.200 and http://[fd00:28::200] answer 200")


ONE_FAMILY: list[tuple[dict[str, Reply], dict[str, Reply], str, str]] = [
    ({"host=fd00%3A%3A": Reply(200, '{"errors":["timed out"]}')}, {}, "pod-network", "pod-network-broken"),
    ({"host=fd00%3A96%3A%3A9": Reply(200, '{"errors":["refused"]}')}, {}, "cluster-ip", "cluster-ip-silent"),
    ({}, {"fd00:28::12": Reply(0, "timed out")}, "node-port", "node-port-silent"),
    ({}, {"fd00:28::200": Reply(0, "timed out")}, "load-balancer", "load-balancer-silent"),
]


@pytest.mark.parametrize(("broken", "lan", "leg", "id_"), ONE_FAMILY)
def test_one_family_fails(
    cluster: FakeCluster, broken: dict[str, Reply], lan: dict[str, Reply], leg: str, id_: str
) -> None:
    cluster.families, cluster.broken, cluster.lan = 2, broken, lan
    result = run(cluster, **DUAL)
    assert outcome(result) == only("failed", leg)
    assert {found for found, _host in ids(result)} == {id_}


def test_pods_of_one_family_in_a_dual_stack_cluster(cluster: FakeCluster) -> None:
    result = run(cluster, **DUAL)
    assert outcome(result)["pod-network"] == "failed"
    assert sorted(f["message"] for f in result.findings if f["id"] == "pod-family-missing") == [
        "Pods on this node have 10.244.8.48, and no address of the other family",
        "Pods on this node have 10.244.8.49, and no address of the other family",
        "Pods on this node have 10.244.8.50, and no address of the other family",
    ]


def test_a_node_port_behind_a_firewall(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.22": Reply(0, "timed out")}
    result = run(cluster, node_addresses={"cp1": ["172.28.0.11"], "w1": ["172.28.0.21"]})
    assert outcome(result) == only("failed", "node-port")
    assert ids(result) == [("node-port-silent", "w2")]


@pytest.mark.parametrize(
    ("reply", "events", "expected"),
    [
        pytest.param(Reply(0, "timed out"), True, "load-balancer-silent", id="silent"),
        pytest.param(Reply(200, "Router login"), True, "load-balancer-taken", id="someone else"),
        pytest.param(Reply(200, "verify-0"), False, "load-balancer-not-announced", id="only the ARP table"),
    ],
)
def test_a_load_balancer_that_does_not(cluster: FakeCluster, reply: Reply, events: bool, expected: str) -> None:
    cluster.lan = {"172.28.0.200": reply}
    cluster.events = cluster.events if events else []
    result = run(cluster)
    assert outcome(result) == only("failed", "load-balancer")
    assert ids(result) == [(expected, "")]
