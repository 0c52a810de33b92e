# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that no node may take, and those that a node had to give up."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.causes.findings_of_tests import (
    diagnose,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    CNI_MESSAGE,
    ONE_TAINTED,
    Object,
    event,
    node,
    pod,
    unschedulable,
)

OWN_TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("message", "nodes", "expected"),
    [
        pytest.param(
            ONE_TAINTED,
            [node("w1"), node("w2", DiskPressure=("True", "kubelet has disk pressure"))],
            ("node-disk-pressure", "w2", "The node reports DiskPressure (kubelet has disk pressure)"),
            id="disk pressure",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w2", MemoryPressure=("True", ""))],
            ("node-memory-pressure", "w2", "The node reports MemoryPressure"),
            id="memory pressure",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w1", Ready=("False", "else")), node("w2", Ready=("False", CNI_MESSAGE))],
            (
                "cni-not-initialised",
                "w2",
                "NotReady: no pod network is set up on this node: /etc/cni/net.d holds no configuration",
            ),
            id="no CNI, and only the wanted node counts",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w2", Ready=("Unknown", "Kubelet stopped posting node status."))],
            ("node-unreachable", "w2", "The kubelet does not report"),
            id="silent kubelet",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w2", taints=[OWN_TAINT])],
            ("pod-unschedulable-taint", "w2", "Test pod: taints keep it away: gpu"),
            id="the owner's taint",
        ),
        pytest.param(
            "0/3 nodes are available: 3 Insufficient cpu. preemption: not helpful",
            [node("w2")],
            ("pod-unschedulable-resources", "w2", "Test pod: no node has enough cpu left for its request"),
            id="cpu",
        ),
        pytest.param(
            "0/1 nodes are available: 1 Too many pods.",
            [node("w2")],
            ("pod-unschedulable-count", "w2", "Test pod: the node already runs as many pods as it may"),
            id="too many pods",
        ),
        pytest.param(
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            [node("w2")],
            ("pod-unschedulable-volume", "w2", "Test pod: its volume claim is not bound"),
            id="volume",
        ),
        pytest.param(
            "0/1 nodes are available: 1 node(s) were unschedulable.",
            [node("w2")],
            ("pod-unschedulable-cordon", "w2", "Test pod: the nodes are cordoned"),
            id="cordon",
        ),
        pytest.param(
            "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
            [node("w2")],
            (
                "pod-unschedulable-spread",
                "w2",
                "Test pod: Pending, the nodes that may take it have as many of its kind as they may",
            ),
            id="spread",
        ),
        pytest.param(
            "0/1 nodes are available: 1 moon in the wrong phase.",
            [node("w2")],
            ("pod-unschedulable", "w2", "Test pod: Pending, no node suits it"),
            id="unknown",
        ),
    ],
)
def test_unschedulable(message: str, nodes: list[Object], expected: tuple[str, str, str]) -> None:
    assert diagnose(pod(node="", only="w2", conditions=[unschedulable(message)]), nodes=nodes) == [expected]
    # Before the condition there is only the event.
    assert diagnose(pod(node="", only="w2"), event("FailedScheduling", message), nodes=nodes) == [expected]


def test_no_scheduler() -> None:
    found = ("scheduler-silent", "", "Test pod: Pending, and no scheduler has looked at it")
    assert diagnose(pod(node="", only="w2"), nodes=[node("w2", DiskPressure=("True", ""))]) == [found]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (
            [node("w2", DiskPressure=("True", "kubelet has disk pressure"))],
            ("node-disk-pressure", "w2", "The node reports DiskPressure (kubelet has disk pressure)"),
        ),
        (
            [node("w2")],
            (
                "pod-rejected",
                "w2",
                "Test pod: the kubelet gave it up (Evicted): The node was low on resource: ephemeral-storage.",
            ),
        ),
    ],
)
def test_evicted(nodes: list[Object], expected: tuple[str, str, str]) -> None:
    status = {"reason": "Evicted", "message": "The node was low on resource: ephemeral-storage."}
    assert diagnose(pod(phase="Failed", status=status), nodes=nodes) == [expected]
