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


DNS = {"matchLabels": {"k8s-app": "kube-dns"}}
APART = {
    "maxSkew": 1,
    "minDomains": 2,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "DoNotSchedule",
    "nodeTaintsPolicy": "Honor",
    "labelSelector": DNS,
    "matchLabelKeys": ["pod-template-hash"],
}
ZONES = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
NODE_WISH = {"maxSkew": 2, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}


def coredns(replicas: int, *constraints: dict[str, t.Any]) -> dict[str, t.Any]:
    """As kubeadm 1.37 makes it, as far as it is looked at."""
    spec: dict[str, t.Any] = {
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, {**TAINT}],
    }
    if constraints:
        spec["topologySpreadConstraints"] = list(constraints)
    return {
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {"replicas": replicas, "selector": DNS, "template": {"spec": spec}},
    }


def dns_changes(deployment: dict[str, t.Any], nodes: list[dict[str, t.Any]], machines: int, asked: int = 0) -> t.Any:
    wanted = _placement.Wanted(control_plane=[], schedulable=True, machines=machines, coredns_replicas=asked)
    found = _placement.changes({"nodes": nodes, "coredns": [deployment], "volumes": []}, wanted)
    return [(change["what"], change["patch"]["spec"]) for change in found]


@pytest.mark.parametrize(("machines", "asked", "current", "expected"), [(1, 0, 2, 1), (3, 0, 2, None), (3, 3, 2, 3)])
def test_how_many_coredns(machines: int, asked: int, current: int, expected: int | None) -> None:
    wanted = [] if expected is None else [(f"CoreDNS: {expected} instead of {current}", {"replicas": expected})]
    assert dns_changes(coredns(current), [node()], machines, asked) == wanted


NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
UNREACHABLE = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
CP, W1, NEW, LOST = node(TAINT), node(name="w1"), node(NOT_READY, name="w1"), node(UNREACHABLE, name="w1")
GPU = node(OWN, name="w1")
CORDONED = {**node(name="w1"), "spec": {"unschedulable": True, "taints": []}}
WINDOWS = {**node(name="w1"), "metadata": {"name": "w1", "labels": {"kubernetes.io/os": "windows"}}}
ALONE, SHARING = "CoreDNS: each on a node of its own", "CoreDNS: sharing the one node that may run it"


def template(constraints: list[dict[str, t.Any]] | None) -> dict[str, t.Any]:
    return {"template": {"spec": {"topologySpreadConstraints": constraints}}}


SPREAD: list[tuple[str, dict[str, t.Any], list[dict[str, t.Any]], int, list[tuple[str, dict[str, t.Any]]]]] = [
    ("a fresh cluster: both began on the control plane", coredns(2), [CP, W1], 2, [(ALONE, template([APART]))]),
    ("its worker is not ready yet", coredns(2), [CP, NEW], 2, [(ALONE, template([APART]))]),
    ("a second run", coredns(2, APART), [CP, W1], 2, []),
    ("a node is down", coredns(2, APART), [CP, LOST], 2, []),
    ("it grew", coredns(1), [CP, W1], 2, [("CoreDNS: 2 instead of 1, each on a node of its own", {"replicas": 2, **template([APART])})]),
    ("it shrank: one alone waits for nobody", coredns(2, APART), [CP], 1, [("CoreDNS: 1 instead of 2", {"replicas": 1})]),
    ("one machine", coredns(1), [CP], 1, []),
    ("the worker is for something else", coredns(2), [CP, GPU], 2, []),
    ("the worker became for something else", coredns(2, APART), [CP, GPU], 2, [(SHARING, template(None))]),
    ("the worker is cordoned", coredns(2, ZONES, APART), [CP, CORDONED], 2, [(SHARING, template([ZONES]))]),
    ("it may not run there", coredns(2), [CP, WINDOWS], 2, []),
    ("constraints of others stay", coredns(3, ZONES), [CP, W1], 2, [(ALONE, template([ZONES, APART]))]),
    ("somebody's own rule about nodes", coredns(2, NODE_WISH), [CP, W1], 2, []),
    ("somebody's own rule, and one node", coredns(2, NODE_WISH), [CP], 2, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("deployment", "nodes", "machines", "expected"), [row[1:] for row in SPREAD], ids=[row[0] for row in SPREAD]
)
def test_where_coredns_runs(deployment: t.Any, nodes: t.Any, machines: int, expected: t.Any) -> None:
    assert dns_changes(deployment, nodes, machines) == expected
