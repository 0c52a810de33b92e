# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as a Kubernetes 1.37 API server shows them, cut down to what is looked at."""

from __future__ import annotations

import typing as t

Object = dict[str, t.Any]


def node(name: str = "w2", *, role: str = "", taints: t.Sequence[Object] = (), **conditions: tuple[str, str]) -> Object:
    """A healthy node; conditions are given as ``Ready=("False", "message")``."""
    healthy = {
        "NetworkUnavailable": ("False", "Flannel is running on this node"),
        "MemoryPressure": ("False", "kubelet has sufficient memory available"),
        "DiskPressure": ("False", "kubelet has no disk pressure"),
        "PIDPressure": ("False", "kubelet has sufficient PID available"),
        "Ready": ("True", "kubelet is posting ready status"),
    }
    return {
        "metadata": {"name": name, "labels": {f"node-role.kubernetes.io/{role}": ""} if role else {}},
        "spec": {"taints": list(taints)},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": "172.28.0.22"},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [
                {"type": kind, "status": status, "message": message}
                for kind, (status, message) in {**healthy, **conditions}.items()
            ],
            "nodeInfo": {
                "osImage": "Debian GNU/Linux 13 (trixie)",
                "kubeletVersion": "v1.37.2",
                "containerRuntimeVersion": "containerd://2.3.4",
            },
        },
    }


def container(name: str = "agnhost", image: str = "registry.k8s.io/agnhost:1", **more: t.Any) -> Object:
    """A container's status; it waits unless said otherwise."""
    return {
        "name": name,
        "image": image,
        "ready": False,
        "restartCount": 0,
        "lastState": {},
        "state": {"waiting": {"reason": "ContainerCreating"}},
        **more,
    }


def waiting(reason: str, message: str = "", **more: t.Any) -> Object:
    """A container that waits for a reason."""
    return container(state={"waiting": {"reason": reason, "message": message}}, **more)


def pod(*containers: Object, name: str = "verify-2", namespace: str = "homelab-verify", **more: t.Any) -> Object:
    """A pending pod; ``node`` binds it, ``only`` is the node its affinity names."""
    spec: Object = {"containers": [], "tolerations": more.get("tolerations", [])}
    if more.get("node", "w2"):
        spec["nodeName"] = more.get("node", "w2")
    if more.get("only"):
        fields = [{"key": "metadata.name", "operator": "In", "values": [more["only"]]}]
        required = {"nodeSelectorTerms": [{"matchFields": fields}]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    ready = "True" if more.get("ready") else "False"
    metadata: Object = {"name": name, "namespace": namespace, "labels": more.get("labels", {})}
    return {
        "metadata": {**metadata, **more.get("metadata", {})},
        "spec": spec,
        "status": {
            "phase": more.get("phase", "Pending"),
            "conditions": [{"type": "Ready", "status": ready}, *more.get("conditions", [])],
            "containerStatuses": list(containers),
            **more.get("status", {}),
        },
    }


def event(reason: str, message: str, *, name: str = "verify-2", namespace: str = "homelab-verify") -> Object:
    """An event about an object."""
    return {
        "type": "Warning",
        "reason": reason,
        "message": message,
        "involvedObject": {"name": name, "namespace": namespace},
        "lastTimestamp": "2026-11-21T10:26:08Z",
    }


def unschedulable(message: str) -> Object:
    """The condition of a pod that finds no node."""
    return {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}


# What 1.37's scheduler says about a pod that may run on one node only.
ONE_TAINTED = (
    "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. "
    "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
)
CNI_MESSAGE = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns "
    "error: cni plugin not initialized"
)
WEBHOOK = (
    'Internal error occurred: failed calling webhook "ipaddresspoolvalidationwebhook.metallb.io": failed to call webhook: '
    'Post "https://metallb-webhook-service.metallb-system.svc:443/validate": dial tcp 10.97.248.67:443: connect: '
)
