# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a proven cluster is: when things count as ready, what the proof creates, how its result reads.

Everything here is a plain function of plain dictionaries, as the API server returns them.
"""

from __future__ import annotations

import typing as t

Object = t.Dict[str, t.Any]

WORKLOADS = {"Deployment": "deployments", "DaemonSet": "daemonsets", "StatefulSet": "statefulsets"}

MANAGED_BY = {"app.kubernetes.io/managed-by": "homelab.kubernetes"}
APP = {"app.kubernetes.io/name": "homelab-verify"}
WEB, LOAD_BALANCER, ACCOUNT = "web", "lan", "verify"
# Where a test pod does what the API server asks of it; where it tells everybody its name and nothing else.
ASK_PORT, WEB_PORT, SERVICE_PORT = 8080, 8081, 80

_PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")


def name_of(obj: Object) -> str:
    """The object's name."""
    return str(obj["metadata"]["name"])


def place_of(obj: Object) -> str:
    """``namespace/name``, or the name of an object that has no namespace."""
    namespace = obj["metadata"].get("namespace")
    return f"{namespace}/{name_of(obj)}" if namespace else name_of(obj)


def condition(obj: Object, kind: str) -> Object:
    """The condition of that type, or an empty one."""
    conditions: list[Object] = obj.get("status", {}).get("conditions") or []
    return next((c for c in conditions if c.get("type") == kind), {})


def holds(obj: Object, kind: str) -> bool:
    """Whether the condition of that type is true."""
    return condition(obj, kind).get("status") == "True"


def node_ready(node: Object) -> bool:
    """Ready, with a network, and under no pressure: a node that takes pods."""
    return holds(node, "Ready") and not node_pressures(node) and not holds(node, "NetworkUnavailable")


def node_pressures(node: Object) -> list[str]:
    """The pressures the node's kubelet reports."""
    return [kind for kind in _PRESSURES if holds(node, kind)]


def pod_ready(pod: Object) -> bool:
    """Ready, or finished for good (a Job's pod); a pod that is being deleted is not ready."""
    status = pod.get("status", {})
    if status.get("phase") == "Succeeded":
        return True
    return status.get("phase") == "Running" and holds(pod, "Ready") and not pod["metadata"].get("deletionTimestamp")


def _observed(obj: Object) -> bool:
    """Whether the controller has seen the newest version of the object at all."""
    return int(obj.get("status", {}).get("observedGeneration") or 0) >= int(obj["metadata"].get("generation") or 0)


