# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why a node does not take pods, and why a pod or a workload is not ready."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import pods as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, Kind
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
    holds,
    name_of,
    place_of,
    pod_ready,
    wanted_node,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.spread import (
    movable,
    shared_node,
    takes,
    untolerated,
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
    def namespace(self) -> str:
        return str(self.pod["metadata"].get("namespace", "default"))

    @property
    def describe(self) -> str:
        return f"`kubectl -n {self.namespace} describe pod {name_of(self.pod)}`."

    @property
    def containers(self) -> list[Object]:
        return [*(self.status.get("initContainerStatuses") or []), *(self.status.get("containerStatuses") or [])]

    def message(self, *reasons: str) -> str:
        """The newest event of one of these reasons."""
        texts = [str(event.get("message", "")) for event in self.events if event.get("reason") in reasons]
        return texts[-1] if texts else ""

    def explain(
        self, causes: t.Sequence[Cause], text: str, otherwise: Kind, place: str = "", **values: t.Any
    ) -> Finding:
        """The finding for what was said of the pod."""
        known = {"look": self.describe, "namespace": self.namespace, "pod": name_of(self.pod)}
        return explain(causes, text, place or self.place, otherwise=otherwise, host=self.host, **known, **values)


def _rejected(view: _View) -> list[Finding]:
    if view.status.get("phase") != "Failed":
        return []
    reason, message = str(view.status.get("reason", "Failed")), brief(str(view.status.get("message", "")))
    node = next((n for n in view.nodes if name_of(n) == view.host), None)
    causes = diagnose_node(node) if node else []
    return causes or [
        kinds.POD_REJECTED.at(
            view.host, place=view.place, reason=reason, message=message or "no message", node=view.host
        )
    ]


# What the scheduler says, where no condition of a node says it better.
_SCHEDULER_CAUSES = (
    Cause(r"Insufficient (?P<resource>cpu|memory|ephemeral-storage)", kinds.POD_UNSCHEDULABLE_RESOURCES),
    Cause(r"Too many pods", kinds.POD_UNSCHEDULABLE_COUNT),
    Cause(
        r"unbound immediate PersistentVolumeClaims|persistentvolumeclaim \S+ not found", kinds.POD_UNSCHEDULABLE_VOLUME
    ),
    Cause(r"were unschedulable", kinds.POD_UNSCHEDULABLE_CORDON),
    Cause(r"didn't have free ports", kinds.POD_UNSCHEDULABLE_PORT),
    Cause(r"didn't match pod topology spread constraints", kinds.POD_UNSCHEDULABLE_SPREAD),
)


def _unscheduled(view: _View) -> list[Finding]:
    if view.pod["spec"].get("nodeName"):
        return []
    message = str(condition(view.pod, "PodScheduled").get("message") or view.message("FailedScheduling"))
    if not message:
        return [kinds.SCHEDULER_SILENT.at(place=view.place)]
    only = wanted_node(view.pod)
    sick = [found for node in view.nodes if only in ("", name_of(node)) for found in diagnose_node(node)]
    if sick:
        return sick
    taints = sorted(
        {key for node in view.nodes if only in ("", name_of(node)) for key in untolerated(view.pod["spec"], node)}
    )
    if "untolerated taint" in message and taints:
        # The scheduler's message does not name them any more.
        values = {"place": view.place, "taints": ", ".join(taints), "first": taints[0]}
        return [kinds.POD_UNSCHEDULABLE_TAINT.at(view.host, said=brief(message), **values)]
    return [view.explain(_SCHEDULER_CAUSES, message, kinds.POD_UNSCHEDULABLE)]


_PULL_REASONS = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "SignatureValidationFailed")


