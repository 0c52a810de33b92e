# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof waits for before it tries anything, against a cluster in memory; and whose namespace it takes."""

from __future__ import annotations

import json
import time
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import mark as _verify_mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import NAMES
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    ApiDownError,
    Reply,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    NODES,
    OURS,
    FakeCluster,
    ids,
    only,
    outcome,
    run,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    pod,
    waiting,
)


def test_a_user_without_rights(cluster: FakeCluster) -> None:
    text = 'nodes is forbidden: User "me" cannot list resource "nodes"'
    cluster.broken = {"GET /api/v1/nodes": Reply(403, json.dumps({"message": text}))}
    result = run(cluster)
    assert outcome(result)["nodes"] == outcome(result)["pods"] == "failed"
    assert ids(result) == [("not-allowed", "")]
    assert cluster.empty()


def test_a_missing_node(cluster: FakeCluster) -> None:
    result = run(cluster, nodes=[*NODES, "w3"])
    assert outcome(result) == only("failed", "nodes")
    assert ids(result) == [("node-missing", "w3")]


def test_workloads_that_do_not_become_ready(cluster: FakeCluster) -> None:
    cluster.workloads = {"deployments": [cluster.deployment(available=0)]}
    result = run(cluster)
    assert outcome(result) == only("failed", "workloads")
    assert result.legs[2]["detail"] == "not ready: Deployment kube-system/coredns 0/1"
    assert ids(result) == [("workload-not-ready", "")]


def test_workloads_that_become_ready(cluster: FakeCluster) -> None:
    waiting_for = json.dumps({"items": [cluster.deployment(available=0)]})
    cluster.hiccups = {"namespaces/kube-system/deployments": [Reply(200, waiting_for)] * 2}
    result = run(cluster, timeout=5)
    assert result.legs[2]["detail"] == "1 ready in kube-system; waited for Deployment kube-system/coredns 0/1"


def test_an_empty_namespace(cluster: FakeCluster) -> None:
    result = run(cluster, namespaces=["kube-system", "metallb-system"])
    assert result.legs[2]["detail"] == "not ready: namespace metallb-system (empty)"
    assert ids(result) == [("namespace-empty", "")]


def test_a_wrong_image_is_not_waited_for_and_named_once(cluster: FakeCluster) -> None:
    missing = waiting("ErrImagePull", "agnhost:1: not found", image="agnhost:1")
    cluster.pod_status = {"phase": "Pending", "containerStatuses": [missing]}
    # The scheduler's work.
    living = cluster.living
    cluster.living = lambda kind, body: (  # type: ignore[method-assign]
        {**living(kind, body), "spec": {**body["spec"], "nodeName": v.wanted_node(body)}}
        if kind == "pods"
        else living(kind, body)
    )
    result = run(cluster, timeout=300)
    assert ids(result) == [("image-not-found", "cp1, w1, w2")]
    assert outcome(result) == only("skipped", *NAMES[4:], pods="failed")
    assert cluster.empty()


def test_a_pod_that_the_api_server_does_not_reach(cluster: FakeCluster) -> None:
    cluster.broken = {"verify-2:8080/proxy": ApiDownError("Read timed out.")}
    result = run(cluster)
    assert ids(result) == [("api-to-pod", "w2")]
    assert outcome(result) == only("failed", "pods")
    assert result.legs[4]["detail"] == "4 of 4 paths between pods on different nodes"


def test_a_namespace_of_someone_else_is_not_touched(cluster: FakeCluster) -> None:
    cluster.namespace = {"metadata": {"name": "homelab-verify", "labels": {}}}
    result = run(cluster)
    assert ids(result) == [("namespace-foreign", "")]
    assert cluster.namespace is not None
    assert not [call for call in cluster.calls if call.startswith("DELETE")]


def test_leftovers_of_an_interrupted_run_are_removed(cluster: FakeCluster) -> None:
    cluster.namespace = OURS
    cluster.objects["pods"]["verify-0"] = pod(name="verify-0")
    cluster.objects["services"]["web"] = {"metadata": {"name": "web"}}
    result = run(cluster)
    assert result.findings == []
    assert cluster.empty()


def test_a_namespace_that_is_going_is_waited_for(cluster: FakeCluster) -> None:
    going = {**OURS, "metadata": {**OURS["metadata"], "deletionTimestamp": "2026-11-21T10:00:00Z"}}
    cluster.hiccups = {
        "POST /api/v1/namespaces": [Reply(409, "{}")],
        "GET /api/v1/namespaces/homelab-verify": [Reply(200, json.dumps(going))] * 2,
    }
    assert run(cluster, timeout=5).findings == []
    assert cluster.empty()