def deployment_ready(obj: Object) -> bool:
    """All replicas are of the newest version and available, and no older one is left."""
    status, wanted = obj.get("status", {}), obj["spec"].get("replicas", 1)
    return (
        _observed(obj)
        and status.get("updatedReplicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
    )


def daemonset_ready(obj: Object) -> bool:
    """A ready pod of the newest version on every node that should have one."""
    status = obj.get("status", {})
    wanted = status.get("desiredNumberScheduled", 0)
    by_hand = obj["spec"].get("updateStrategy", {}).get("type") == "OnDelete"
    updated = by_hand or status.get("updatedNumberScheduled", 0) == wanted
    return _observed(obj) and updated and status.get("numberReady", 0) == wanted


def statefulset_ready(obj: Object) -> bool:
    """All replicas are ready and of the newest version."""
    status, wanted = obj.get("status", {}), obj["spec"].get("replicas", 1)
    by_hand = obj["spec"].get("updateStrategy", {}).get("type") == "OnDelete"
    updated = by_hand or status.get("updateRevision") == status.get("currentRevision")
    return _observed(obj) and updated and status.get("readyReplicas", 0) == wanted


_READY: dict[str, t.Callable[[Object], bool]] = {
    "Deployment": deployment_ready,
    "DaemonSet": daemonset_ready,
    "StatefulSet": statefulset_ready,
    "Pod": pod_ready,
    "Node": node_ready,
}


def ready(kind: str, obj: Object) -> bool:
    """Whether an object of that kind is ready."""
    if kind not in _READY:
        raise ValueError(f"No readiness is known for kind {kind!r}; known are {', '.join(sorted(_READY))}")
    return _READY[kind](obj)


def progress(kind: str, obj: Object) -> str:
    """What is being waited for, in a few words: ``Deployment kube-system/coredns 1/2``."""
    status = obj.get("status", {})
    if kind == "DaemonSet":
        numbers = f" {status.get('numberReady', 0)}/{status.get('desiredNumberScheduled', 0)}"
    elif kind in WORKLOADS:
        numbers = f" {status.get('readyReplicas', 0)}/{obj['spec'].get('replicas', 1)}"
    else:
        numbers = ""
    return f"{kind} {place_of(obj)}{numbers}"


def static_pod(pod: Object) -> bool:
    """A pod that a kubelet runs from a file: the control plane itself, which no workload object stands for."""
    return any(owner.get("kind") == "Node" for owner in pod["metadata"].get("ownerReferences") or [])


def selects(workload: Object, pod: Object) -> bool:
    """Whether the pod is one of the workload's, by labels."""
    labels = pod["metadata"].get("labels") or {}
    wanted: dict[str, str] = workload["spec"].get("selector", {}).get("matchLabels") or {}
    here = pod["metadata"].get("namespace") == workload["metadata"].get("namespace")
    return here and bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def ingresses(service: Object) -> list[str]:
    """The addresses a load balancer gave the service, one of each family."""
    given = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [str(one.get("ip") or one.get("hostname")) for one in given if one.get("ip") or one.get("hostname")]


def pod_addresses(pod: Object) -> list[str]:
    """The addresses of a pod, one of each family."""
    status = pod["status"]
    return [str(one["ip"]) for one in status.get("podIPs") or [{"ip": status["podIP"]}]]


def cluster_addresses(service: Object) -> list[str]:
    """The ClusterIPs of a service, one of each family."""
    spec = service["spec"]
    return [str(address) for address in spec.get("clusterIPs") or [spec["clusterIP"]]]


def bracketed(address: str) -> str:
    """The address as a URL has it."""
    return f"[{address}]" if ":" in address else address


def _metadata(name: str, namespace: str | None = None, **extra: t.Any) -> Object:
    metadata: Object = {"name": name, "labels": {**APP, **MANAGED_BY}, **extra}
    return {**metadata, "namespace": namespace} if namespace else metadata


def is_ours(obj: Object) -> bool:
    """Whether the object carries our mark: nothing else is ever deleted."""
    labels = obj["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in MANAGED_BY.items())


def namespace_object(name: str, annotations: t.Mapping[str, str] | None = None) -> Object:
    """The namespace of the proof; its pods meet the strictest pod security standard."""
    metadata = _metadata(name, annotations=dict(annotations or {}))
    metadata["labels"]["pod-security.kubernetes.io/enforce"] = "restricted"
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def account_object(namespace: str) -> Object:
    """An own service account: the default one appears only a moment after its namespace, and pods need one at once."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(ACCOUNT, namespace),
        "automountServiceAccountToken": False,
    }


def service_objects(
    namespace: str, load_balancer: bool, *, dual_stack: bool = False, families: t.Sequence[str] = ()
) -> list[Object]:
    """A Service for ClusterIP and NodePort, and one for the load balancer where there is one.

    With ``dual_stack`` the first has both families; ``families`` are those of the load balancer, none for the cluster's own.
    """
    kinds = {WEB: "NodePort", **({LOAD_BALANCER: "LoadBalancer"} if load_balancer else {})}
    policies: dict[str, Object] = {WEB: {"ipFamilyPolicy": "RequireDualStack"} if dual_stack else {}, LOAD_BALANCER: {}}
    if families:
        policy = "RequireDualStack" if len(families) > 1 else "SingleStack"
        policies[LOAD_BALANCER] = {"ipFamilyPolicy": policy, "ipFamilies": list(families)}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _metadata(name, namespace),
            "spec": {
                "type": kind,
                "selector": APP,
                "ports": [{"port": SERVICE_PORT, "targetPort": WEB_PORT}],
                **policies[name],
            },
        }
        for name, kind in kinds.items()
    ]


def tolerations(node: Object) -> list[Object]:
    """Lets a pod onto this node whatever its owner keeps it for, but not past what Kubernetes itself finds wrong.

    Taints below node.kubernetes.io (disk-pressure, not-ready ...) are symptoms that the proof is meant to show;
    only a cordon is the owner's wish too.
    """
    taints = [(taint["key"], taint["effect"]) for taint in node["spec"].get("taints") or []]
    kept = [(k, e) for k, e in taints if not k.startswith("node.kubernetes.io/")]
    # A control plane's taint may come a moment after the node.
    always = [
        ("node-role.kubernetes.io/control-plane", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ]
    return [{"key": k, "operator": "Exists", "effect": e} for k, e in dict.fromkeys(always + kept)]


def container_object(name: str, image: str, **more: t.Any) -> Object:
    """A container that may as little as possible: it has no rights, and writes nowhere but in its volumes."""
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {"requests": {"cpu": "5m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
        **more,
    }


def _server(name: str, image: str, port: int, *arguments: str, **more: t.Any) -> Object:
    args = ["netexec", f"--http-port={port}", "--udp-port=-1", *arguments]
    return container_object(name, image, args=args, ports=[{"containerPort": port}], **more)


def web_container(image: str) -> Object:
    """What services lead to: whatever path is asked for, the answer is the pod's name."""
    return _server("web", image, WEB_PORT, "--http-override=/hostname")


def _ask_container(image: str) -> Object:
    """What the API server asks to reach others. Nothing lies in its /bin: agnhost's /shell finds no shell to start."""
    return _server("ask", image, ASK_PORT, volumeMounts=[{"name": "nothing", "mountPath": "/bin", "readOnly": True}])


def pod_object(namespace: str, name: str, node: Object, containers: t.Sequence[Object], seconds: int) -> Object:
    """A pod on one node, which the scheduler places, as it would a DaemonSet's pod.

    It ends after so many seconds, also where the run that made it was killed and nobody removes it.
    """
    only_there = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name_of(node)]}]}
    spec = {
        "activeDeadlineSeconds": seconds,
        "containers": list(containers),
        "serviceAccountName": ACCOUNT,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 0,
        "tolerations": tolerations(node),
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [only_there]}}
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _metadata(name, namespace), "spec": spec}


