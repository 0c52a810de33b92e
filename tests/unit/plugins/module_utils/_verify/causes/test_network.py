# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why pods, names, services or the load balancer are not reached. Most texts were seen on real clusters."""

from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import network as c
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    event,
    node,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lookup x. on 10.96.0.10:53: no such host", "dns-nxdomain"),
        ("lookup x. on 10.96.0.10:53: server misbehaving", "dns-servfail"),
        ("read udp 10.244.2.29:56502->10.96.0.10:53: read: connection refused", "dns-refused"),
        ("read udp 10.244.0.30:33879->10.96.0.10:53: i/o timeout", "dns-timeout"),
        ("hm", "dns-error"),
    ],
)
@pytest.mark.parametrize("external", [True, False])
def test_dns(text: str, expected: str, external: bool) -> None:
    found = c.diagnose_dns(text, "x", "w1", external=external)
    kind = "outside name" if external else "cluster name"
    assert (found["id"], found["host"]) == (expected, "w1")
    assert found["message"].startswith(f"A pod asked for the {kind} x: ")
    assert found["fix"].endswith('verify_external_name: "".') is external


@pytest.mark.parametrize(
    ("failures", "host", "pairs"),
    [
        ([("cp1", "w2"), ("w1", "w2"), ("w2", "w1")], "w2", "cp1 to w2, w1 to w2, w2 to w1"),
        ([("cp1", "w1"), ("w1", "w2"), ("w2", "cp1")], "", "cp1 to w1, w1 to w2, w2 to cp1"),
        ([("w1", "w2")], "", "w1 to w2"),
    ],
)
def test_paths(failures: list[tuple[str, str]], host: str, pairs: str) -> None:
    (found,) = c.diagnose_paths(dict.fromkeys(failures, "timed out"), 6, ["cp1", "w1", "w2"])
    what = f"Pods do not reach pods on other nodes: {len(failures)} of 6 paths fail ({pairs})"
    assert (found["id"], found["host"], found["message"]) == ("pod-network-broken", host, what)


def test_many_paths_are_shortened() -> None:
    names = [f"n{i}" for i in range(4)]
    failures = {(a, b): "timed out" for a in names for b in names if a != b}
    (found,) = c.diagnose_paths(failures, 12, names)
    assert re.search(r"12 of 12 paths fail \(n0 to n1, .*, n1 to n3 \.\.\.\)$", found["message"])
    assert c.diagnose_paths({}, 12, names) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("timed out", "node-port-silent"), ("[Errno 111] Connection refused", "node-port-refused")],
)
def test_node_port(text: str, expected: str) -> None:
    found = c.diagnose_node_port(text, "w1", "fd00::1", 30080)
    what = "http://[fd00::1]:30080 (NodePort) does not answer from this machine"
    assert (found["id"], found["host"], found["message"]) == (expected, "w1", what)


def lan(address: str = "172.28.0.200") -> Object:
    given = {"loadBalancer": {"ingress": [{"ip": address}]}} if address else {"loadBalancer": {}}
    annotations = {"metallb.io/ip-allocated-from-pool": "homelab"} if address else {}
    metadata = {"name": "lan", "namespace": "homelab-verify", "annotations": annotations}
    return {"metadata": metadata, "spec": {}, "status": given}


ASSIGNED = event("nodeAssigned", 'announcing from node "w1" with protocol "layer2"', name="lan")
FULL = event("AllocationFailed", 'Failed to allocate IP for "homelab-verify/lan": no available IPs', name="lan")
EXCLUDED = node("cp1")
EXCLUDED["metadata"]["labels"][c.EXCLUDE_LABEL] = ""
SILENT = "LoadBalancer address 172.28.0.200 does not answer from this machine"


@pytest.mark.parametrize(
    ("service", "events", "nodes", "text", "neighbour", "expected"),
    [
        pytest.param(
            lan(""),
            [FULL],
            [node()],
            "no address",
            "",
            (
                "load-balancer-pool",
                "Service homelab-verify/lan gets no LoadBalancer address: Failed to allocate IP for "
                '"homelab-verify/lan": no available IPs',
            ),
            id="the pool is used up",
        ),
        pytest.param(
            lan(""),
            [],
            [node()],
            "no address",
            "",
            (
                "load-balancer-no-address",
                "Service homelab-verify/lan gets no LoadBalancer address, and no controller says why",
            ),
            id="no controller",
        ),
        pytest.param(
            lan(),
            [],
            [EXCLUDED],
            "timed out",
            "",
            ("load-balancer-excluded", "LoadBalancer address 172.28.0.200: no node may announce it"),
            id="only excluded nodes",
        ),
        pytest.param(
            lan(),
            [],
            [EXCLUDED, node("w1")],
            "timed out",
            "",
            ("load-balancer-not-announced", "LoadBalancer address 172.28.0.200: no node announces it"),
            id="no speaker",
        ),
        pytest.param(
            lan(), [ASSIGNED], [node()], "timed out", "incomplete", ("load-balancer-arp", SILENT), id="no ARP answer"
        ),
        pytest.param(
            lan(),
            [ASSIGNED],
            [node()],
            "[Errno 113] No route to host",
            "",
            ("load-balancer-arp", SILENT),
            id="no route",
        ),
        pytest.param(
            lan(),
            [ASSIGNED],
            [node()],
            "[Errno 111] Connection refused",
            "02:42:ac:1c:00:15",
            ("load-balancer-refused", SILENT),
            id="refused",
        ),
        pytest.param(
            lan(),
            [ASSIGNED],
            [node()],
            f"{c.STRANGER} (HTTP status 404)",
            "",
            ("load-balancer-taken", SILENT),
            id="taken",
        ),
        pytest.param(
            lan(),
            [ASSIGNED],
            [node()],
            "timed out",
            "02:42:ac:1c:00:15",
            ("load-balancer-silent", SILENT),
            id="a firewall",
        ),
    ],
)
def test_load_balancer(
    service: Object, events: list[Object], nodes: list[Object], text: str, neighbour: str, expected: tuple[str, str]
) -> None:
    found = c.diagnose_load_balancer(service, events, nodes, text, neighbour)
    assert (found["id"], found["message"]) == expected
    assert found["fix"]


def test_excluded_nodes_are_named_with_the_command() -> None:
    found = c.diagnose_load_balancer(lan(), [], [EXCLUDED], "timed out")
    assert found["fix"] == "`kubectl label node cp1 node.kubernetes.io/exclude-from-external-load-balancers-`."


def test_announcers() -> None:
    assert c.announcers(lan(), [FULL, ASSIGNED]) == ["w1"]
    assert c.by_metallb(lan())
    assert not c.by_metallb(lan(""))
