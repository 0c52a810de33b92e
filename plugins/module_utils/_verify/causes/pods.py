# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why a node does not take pods, and why a pod or a workload is not ready."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.api import diagnose_refusal
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.nodes import diagnose_node
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.pod_tables import (
    CRASH_CAUSES,
    PULL_CAUSES,
    SANDBOX_CAUSES,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import (
    Cause,
    brief,
    events_of,
    explain,
    match,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import (
    Object,
    condition,
    name_of,
    place_of,
    pod_ready,
    wanted_node,
)


class _View(t.NamedTuple):
    """One pod and what is known around it."""

    pod: Object
    events: list[Object]
    nodes: list[Object]
    log: str
    owner: str

    @property
    def status(self) -> Object:
        status: Object = self.pod.get("status", {})
        return status

    @property
    def place(self) -> str:
        return self.owner or f"Pod {place_of(self.pod)}"

    @property
    def host(self) -> str:
        return str(self.pod["spec"].get("nodeName") or wanted_node(self.pod))

    @property
    def describe(self) -> str:
        return f"`kubectl -n {self.pod['metadata'].get('namespace', 'default')} describe pod {name_of(self.pod)}`."

    @property
    def containers(self) -> list[Object]:
        return [*(self.status.get("initContainerStatuses") or []), *(self.status.get("containerStatuses") or [])]

    def message(self, *reasons: str) -> str:
        """The newest event of one of these reasons."""
        texts = [str(event.get("message", "")) for event in self.events if event.get("reason") in reasons]
        return texts[-1] if texts else ""


def _rejected(view: _View) -> list[Finding]:
    if view.status.get("phase") != "Failed":
        return []
    reason, message = str(view.status.get("reason", "Failed")), brief(str(view.status.get("message", "")))
    node = next((n for n in view.nodes if name_of(n) == view.host), None)
    causes = diagnose_node(node) if node else []
    return causes or [
        error(
            "pod-rejected",
            f"{view.place}: the kubelet gave it up ({reason}): {message or 'no message'}",
            fix=f"`kubectl describe node {view.host}` shows conditions and what is allocated.",
            host=view.host,
        )
    ]


# What the scheduler says, where no condition of a node says it better.
_SCHEDULER_CAUSES = (
    Cause(
        r"Insufficient (cpu|memory|ephemeral-storage)",
        "pod-unschedulable-resources",
        "no node has enough {0} left for its request",
        "`kubectl describe nodes` shows what is requested; remove pods, lower requests or add a node.",
    ),
    Cause(
        r"Too many pods",
        "pod-unschedulable-count",
        "the node already runs as many pods as it may",
        "Raise maxPods in the kubelet's configuration, within the node's pod range.",
    ),
    Cause(
        r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim \S+ not found",
        "pod-unschedulable-volume",
        "its volume claim is not bound",
        "`kubectl get pvc,storageclass -A`: is there a default StorageClass, and does its provisioner run?",
    ),
    Cause(
        r"were unschedulable",
        "pod-unschedulable-cordon",
        "the nodes are cordoned",
        "`kubectl uncordon NODE`.",
    ),
    Cause(
        r"didn't have free ports",
        "pod-unschedulable-port",
        "a host port that it needs is taken on every node",
        "`kubectl get pods -A -o wide` shows who else uses it.",
    ),
)


def untolerated(pod: Object, node: Object) -> list[str]:
    """The keys of the node's taints that keep the pod away."""
    tolerations = pod["spec"].get("tolerations") or []

    def tolerated(taint: Object) -> bool:
        return any(
            toleration.get("key") in (None, taint["key"])
            and toleration.get("effect") in (None, "", taint["effect"])
            and (toleration.get("operator") == "Exists" or toleration.get("value", "") == taint.get("value", ""))
            for toleration in tolerations
        )

    taints = [taint for taint in node["spec"].get("taints") or [] if taint["effect"] != "PreferNoSchedule"]
    return [taint["key"] for taint in taints if not tolerated(taint)]


def _unscheduled(view: _View) -> list[Finding]:
    if view.pod["spec"].get("nodeName"):
        return []
    message = str(condition(view.pod, "PodScheduled").get("message") or view.message("FailedScheduling"))
    if not message:
        return [
            error(
                "scheduler-silent",
                f"{view.place}: Pending, and no scheduler has looked at it",
                fix="Does kube-scheduler run? `kubectl -n kube-system get pods -l component=kube-scheduler -o wide`.",
            )
        ]
    only = wanted_node(view.pod)
    sick = [found for node in view.nodes if only in ("", name_of(node)) for found in diagnose_node(node)]
    if sick:
        return sick
    taints = sorted({key for node in view.nodes if only in ("", name_of(node)) for key in untolerated(view.pod, node)})
    if "untolerated taint" in message and taints:
        # The scheduler's message does not name them any more.
        what = f"{view.place}: taints keep it away: {', '.join(taints)}"
        fix = f"Give the pod a toleration, or remove the taint: `kubectl taint node NODE {taints[0]}-`."
        return [error("pod-unschedulable-taint", what, why=brief(message), fix=fix, host=view.host)]
    otherwise = ("pod-unschedulable", "Pending, no node suits it", view.describe)
    return [explain(_SCHEDULER_CAUSES, message, view.place, otherwise=otherwise, host=view.host)]


_PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "SignatureValidationFailed")


def _image(view: _View) -> list[Finding]:
    found = []
    for container in view.containers:
        waiting = container.get("state", {}).get("waiting") or {}
        reason, place = waiting.get("reason", ""), f"{view.place}: image {container.get('image', '?')}"
        if reason == "InvalidImageName":
            fix = "Write it as registry/path:tag, in lower case."
            found.append(error("image-name-invalid", f"{place}: the name is not valid", fix=fix, host=view.host))
        elif reason == "ErrImageNeverPull":
            fix = "Pull the image onto the node, or set imagePullPolicy: IfNotPresent."
            what = f"{place}: not on the node, and may not be pulled"
            found.append(error("image-not-on-node", what, fix=fix, host=view.host))
        elif reason in _PULL_REASONS:
            text = str(waiting.get("message", ""))
            if match(PULL_CAUSES, text) is None:
                # Older kubelets only say "Back-off pulling image" there; the event has the reason.
                text = view.message("Failed") or text
            otherwise = ("image-pull", "cannot be pulled", "Run `crictl pull` of it on the node.")
            found.append(explain(PULL_CAUSES, text, place, otherwise=otherwise, host=view.host))
    return found


def _crash(view: _View) -> list[Finding]:
    found = []
    for container in view.containers:
        state = container.get("state", {})
        waiting = state.get("waiting") or {}
        ended = state.get("terminated") or container.get("lastState", {}).get("terminated") or {}
        failing = waiting.get("reason") == "CrashLoopBackOff" or bool(state.get("terminated", {}).get("exitCode"))
        if failing or (ended.get("exitCode") and not container.get("ready")):
            found.append(_crashed(view, str(container.get("name", "?")), ended))
    return found


def _crashed(view: _View, container: str, ended: Object) -> Finding:
    code, reason = ended.get("exitCode", "?"), str(ended.get("reason", ""))
    if reason == "OOMKilled":
        return error(
            "container-out-of-memory",
            f"{view.place}: container {container} is killed: it needs more memory than its limit",
            fix="Raise its memory limit.",
            host=view.host,
        )
    text = "\n".join(filter(None, (str(ended.get("message", "")), view.log)))
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it wrote nothing")
    namespace, name = view.pod["metadata"].get("namespace", "default"), name_of(view.pod)
    otherwise = (
        "container-crash",
        f"container {container} keeps ending with code {code}; its last words: {brief(last)}",
        f"`kubectl -n {namespace} logs {name} -c {container} --previous`.",
    )
    return explain(CRASH_CAUSES, text, view.place, otherwise=otherwise, host=view.host)


_START_REASONS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError")


def _start(view: _View) -> list[Finding]:
    found = []
    for container in view.containers:
        waiting = container.get("state", {}).get("waiting") or {}
        if waiting.get("reason") in _START_REASONS:
            place = f"{view.place}: container {container.get('name', '?')}"
            text, otherwise = str(waiting.get("message", "")), ("container-start", "cannot start", view.describe)
            found.append(explain(SANDBOX_CAUSES, text, place, otherwise=otherwise, host=view.host))
    return found


def _sandbox(view: _View) -> list[Finding]:
    message = view.message("FailedCreatePodSandBox", "FailedCreatePodSandbox")
    if not message or any("running" in c.get("state", {}) for c in view.containers):
        return []
    otherwise = ("sandbox", "its sandbox cannot be made", "On the node: `journalctl -u containerd -n 50`.")
    pull = match(SANDBOX_CAUSES, message) is None and match(PULL_CAUSES, message) is not None
    return [explain(PULL_CAUSES if pull else SANDBOX_CAUSES, message, view.place, otherwise=otherwise, host=view.host)]


def _mount(view: _View) -> list[Finding]:
    message = view.message("FailedMount", "FailedAttachVolume")
    if not message:
        return []
    fix = "Does the Secret, ConfigMap or volume exist? For NFS: is the NFS client installed on the node?"
    what = f"{view.place}: a volume cannot be mounted"
    return [error("volume-mount", what, why=brief(message), fix=fix, host=view.host)]


def _slow(view: _View) -> list[Finding]:
    if view.pod["metadata"].get("deletionTimestamp"):
        what, why = "is being deleted and does not go", "Its node may be down."
    elif not view.containers and not view.events:
        what, why = "no kubelet has started it", "The node may be overloaded, or its kubelet stuck."
    elif any("running" in c.get("state", {}) for c in view.containers):
        probe = view.message("Unhealthy")
        what, why = "runs, but is not ready", brief(probe or "No probe has failed yet.")
    else:
        what, why = "still starting", brief(view.message("Pulling", "BackOff", "Scheduled") or "No event says more.")
    return [error("pod-not-ready", f"{view.place}: {what}", why=why, fix=view.describe, host=view.host)]


def diagnose(
    pod: Object, events: t.Iterable[Object], nodes: t.Iterable[Object], *, log: str = "", owner: str = ""
) -> list[Finding]:
    """Why this pod is not ready; [] when it is.

    ``log`` holds the last lines of its ending container. ``owner`` is named instead of the pod: the same fault of all
    pods of a workload is one finding.
    """
    if pod_ready(pod):
        return []
    view = _View(pod, events_of(pod, events), list(nodes), log, owner)
    looks = (_rejected, _unscheduled, _image, _crash, _start, _sandbox, _mount, _slow)
    return next(found for found in (look(view) for look in looks) if found)


def crashing(pod: Object) -> str:
    """The name of a container whose log tells why the pod is not ready; "" when there is none."""
    if pod_ready(pod):
        return ""
    status = pod.get("status", {})
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated") or {}
        if not container.get("ready") and ended.get("exitCode"):
            return str(container["name"])
    return ""


def diagnose_workload(kind: str, obj: Object, events: t.Iterable[Object]) -> list[Finding]:
    """Why a workload that has no pod to look at is not ready."""
    place, mine = f"{kind} {place_of(obj)}", events_of(obj, events)
    refused = [str(event.get("message", "")) for event in mine if event.get("reason") == "FailedCreate"]
    refused += [str(condition(obj, "ReplicaFailure").get("message", ""))] if condition(obj, "ReplicaFailure") else []
    if refused:
        return [diagnose_refusal(refused[-1], place)]
    fix = f"`kubectl -n {obj['metadata'].get('namespace', 'default')} describe {kind.lower()} {name_of(obj)}`."
    return [error("workload-not-ready", f"{place}: not ready, and none of its pods says why", fix=fix)]


__all__ = (
    "crashing",
    "diagnose",
    "diagnose_workload",
    "untolerated",
)