def web_pod(namespace: str, name: str, node: Object, image: str, seconds: int) -> Object:
    """A small web server on one node."""
    return pod_object(namespace, name, node, [web_container(image)], seconds)


def asked_pod(namespace: str, name: str, node: Object, image: str, seconds: int) -> Object:
    """A small web server on one node, which reaches others when the API server asks it to."""
    pod = pod_object(namespace, name, node, [web_container(image), _ask_container(image)], seconds)
    pod["spec"]["volumes"] = [{"name": "nothing", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}]
    return pod


def wanted_node(pod: Object) -> str:
    """The one node a pod may run on, as said by its affinity (DaemonSets write the same); "" for any."""
    affinity = pod["spec"].get("affinity", {}).get("nodeAffinity", {})
    terms = affinity.get("requiredDuringSchedulingIgnoredDuringExecution", {}).get("nodeSelectorTerms") or []
    for field in (field for term in terms for field in term.get("matchFields") or []):
        if field.get("key") == "metadata.name" and field.get("values"):
            return str(field["values"][0])
    return ""


__all__ = (
    "ACCOUNT",
    "APP",
    "ASK_PORT",
    "LOAD_BALANCER",
    "MANAGED_BY",
    "SERVICE_PORT",
    "WEB",
    "WEB_PORT",
    "WORKLOADS",
    "Object",
    "account_object",
    "asked_pod",
    "bracketed",
    "cluster_addresses",
    "condition",
    "container_object",
    "daemonset_ready",
    "deployment_ready",
    "holds",
    "ingresses",
    "is_ours",
    "name_of",
    "namespace_object",
    "node_pressures",
    "node_ready",
    "place_of",
    "pod_addresses",
    "pod_object",
    "pod_ready",
    "progress",
    "ready",
    "selects",
    "service_objects",
    "statefulset_ready",
    "static_pod",
    "tolerations",
    "wanted_node",
    "web_container",
    "web_pod",
)
