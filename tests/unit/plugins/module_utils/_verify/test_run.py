# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof against a cluster in memory: what it tries, what it says, and that it leaves nothing."""

from __future__ import annotations

import json
import threading
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import LEGS, NAMES, Row
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.results import verdict
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.run import Verification
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    ApiDownError,
    Outcome,
    Reply,
    Session,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    NODES,
    OURS,
    FakeCluster,
    ids,
    only,
    outcome,
    run,
    settings,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    node,
    pod,
)

# What a leg of one's own makes.
KINDS = ("apps/v1/statefulsets",)


def test_a_cluster_that_works(cluster: FakeCluster) -> None:
    result = run(cluster)
    assert result.findings == []
    assert outcome(result) == only("passed")
    assert [leg["detail"] for leg in result.legs] == [
        "https://api:6443 v1.37.2",
        "3 Ready, exactly those of the inventory",
        "1 ready in kube-system",
        "3 of 3 nodes run the test pod, the API server reaches 3",
        "6 of 6 paths between pods on different nodes",
        "9 of 9 answers for kubernetes.default.svc.cluster.local, web, kubernetes.io",
        "10.96.0.9 from 3 of 3 nodes' pods",
        "port 30080 on 3 of 3 nodes, from this machine",
        "http://172.28.0.200 answers 200 from this machine, announced by w1",
        "no node mounts NFS",
        "deny shuts same node, other node, service, DNS; allow opens other node alone; removing restores all",
        "one control plane",
        "no metrics-server",
        "not asked for",
    ]
    assert [info["name"] for info in result.nodes] == list(NODES)
    assert result.version == "v1.37.2"
    assert cluster.empty()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/node"),
        ("POST", "/readyz"),
        ("GET", "/api/v1/namespaces/homelab-verify/deployments"),
        ("PUT", "/api/v1/namespaces/homelab-verify/pods/verify-0"),
        ("DELETE", "/api/v1/namespaces/kube-system/pods"),
        ("DELETE", "/api/v1/namespaces/kube-system"),
    ],
)
def test_a_request_that_no_proof_makes_is_a_mistake(cluster: FakeCluster, method: str, path: str) -> None:
    with pytest.raises(AssertionError, match="no business"):
        cluster.call(method, path)


def test_without_load_balancer_and_internet(cluster: FakeCluster) -> None:
    result = run(cluster, load_balancer=False, external_name="")
    assert outcome(result) == only("skipped", "load-balancer")
    assert result.legs[8]["detail"] == "the cluster has no load balancer"
    dns = "6 of 6 answers for kubernetes.default.svc.cluster.local, web; outside names skipped: no external_name"
    assert result.legs[5]["detail"] == dns


def test_one_node(cluster: FakeCluster) -> None:
    cluster.nodes = cluster.nodes[:1]
    result = run(cluster, nodes=["cp1"])
    assert outcome(result) == only("skipped", "pod-network")
    assert result.legs[4]["detail"] == "there is only one node"


def test_check_mode_creates_nothing(cluster: FakeCluster) -> None:
    result = run(cluster, read_only=True)
    assert outcome(result) == only("skipped", *NAMES[3:])
    assert all(call.startswith("GET ") for call in cluster.calls)


def test_waiting_alone_creates_nothing_and_tries_again(cluster: FakeCluster) -> None:
    cluster.hiccups = {"readyz": [ApiDownError("Connection refused")]}
    result = run(cluster, prove=False, timeout=5)
    assert outcome(result) == only("skipped", *NAMES[3:])
    assert result.legs[NAMES.index("network-policy")]["detail"] == "nothing was to be proven yet"
    assert all(call.startswith("GET ") for call in cluster.calls)


def test_check_mode_does_not_wait(cluster: FakeCluster) -> None:
    cluster.broken = {"readyz": ApiDownError("Connection refused")}
    result = run(cluster, read_only=True, timeout=300)
    assert outcome(result) == only("skipped", *NAMES[1:], api="failed")
    assert ids(result) == [("api-refused", "")]
    assert len(cluster.calls) == 1