def _image(view: _View) -> list[Finding]:
    found = []
    for container in view.containers:
        waiting = container.get("state", {}).get("waiting") or {}
        reason, place = waiting.get("reason", ""), f"{view.place}: image {container.get('image', '?')}"
        if reason == "InvalidImageName":
            found.append(kinds.IMAGE_NAME_INVALID.at(view.host, place=place))
        elif reason == "ErrImageNeverPull":
            found.append(kinds.IMAGE_NOT_ON_NODE.at(view.host, place=place))
        elif reason in _PULL_REASONS:
            text = str(waiting.get("message", ""))
            if match(PULL_CAUSES, text) is None:
                # Older kubelets only say "Back-off pulling image" there; the event has the reason.
                text = view.message("Failed") or text
            found.append(view.explain(PULL_CAUSES, text, kinds.IMAGE_PULL, place))
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
        return kinds.CONTAINER_OUT_OF_MEMORY.at(view.host, place=view.place, container=container)
    text = "\n".join(filter(None, (str(ended.get("message", "")), view.log)))
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it wrote nothing")
    values = {"container": container, "code": code, "last": brief(last)}
    return view.explain(CRASH_CAUSES, text, kinds.CONTAINER_CRASH, **values)


_START_REASONS = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError")


def _start(view: _View) -> list[Finding]:
    found = []
    for container in view.containers:
        waiting = container.get("state", {}).get("waiting") or {}
        if waiting.get("reason") in _START_REASONS:
            place = f"{view.place}: container {container.get('name', '?')}"
            text = str(waiting.get("message", ""))
            found.append(view.explain(SANDBOX_CAUSES, text, kinds.CONTAINER_START, place))
    return found


def _sandbox(view: _View) -> list[Finding]:
    message = view.message("FailedCreatePodSandBox", "FailedCreatePodSandbox")
    if not message or any("running" in c.get("state", {}) for c in view.containers):
        return []
    # Only the sandbox's own image is pulled there; all else is judged by what sandboxes say.
    pull = match(SANDBOX_CAUSES, message) is None and re.search(r"failed to (?:pull|resolve) ", message)
    return [view.explain(PULL_CAUSES if pull else SANDBOX_CAUSES, message, kinds.SANDBOX)]


def _mount(view: _View) -> list[Finding]:
    message = view.message("FailedMount", "FailedAttachVolume")
    if not message:
        return []
    return [kinds.VOLUME_MOUNT.at(view.host, said=brief(message), place=view.place)]


def _deleting(view: _View) -> tuple[Kind, str]:
    """Why a pod does not go, as the kubelet says; a node that is ready is none that may be down."""
    said = view.message("FailedKillPod", "FailedUnmount", "FailedPreStopHook")
    if said:
        return kinds.POD_KILL_FAILED, said
    ready = any(name_of(node) == view.host and holds(node, "Ready") for node in view.nodes)
    return kinds.POD_DELETING, "Its node is ready: a finalizer may hold it." if ready else "Its node may be down."


def _slow(view: _View) -> list[Finding]:
    kind, said = kinds.POD_STARTING, view.message("Pulling", "BackOff", "Scheduled") or "No event says more."
    if view.pod["metadata"].get("deletionTimestamp"):
        kind, said = _deleting(view)
    elif not view.containers and not view.events:
        kind = kinds.POD_NOT_STARTED
    elif any("running" in c.get("state", {}) for c in view.containers):
        kind, said = kinds.POD_NOT_READY, view.message("Unhealthy") or "No probe has failed yet."
    return [kind.at(view.host, said=brief(said), place=view.place, look=view.describe)]


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
    values = {"namespace": obj["metadata"].get("namespace", "default"), "kind": kind.lower(), "name": name_of(obj)}
    return [kinds.WORKLOAD_NOT_READY.at(place=place, **values)]


def diagnose_sharing(kind: str, obj: Object, pods: t.Sequence[Object], nodes: t.Iterable[Object]) -> list[Finding]:
    """A warning where one node has all pods of a workload though others could take one; [] for pods that are bound to a place."""
    here = shared_node(pods)
    if not here or not all(movable(pod["spec"]) for pod in pods):
        return []
    others = sorted(name_of(node) for node in nodes if name_of(node) != here and takes(pods[0]["spec"], node))
    if not others:
        return []
    values = {"namespace": obj["metadata"]["namespace"], "pod": min(map(name_of, pods)), "others": ", ".join(others)}
    return [kinds.REPLICAS_SHARE_A_NODE.at(place=f"{kind} {place_of(obj)}", count=len(pods), node=here, **values)]


__all__ = (
    "crashing",
    "diagnose",
    "diagnose_sharing",
    "diagnose_workload",
)
