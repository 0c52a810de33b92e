# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes would take a pod, and whether all pods of a workload run on one."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import spread as s
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    node,
    pod,
)

OWN_TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        ({"operator": "Exists"}, []),
        ({"key": "", "operator": "Exists"}, []),
        ({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}, []),
        ({"key": "gpu", "value": "yes", "effect": "NoSchedule"}, []),
        ({"key": "gpu", "value": "no", "effect": "NoSchedule"}, ["gpu"]),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, ["gpu"]),
        ({"key": "tpu", "operator": "Exists"}, ["gpu"]),
    ],
)
def test_untolerated(toleration: Object, expected: list[str]) -> None:
    taints = [OWN_TAINT, {"key": "soft", "effect": "PreferNoSchedule"}]
    assert s.untolerated({"tolerations": [toleration]}, node(taints=taints)) == expected


CORDONED = {**node(), "spec": {"unschedulable": True}}
NODES: list[tuple[Object, Object, bool, bool]] = [
    # specification of the pod, node, takes it now, would take it
    ({}, node(), True, True),
    ({}, node(taints=[OWN_TAINT]), False, False),
    ({}, node(taints=[NOT_READY], Ready=("False", "")), False, True),
    ({}, node(Ready=("Unknown", "")), False, True),
    ({"tolerations": [{"operator": "Exists"}]}, node(taints=[NOT_READY], Ready=("False", "")), False, True),
    ({}, CORDONED, False, False),
    ({"nodeSelector": {"disk": "ssd"}}, node(), False, False),
    ({"nodeSelector": {"node-role.kubernetes.io/x": ""}}, node(role="x"), True, True),
]


@pytest.mark.parametrize(("spec", "there", "now", "well"), NODES)
def test_who_takes_a_pod(spec: Object, there: Object, now: bool, well: bool) -> None:
    assert (s.takes(spec, there), s.would_take(spec, there)) == (now, well)


def running(where: str, phase: str = "Running", **metadata: str) -> Object:
    return pod(node=where, phase=phase, metadata=metadata)


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ([running("w1"), running("w1")], "w1"),
        ([running("w1"), running("w1", "Pending")], "w1"),
        ([running("w1"), running("w2")], ""),
        ([running("w1")], ""),
        ([], ""),
        ([running("w1"), running("", "Pending")], ""),
        ([running("w1"), running("w1", deletionTimestamp="2026-11-21T10:00:00Z")], ""),
        ([running("w1"), running("w1"), running("w2", "Failed")], "w1"),
    ],
)
def test_shared_node(pods: list[Object], expected: str) -> None:
    assert s.shared_node(pods) == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, True),
        ({"volumes": [{"configMap": {"name": "coredns"}}], "affinity": {"podAntiAffinity": {}}}, True),
        ({"volumes": [{"persistentVolumeClaim": {"claimName": "data"}}]}, False),
        ({"volumes": [{"hostPath": {"path": "/srv"}}]}, False),
        ({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}}, False),
        ({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}}, True),
    ],
)
def test_movable(spec: Object, expected: bool) -> None:
    assert s.movable(spec) is expected