def test_hiccups_are_tried_again(cluster: FakeCluster) -> None:
    cluster.hiccups = {
        "readyz": [ApiDownError("Connection refused"), Reply(500, "[-]etcd failed")],
        "POST /api/v1/namespaces": [Reply(500, '{"message":"etcd leader changed"}')],
        "GET /api/v1/nodes": [ApiDownError("reset")],
        "proxy/dial": [Reply(503, '{"message":"error trying to reach service"}')],
    }
    result = run(cluster, timeout=5)
    assert result.findings == []
    assert outcome(result) == only("passed")


def test_a_wrong_certificate_is_not_waited_for(cluster: FakeCluster) -> None:
    cluster.broken = {"readyz": ApiDownError("certificate verify failed")}
    assert ids(run(cluster, timeout=300)) == [("api-certificate", "")]


def surveys(cluster: FakeCluster) -> int:
    return sum(call.endswith("kube-system/deployments") for call in cluster.calls)


def test_what_is_not_ready_any_more_is_named_before_what_failed_through_it(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.200": Reply(0, "No route to host")}
    ready = Reply(200, json.dumps({"items": [cluster.deployment()]}))
    cluster.hiccups = {"kube-system/deployments": [ready]}
    cluster.workloads = {"deployments": [cluster.deployment(available=0)]}
    result = run(cluster)
    assert outcome(result) == only("failed", "load-balancer")
    assert ids(result) == [("workload-not-ready", ""), ("load-balancer-arp", "")]
    assert surveys(cluster) == 2


def test_a_node_that_is_not_ready_any_more(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.200": Reply(0, "timed out")}
    good = Reply(200, json.dumps({"items": cluster.nodes}))
    cluster.hiccups = {"GET /api/v1/nodes": [good] * 2}
    cluster.nodes = cluster.nodes[:2]
    assert ids(run(cluster)) == [("node-missing", "w2"), ("load-balancer-silent", "")]


def test_a_second_look_that_gets_no_answer_takes_nothing_away(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.200": Reply(0, "timed out")}
    cluster.hiccups = {"kube-system/deployments": [Reply(200, json.dumps({"items": [cluster.deployment()]}))]}
    cluster.broken = {"kube-system/deployments": ApiDownError("Connection refused")}
    assert ids(run(cluster)) == [("load-balancer-silent", "")]
    assert surveys(cluster) > 1


def dns_pods(*nodes: str, **more: t.Any) -> dict[str, Reply | Exception]:
    labels = {"k8s-app": "kube-dns"}
    found = [
        pod(
            name=f"coredns-{n}", namespace="kube-system", node=where, phase="Running", ready=True, labels=labels, **more
        )
        for n, where in enumerate(nodes)
    ]
    return {"namespaces/kube-system/pods": Reply(200, json.dumps({"items": found}))}


def test_replicas_on_one_node_are_a_warning_and_the_proof_passes(cluster: FakeCluster) -> None:
    cluster.broken = dns_pods("cp1", "cp1")
    result = run(cluster)
    assert outcome(result) == only("passed")
    assert verdict(result.legs, result.findings) == "The cluster works"
    (finding,) = result.findings
    assert (finding["id"], finding["severity"]) == ("replicas-share-a-node", "warning")
    assert finding["message"] == ("Deployment kube-system/coredns: all 2 pods run on cp1, though w1, w2 could take one")
    assert "`kubectl -n kube-system delete pod coredns-0`" in finding["fix"]
    assert surveys(cluster) == 1


@pytest.mark.parametrize(
    ("nodes", "taken"),
    [(("cp1", "w1"), False), (("cp1",), False), (("cp1", "cp1"), True)],
    ids=["apart", "one", "no other"],
)
def test_replicas_that_could_not_be_elsewhere(cluster: FakeCluster, nodes: tuple[str, ...], taken: bool) -> None:
    cluster.broken = dns_pods(*nodes)
    if taken:
        gpu = {"key": "gpu", "effect": "NoSchedule"}
        cluster.nodes = [node("cp1"), node("w1", taints=[gpu]), node("w2", taints=[gpu])]
    assert run(cluster).findings == []


def test_nobody_looks_again_where_nothing_failed(cluster: FakeCluster) -> None:
    assert run(cluster).findings == []
    assert surveys(cluster) == 1


def test_an_interrupted_run_cleans_up(cluster: FakeCluster) -> None:
    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if "proxy/dial" in path:
            raise KeyboardInterrupt
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(cluster)
    assert cluster.empty()


def test_leftovers_that_cannot_be_removed_are_reported(cluster: FakeCluster) -> None:
    cluster.broken = {"DELETE": Reply(403, '{"message":"no"}')}
    result = run(cluster, cni="flannel")
    assert outcome(result) == only("skipped", "network-policy")
    assert ids(result) == [("verify-leftovers", "")]


# Legs of one's own


def test_a_leg_of_the_last_wave(cluster: FakeCluster) -> None:
    seen: list[str] = []

    def prove(session: Session) -> Outcome:
        seen.extend(session.sources)
        session.create(session.path("apps/v1/statefulsets"), {"metadata": {"name": "db"}})
        return Outcome("1 of 1 claims")

    result = Verification(cluster, cluster, settings(), 0.05, (*LEGS, Row("database", 3, prove, kinds=KINDS))).run()
    assert result.legs[-1]["detail"] == "1 of 1 claims"
    assert sorted(seen) == sorted(NODES)
    assert cluster.empty()
    assert not cluster.objects["statefulsets"]


def test_a_wave_knows_what_earlier_waves_learned(cluster: FakeCluster) -> None:
    """And nothing of what runs beside it, however much earlier that ends."""
    ended, seen = threading.Event(), list[tuple[str, str]]()
    problems = [
        Finding(id=name, severity="error", host="", subjects=[], message="x", why="", fix="y") for name in ("a", "b")
    ]

    def first(session: Session) -> Outcome:
        ended.wait(5)
        seen.append(("first", session.version))
        return Outcome("", problems[:1], learned={"sources": ["w1"]})

    def second(session: Session) -> Outcome:
        seen.append(("second", session.version))
        ended.set()
        return Outcome("", problems, learned={"version": "v2"})

    def third(session: Session) -> Outcome:
        seen.append(("third", f"{session.version} {session.sources}"))
        return Outcome("")

    rows = [
        Row("api", 0, lambda _session: Outcome("", learned={"version": "v1"}), reads=True),
        *(Row(leg.__name__, wave, leg, reads=True) for leg, wave in ((first, 1), (second, 1), (third, 2))),
    ]
    result = Verification(cluster, cluster, settings(), 0.2, rows).run()
    assert seen == [("second", "v1"), ("first", "v1"), ("third", "v2 ['w1']")]
    # In the order of the table, whoever ended first.
    assert ([leg["name"] for leg in result.legs], result.findings) == (["api", "first", "second", "third"], problems)
    assert result.version == "v2"


def test_a_leg_that_has_nothing_to_prove(cluster: FakeCluster) -> None:
    legs = (*LEGS, Row("database", 3, lambda session: Outcome("the cluster has no storage class", skipped=True)))
    result = Verification(cluster, cluster, settings(), 0.05, legs).run()
    assert (result.legs[-1]["status"], result.legs[-1]["detail"]) == ("skipped", "the cluster has no storage class")


def test_what_legs_left_is_removed_before_it_is_made_anew(cluster: FakeCluster) -> None:
    cluster.namespace = OURS
    cluster.objects["statefulsets"]["db"] = {"metadata": {"name": "db"}}

    def prove(session: Session) -> Outcome:
        return Outcome("new" if session.create(session.path(*KINDS), {"metadata": {"name": "db"}}) else "old")

    result = Verification(cluster, cluster, settings(), 0.05, (*LEGS, Row("database", 3, prove, kinds=KINDS))).run()
    assert result.legs[-1]["detail"] == "new"


def test_a_kind_that_the_cluster_does_not_know(cluster: FakeCluster) -> None:
    cluster.broken = {"apps/v1/namespaces/homelab-verify/statefulsets": Reply(404, '{"message":"not found"}')}
    legs = (*LEGS, Row("database", 3, lambda session: Outcome("fine"), kinds=KINDS))
    result = Verification(cluster, cluster, settings(), 0.05, legs).run()
    assert result.findings == []
    assert cluster.empty()
