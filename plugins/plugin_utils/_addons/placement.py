# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What may run where, by the number of machines: one rule for a cluster that is new, grows or shrinks.

- Control planes take ordinary pods when the inventory says so, by default where it has no worker.
- Then they also answer for LoadBalancer addresses. kubeadm labels every control plane so that nobody does.
- A control plane that is closed again keeps its pods, and stays without that label: a Service whose traffic policy is Local
  is answered only where its pods are, and some may still be here.
- CoreDNS is one on a single machine and at least two elsewhere, which is what kubeadm leaves; more are somebody's wish.
- Two CoreDNS are on two nodes. kubeadm starts both on the control plane, the only node by then, and only wishes them apart:
  they stay there, and later a rolling update may put both on one worker. So the scheduler is told to place the second nowhere
  but on another node, which also works where that node gets ready a minute later, or comes back.
"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.spread import would_take
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import TAINT, Change, Object
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import jmespath

HIDDEN = "node.kubernetes.io/exclude-from-external-load-balancers"
HOSTS = "spec.nodeAffinity.required.nodeSelectorTerms[].matchExpressions[] | [?key=='kubernetes.io/hostname'].values || `[]`"
HOSTNAME = "kubernetes.io/hostname"
CLAIM = "status.phase=='Bound' && spec.claimRef"


class Seen(t.TypedDict):
    """Objects of the cluster: its Nodes, the Deployment of CoreDNS (none where it was switched off), PersistentVolumes."""

    nodes: t.List[Object]
    coredns: t.List[Object]
    volumes: t.List[Object]


class Wanted(t.TypedDict):
    """What the inventory says; ``coredns_replicas`` 0 leaves it to the rule."""

    control_plane: t.List[str]
    schedulable: bool
    machines: int
    coredns_replicas: int


def coredns_replicas(machines: int, current: int) -> int:
    """How many CoreDNS a cluster of so many machines has."""
    return 1 if machines == 1 else max(2, current)


def taints(present: t.Sequence[Object], schedulable: bool) -> list[Object]:
    """A control plane's taints; those of others stay."""
    others = [taint for taint in present if {key: taint.get(key) for key in TAINT} != TAINT]
    return others if schedulable else [*others, dict(TAINT)]


def bound_here(volumes: t.Iterable[Object], node: str) -> list[str]:
    """Claims (``namespace/name``) whose volume exists on one node only: their pods can start nowhere else."""
    here = [volume for volume in volumes if [node] in jmespath.search(HOSTS, volume)]
    claims = filter(None, (jmespath.search(CLAIM, volume) for volume in here))
    return sorted(f"{claim['namespace']}/{claim['name']}" for claim in claims)


def node_change(node: Object, schedulable: bool, volumes: t.Iterable[Object]) -> Change | None:
    """What one control plane needs, or None."""
    name = node["metadata"]["name"]
    patch: Object = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
    present = node["spec"].get("taints") or []
    wanted = taints(present, schedulable)
    tainted = len(wanted) != len(present)
    labelled = schedulable and HIDDEN in (node["metadata"].get("labels") or {})
    if tainted:
        patch["spec"] = {"taints": wanted}
    if labelled:
        patch["metadata"]["labels"] = {HIDDEN: None}
    if not (tainted or labelled):
        return None
    if schedulable:
        return Change(what=f"{name}: ordinary pods may run here, and LoadBalancer addresses are answered", patch=patch)
    what = f"{name}: no new ordinary pods, those that run stay"
    claims = bound_here(volumes, name)
    if claims:
        what += (
            f"; the volumes of {', '.join(claims)} exist here only, so that their pods cannot start again: "
            "set cluster_schedule_on_control_plane: true as long as you need them"
        )
    return Change(what=what, patch=patch)


def apart(coredns: Object) -> Object:
    """The constraint that puts the pods of one revision on different nodes (PodSpec.topologySpreadConstraints).

    Nodes that are down do not count, for they are tainted: of two nodes the one that is left runs one pod, and with
    ``minDomains`` the other waits instead of joining it. ``matchLabelKeys`` leaves the pods of the revision before aside.
    """
    return {
        "maxSkew": 1,
        "minDomains": 2,
        "topologyKey": HOSTNAME,
        "whenUnsatisfiable": "DoNotSchedule",
        "nodeTaintsPolicy": "Honor",
        "labelSelector": coredns["spec"]["selector"],
        "matchLabelKeys": ["pod-template-hash"],
    }


def spread(coredns: Object, nodes: t.Iterable[Object], replicas: int) -> tuple[str, Object]:
    """What the pods' specification needs, and its patch; ("", {}) where it needs nothing. Constraints of others stay.

    A node counts also while it is not ready, as a worker is that has just joined, but not while it is cordoned. Where
    fewer than two are left, pods may share one: better two there than one that waits.
    """
    spec = coredns["spec"]["template"]["spec"]
    has, ours = spec.get("topologySpreadConstraints") or [], apart(coredns)
    takers = sum(would_take(spec, node) for node in nodes)
    if replicas > 1 and takers > 1 and all(one.get("topologyKey") != HOSTNAME for one in has):
        return "each on a node of its own", {"topologySpreadConstraints": [*has, ours]}
    if replicas > 1 and takers < 2 and ours in has:
        return "sharing the one node that may run it", {
            "topologySpreadConstraints": [one for one in has if one != ours] or None
        }
    return "", {}


def coredns_change(coredns: Object, nodes: t.Iterable[Object], wanted: Wanted) -> Change | None:
    """The number of CoreDNS and where they may run, or None when both are right."""
    current = int(coredns["spec"].get("replicas", 1))
    replicas = wanted["coredns_replicas"] or coredns_replicas(wanted["machines"], current)
    where, constraints = spread(coredns, nodes, replicas)
    words = [f"{replicas} instead of {current}"] if replicas != current else []
    patch: Object = {"replicas": replicas} if replicas != current else {}
    if where:
        words.append(where)
        patch["template"] = {"spec": constraints}
    if not words:
        return None
    metadata = {"name": coredns["metadata"]["name"], "namespace": coredns["metadata"]["namespace"]}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": patch}
    return Change(what=f"CoreDNS: {', '.join(words)}", patch=body)


def changes(seen: Seen, wanted: Wanted) -> list[Change]:
    """Everything that does not follow the inventory yet, in the order of the nodes."""
    nodes = [node for node in seen["nodes"] if node["metadata"]["name"] in wanted["control_plane"]]
    found = [node_change(node, wanted["schedulable"], seen["volumes"]) for node in nodes]
    found += [coredns_change(deployment, seen["nodes"], wanted) for deployment in seen["coredns"]]
    return [change for change in found if change]


__all__ = ("Seen", "Wanted", "changes", "coredns_replicas")
