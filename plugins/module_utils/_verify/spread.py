# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which nodes would take a pod, and whether all pods of a workload run on one."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object, holds

# Below it are what Kubernetes itself finds wrong with a node, such as not-ready, and the cordon.
_SYMPTOM = "node.kubernetes.io/"


def untolerated(spec: Object, node: Object) -> list[str]:
    """The keys of the node's taints that keep a pod of this specification away."""
    tolerations = spec.get("tolerations") or []

    def tolerated(taint: Object) -> bool:
        return any(
            toleration.get("key") in (None, "", taint["key"])
            and toleration.get("effect") in (None, "", taint["effect"])
            and (toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", ""))
            for toleration in tolerations
        )

    taints = [taint for taint in node["spec"].get("taints") or [] if taint["effect"] != "PreferNoSchedule"]
    return [taint["key"] for taint in taints if not tolerated(taint)]


def would_take(spec: Object, node: Object) -> bool:
    """Whether a node is meant for such pods, well or not: it is not cordoned, has the labels, and no taint of its owner's against them."""
    labels = node["metadata"].get("labels") or {}
    selected = all(labels.get(key) == value for key, value in (spec.get("nodeSelector") or {}).items())
    against = [key for key in untolerated(spec, node) if not key.startswith(_SYMPTOM)]
    return selected and not against and not node["spec"].get("unschedulable")


def takes(spec: Object, node: Object) -> bool:
    """Whether the node is also well, so that it takes one now."""
    return would_take(spec, node) and holds(node, "Ready") and not untolerated(spec, node)


def movable(spec: Object) -> bool:
    """Whether nothing but taints and labels says where such a pod may run: no node affinity, no volume that may be on one node only."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    claims = [
        volume for volume in spec.get("volumes") or [] if "persistentVolumeClaim" in volume or "hostPath" in volume
    ]
    return not claims and "requiredDuringSchedulingIgnoredDuringExecution" not in affinity


def shared_node(pods: t.Iterable[Object]) -> str:
    """The one node on which all of several living pods run; "" where they are fewer, on several, or not all placed."""
    living = [
        pod
        for pod in pods
        if not pod["metadata"].get("deletionTimestamp") and pod["status"].get("phase") in ("Pending", "Running")
    ]
    nodes = {str(pod["spec"].get("nodeName") or "") for pod in living}
    return nodes.pop() if len(living) > 1 and len(nodes) == 1 else ""


__all__ = ("movable", "shared_node", "takes", "untolerated", "would_take")
