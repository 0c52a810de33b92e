# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The leg that proves NFS storage: a file outlives its pod, is the same on another node, and goes with its volume.

A pod does one thing to the file and ends; what it read is in its status. None of them listens: with volumes written by hand
they see the user's own directory, which nobody in the network may see through them.

What there is to prove is read from the cluster: the collection marks the StorageClasses and volumes it makes. Where a
driver makes volumes, it makes one; where volumes are written by hand, one is written beside them, for the same directory.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import storage as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs.driver import DRIVER
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    NOT_FOUND,
    Outcome,
    RefusedError,
    Session,
    Settings,
)

CLAIMS = "persistentvolumeclaims"
VOLUMES = "/api/v1/persistentvolumes"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
CLAIM, VOLUME = "storage", "homelab-verify-storage"
MOUNT, SIZE = "/data", "16Mi"
# What a container writes there stands in its status.
SAY = "/dev/termination-log"
PODS = ("storage-writer", "storage-reader", "storage-again")
LABEL = {"app.kubernetes.io/name": "homelab-verify-storage"}
# Whom an NFS server makes of root, and who owns what the collection exports.
NOBODY = 65534


class Place(t.NamedTuple):
    """Where a volume comes from: a class with a driver, or the source of a volume that somebody wrote."""

    storage_class: str
    source: Object
    options: t.Sequence[str]
    deleted: bool


def place_of(classes: t.Iterable[Object], volumes: t.Iterable[Object]) -> Place | None:
    """What the collection has set up; None when that is nothing."""
    for item in filter(v.is_ours, classes):
        if item["provisioner"] == DRIVER:
            return Place(v.name_of(item), {}, (), item.get("reclaimPolicy", "Delete") == "Delete")
    for item in filter(v.is_ours, volumes):
        if "nfs" in item["spec"] and v.name_of(item) != VOLUME and not item["spec"]["nfs"].get("readOnly"):
            return Place("", item["spec"]["nfs"], item["spec"].get("mountOptions") or (), False)
    return None