def test_a_namespace_that_does_not_go(cluster: FakeCluster) -> None:
    cluster.namespace = {**OURS, "metadata": {**OURS["metadata"], "deletionTimestamp": "2026-11-21T10:00:00Z"}}
    assert ids(run(cluster)) == [("namespace-stuck", "")]


DEAD = _verify_mark.Process(2**22 + 1, "1")
HERE = _verify_mark.own()


def marked(**changed: t.Any) -> tuple[_verify_mark.Mark, Object]:
    """The mark of another run, and the namespace that has it."""
    mark = HERE._replace(run="another", owner="bob@desk", **changed)
    return mark, v.namespace_object("homelab-verify", _verify_mark.written(mark, 60, time.time()))


OTHERS = [
    pytest.param({}, "process {pid}, ", id="its processes live"),
    pytest.param({"place": "another machine", "processes": [DEAD]}, "process 4194305, ", id="nobody can see them"),
    pytest.param({"place": "another machine", "processes": []}, "", id="it names none"),
]


@pytest.mark.parametrize(("changed", "process"), OTHERS)
def test_a_run_of_somebody_else_is_not_disturbed(cluster: FakeCluster, changed: dict[str, t.Any], process: str) -> None:
    mark, cluster.namespace = marked(**changed)
    cluster.objects["pods"]["verify-0"] = pod(name="verify-0")
    result = run(cluster, mark=HERE)
    found = _verify_mark.read(t.cast("Object", cluster.namespace))
    assert found
    assert found.run == mark.run
    assert not [call for call in cluster.calls if call.startswith(("DELETE", "PUT"))]
    process = process.format(pid=HERE.processes[0].pid)
    assert [(f["id"], f["message"], f["fix"]) for f in result.findings] == [
        (
            "verify-running",
            f"Namespace homelab-verify is in use by another verification: bob@desk, {process}until {found.until} at the latest",
            "Run this again when the other has ended. If it is dead already: `kubectl delete namespace homelab-verify`.",
        )
    ]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"processes": [HERE.processes[0], DEAD]}, id="dead on this machine"),
        pytest.param({"processes": [DEAD, HERE.processes[1]]}, id="without its Ansible"),
        pytest.param({"place": "another machine", "at": 0.0}, id="its time is over"),
    ],
)
def test_the_remains_of_a_dead_run_are_taken_over_at_once(cluster: FakeCluster, changed: dict[str, t.Any]) -> None:
    at = changed.pop("at", time.time())
    mark = HERE._replace(run="another", **changed)
    cluster.namespace = v.namespace_object("homelab-verify", _verify_mark.written(mark, 60, at))
    cluster.objects["pods"]["verify-0"] = pod(name="verify-0")
    assert run(cluster, mark=HERE, timeout=10).findings == []
    assert cluster.empty()


def test_of_two_that_take_over_at_once_one_goes_on(cluster: FakeCluster) -> None:
    mark, theirs = marked()
    cluster.namespace = OURS

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if method == "PUT":
            cluster.namespace = theirs
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    assert ids(run(cluster, mark=HERE)) == [("verify-running", "")]
    assert cluster.namespace == theirs
    assert mark.run == "another"
    assert not [one for one in cluster.calls if one.startswith("DELETE")]


def test_an_answer_that_was_lost_is_no_other_run(cluster: FakeCluster) -> None:
    lost = ApiDownError("reset")

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        nonlocal lost
        answer = FakeCluster.call(cluster, method, path, body, timeout)
        if method == "POST" and path.endswith("/namespaces") and lost:
            problem, lost = lost, None  # type: ignore[assignment]
            raise problem
        return answer

    cluster.call = call  # type: ignore[method-assign]
    assert run(cluster, mark=HERE, timeout=10).findings == []
    assert cluster.empty()


def test_a_run_that_was_cut_off_removes_nothing_of_its_successors(cluster: FakeCluster) -> None:
    _mark, theirs = marked()

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if "proxy/dial" in path:
            cluster.namespace = theirs
            raise KeyboardInterrupt
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(cluster, mark=HERE)
    assert cluster.namespace == theirs
    assert not [one for one in cluster.calls if one.startswith("DELETE")]
