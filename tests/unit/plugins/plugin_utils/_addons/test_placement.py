# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule of what runs where, as a table: clusters that are new, grow and shrink."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import placement as _placement

TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
OWN = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
HIDDEN = "node.kubernetes.io/exclude-from-external-load-balancers"
OPENED = "cp1: ordinary pods may run here, and LoadBalancer addresses are answered"
CLOSED = "cp1: no new ordinary pods, those that run stay"


def node(*taints: dict[str, str], hidden: bool = True, name: str = "cp1") -> dict[str, t.Any]:
    labels = {"kubernetes.io/os": "linux", **({HIDDEN: ""} if hidden else {})}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"taints": list(taints)} if taints else {}}


def volume(on: str, claim: str = "data", phase: str = "Bound") -> dict[str, t.Any]:
    rule = {"key": "kubernetes.io/hostname", "operator": "In", "values": [on]}
    return {
        "spec": {
            "claimRef": {"namespace": "default", "name": claim},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}},
        },
        "status": {"phase": phase},
    }


REPLICAS = [
    # machines, there are, wanted
    (1, 2, 1),  # kubeadm's two on a new single machine
    (1, 1, 1),
    (2, 1, 2),  # it grew
    (3, 1, 2),
    (3, 2, 2),
    (50, 4, 4),  # somebody wanted more
    (1, 4, 1),  # it shrank
    (2, 0, 2),
]


@pytest.mark.parametrize(("machines", "current", "expected"), REPLICAS)
def test_coredns_replicas(machines: int, current: int, expected: int) -> None:
    assert _placement.coredns_replicas(machines, current) == expected


NODES: list[tuple[dict[str, t.Any], bool, str, dict[str, t.Any]]] = [
    # A new single machine: kubeadm made no taint, but its label.
    (node(), True, OPENED, {"metadata": {"name": "cp1", "labels": {HIDDEN: None}}}),
    # Nothing to do.
    (node(hidden=False), True, "", {}),
    (node(TAINT), False, "", {}),
    (node(TAINT, hidden=False), False, "", {}),
    # Opened later; taints of others stay.
    (
        node(OWN, TAINT),
        True,
        OPENED,
        {"metadata": {"name": "cp1", "labels": {HIDDEN: None}}, "spec": {"taints": [OWN]}},
    ),
    # It grew: the label does not come back.
    (
        node(OWN, hidden=False),
        False,
        CLOSED,
        {"metadata": {"name": "cp1"}, "spec": {"taints": [OWN, TAINT]}},
    ),
    (node(hidden=False), False, CLOSED, {"metadata": {"name": "cp1"}, "spec": {"taints": [TAINT]}}),
    # The same key with another effect is somebody's own.
    (node({**TAINT, "effect": "NoExecute"}, hidden=False), True, "", {}),
]


@pytest.mark.parametrize(("seen", "schedulable", "what", "patch"), NODES)
def test_node(seen: dict[str, t.Any], schedulable: bool, what: str, patch: dict[str, t.Any]) -> None:
    expected = [{"what": what, "patch": {"apiVersion": "v1", "kind": "Node", **patch}}] if what else []
    wanted = _placement.Wanted(control_plane=["cp1"], schedulable=schedulable, machines=3, coredns_replicas=0)
    worker = node(OWN, name="w1")
    assert _placement.changes({"nodes": [worker, seen], "coredns": [], "volumes": []}, wanted) == expected


VOLUMES = [
    ([], CLOSED),
    ([volume("w1"), volume("cp1", phase="Released"), {"spec": {"nfs": {}}}], CLOSED),
    # No claim, no status, and a place that is none.
    ([{"spec": {**volume("cp1")["spec"], "claimRef": None}, "status": {"phase": "Bound"}}], CLOSED),
    ([{"spec": volume("cp1")["spec"]}, {"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": None}}}}], CLOSED),
    (
        [volume("cp1", "b"), volume("cp1", "a")],
        f"{CLOSED}; the volumes of default/a, default/b exist here only, so that their pods cannot start again: "
        "set cluster_schedule_on_control_plane: true as long as you need them",
    ),
]


@pytest.mark.parametrize(("volumes", "what"), VOLUMES)
def test_volumes_that_cannot_move_are_named(volumes: list[dict[str, t.Any]], what: str) -> None:
    wanted = _placement.Wanted(control_plane=["cp1"], schedulable=False, machines=3, coredns_replicas=0)
    (change,) = _placement.changes({"nodes": [node(hidden=False)], "coredns": [], "volumes": volumes}, wanted)
    assert change["what"] == what


@pytest.mark.parametrize(("machines", "asked", "current", "expected"), [(1, 0, 2, 1), (3, 0, 2, None), (3, 3, 2, 3)])
def test_coredns(machines: int, asked: int, current: int, expected: int | None) -> None:
    coredns = {"metadata": {"name": "coredns", "namespace": "kube-system"}, "spec": {"replicas": current}}
    wanted = _placement.Wanted(control_plane=[], schedulable=True, machines=machines, coredns_replicas=asked)
    found = _placement.changes({"nodes": [], "coredns": [coredns], "volumes": []}, wanted)
    assert [(c["what"], c["patch"]["spec"]) for c in found] == (
        [] if expected is None else [(f"CoreDNS: {expected} instead of {current}", {"replicas": expected})]
    )