def claim_object(namespace: str, place: Place) -> Object:
    """A claim on a volume of the class, or on our own volume."""
    spec: Object = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": SIZE}}}
    spec["storageClassName"] = place.storage_class
    if place.source:
        spec["volumeName"] = VOLUME
    metadata = {"name": CLAIM, "namespace": namespace, "labels": {**LABEL, **v.MANAGED_BY}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def volume_object(namespace: str, place: Place) -> Object:
    """A volume for nobody but our claim."""
    spec = {
        "capacity": {"storage": SIZE},
        "accessModes": ["ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "mountOptions": list(place.options),
        "claimRef": {"namespace": namespace, "name": CLAIM},
        "nfs": place.source,
    }
    metadata = {"name": VOLUME, "labels": {**LABEL, **v.MANAGED_BY}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}


def pod_object(settings: Settings, name: str, node: Object, command: str) -> Object:
    """A pod with the volume that does one thing and ends."""
    shell, mount = ["/bin/sh", "-c", command], [{"name": "data", "mountPath": MOUNT}]
    container = v.container_object("storage", settings.image, command=shell, volumeMounts=mount)
    pod = v.pod_object(settings.namespace, name, node, [container], settings.lifetime)
    pod["metadata"]["labels"].update(LABEL)
    pod["spec"]["securityContext"].update(runAsUser=NOBODY, runAsGroup=NOBODY)
    pod["spec"]["restartPolicy"] = "Never"
    pod["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}}]
    return pod


def has_ended(pod: Object) -> bool:
    """Whether the pod has done its one thing, well or badly."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def said(pod: Object) -> str:
    """What an ended pod wrote to SAY. Raises ValueError with its last words where it failed."""
    status = pod["status"]
    containers = status.get("containerStatuses") or [{}]
    ended = containers[0].get("state", {}).get("terminated") or {}
    message = str(ended.get("message") or "").strip()
    if status["phase"] == "Succeeded":
        return message
    words = message or str(status.get("message") or status.get("reason") or "the pod says nothing")
    raise ValueError(f"{brief(words)} (exit code {ended.get('exitCode', 'unknown')})")


class _NotStartedError(Exception):
    """A pod does not come to its one thing."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__()
        self.findings = findings


class _Proof:
    """One run of the leg; a step that fails raises ValueError, or _NotStartedError with findings."""

    def __init__(self, session: Session, place: Place, nodes: t.Sequence[Object]) -> None:
        self.session, self.place = session, place
        self.near, self.far = nodes[0], nodes[-1]
        self.file = ""

    def claim(self) -> str:
        """The volume that the claim is bound to; "" when it is to none."""
        session, namespace = self.session, self.session.settings.namespace
        if self.place.source:
            self.forget()
            session.create(VOLUMES, volume_object(namespace, self.place))
        session.create(session.path(CLAIMS), claim_object(namespace, self.place))
        seen = session.until(
            lambda: session.json("GET", session.path(CLAIMS, CLAIM)),
            lambda claim: claim.get("status", {}).get("phase") == "Bound",
            session.deadline,
        )
        bound = seen.get("status", {}).get("phase") == "Bound"
        # The claim is the run's own: so is the name.
        self.file = f"{MOUNT}/.homelab.kubernetes-{seen['metadata']['uid']}"
        return str(seen["spec"].get("volumeName") or "") if bound else ""

    def run(self, name: str, node: Object, command: str) -> str:
        """What a pod on that node said. Raises ValueError with what went wrong."""
        session = self.session
        session.create(session.path("pods"), pod_object(session.settings, name, node, command))
        seen = session.until(lambda: session.json("GET", session.path("pods", name)), has_ended, session.deadline)
        if not has_ended(seen):
            events = session.events(session.settings.namespace)
            raise _NotStartedError(session.diagnose_pods([seen], events, "Pod with an NFS volume"))
        return said(seen)

    def remove(self) -> None:
        """Deletes the pods and waits until they are gone."""
        session = self.session
        for name in PODS:
            session.delete(session.path("pods", name, gracePeriodSeconds=0))
        session.until(
            lambda: [pod for pod in session.items(session.path("pods")) if v.name_of(pod) in PODS],
            lambda left: not left,
            session.deadline,
        )

    def forget(self) -> None:
        """Deletes our own volume, also that of an interrupted run. What is on the server is not touched by it."""
        session = self.session
        session.delete(f"{VOLUMES}/{VOLUME}")
        session.until(lambda: self.exists(VOLUME), lambda there: not there, session.deadline)

    def exists(self, volume: str) -> bool:
        try:
            self.session.json("GET", f"{VOLUMES}/{quote(volume)}")
        except RefusedError as exc:
            if exc.status != NOT_FOUND:
                raise
            return False
        return True


def _unbound(session: Session, place: Place) -> list[Finding]:
    events = [e for e in session.events(session.settings.namespace) if e["involvedObject"].get("name") == CLAIM]
    said = brief(str(events[-1].get("message", ""))) if events else "Kubernetes says nothing about it."
    asked = f"StorageClass {place.storage_class}" if place.storage_class else "a volume written by hand"
    return [kinds.STORAGE_NOT_BOUND.at(said=said, asked=asked)]


def _files(proof: _Proof) -> list[Finding]:
    """Writes, reads elsewhere, and reads and removes in a new pod where it was written."""
    text, (writer, reader, again) = proof.file.rsplit("-", 1)[-1], PODS
    near, far = v.name_of(proof.near), v.name_of(proof.far)
    steps = (
        (writer, proof.near, f"printf %s {text} > {proof.file} && cat {proof.file} > {SAY}", "its writer"),
        (reader, proof.far, f"cat {proof.file} > {SAY}", f"a second pod, on {far},"),
        (again, proof.near, f"cat {proof.file} > {SAY} && rm {proof.file}", f"a new pod on {near}"),
    )
    found: list[Finding] = []
    for name, node, command, who in steps:
        try:
            read = proof.run(name, node, command)
            if read != text:
                raise ValueError(f"{who} read {read[:40]!r} where {text!r} was written")
        except _NotStartedError as exc:
            found += exc.findings
        except ValueError as exc:
            found.append(kinds.STORAGE_NOT_SHARED.at(problem=exc))
        # Once it is written, it is removed too, whoever could not read it.
        if found and name == writer:
            break
    return found[:1]


def _gone(proof: _Proof, volume: str) -> list[Finding]:
    """Deletes pods and claim, and waits for the volume where its class deletes volumes."""
    session = proof.session
    proof.remove()
    session.delete(session.path(CLAIMS, CLAIM))
    if proof.place.deleted and session.until(lambda: proof.exists(volume), lambda there: not there, session.deadline):
        return [kinds.STORAGE_NOT_DELETED.at(volume=volume)]
    return []


def storage(session: Session) -> Outcome:
    """A volume is bound, shared between pods, kept for the next pod, and deleted with its claim."""
    if not session.settings.storage_nodes:
        return Outcome("no node mounts NFS", skipped=True)
    place = place_of(session.items(CLASSES), session.items(VOLUMES))
    if place is None:
        return Outcome("no NFS storage of this collection", skipped=True)
    able = [node for node in session.asked() if v.name_of(node) in session.settings.storage_nodes]
    if not able:
        return Outcome("no node that mounts NFS runs test pods", skipped=True)
    proof = _Proof(session, place, able)
    try:
        volume = proof.claim()
        if not volume:
            return Outcome("a claim is not bound", _unbound(session, place))
        found = _files(proof) or _gone(proof, volume)
    finally:
        if place.source:
            session.delete(session.path(CLAIMS, CLAIM))
            proof.remove()
            session.delete(f"{VOLUMES}/{VOLUME}")
    near, far = v.name_of(proof.near), v.name_of(proof.far)
    other = f"read on {far}" if near != far else "read by another pod there (no second node mounts)"
    end = "volume deleted with its claim" if place.deleted else "volume kept by its policy"
    return Outcome("not proven" if found else f"written on {near}, {other}, still there for a new pod, {end}", found)


__all__ = ("storage",)
