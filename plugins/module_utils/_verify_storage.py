# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The leg that proves NFS storage: a file outlives its pod, is the same on another node, and goes with its volume.

What there is to prove is read from the cluster: the collection marks the StorageClasses and volumes it makes. Where a
driver makes volumes, it makes one; where volumes are written by hand, one is written beside them, for the same directory.
"""

from __future__ import annotations

import json
import typing as t
from urllib.parse import quote, urlencode

from ansible_collections.homelab.kubernetes.plugins.module_utils import _verify as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
from ansible_collections.homelab.kubernetes.plugins.module_utils._objects_nfs import DRIVER
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify_causes import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify_session import (
    NOT_FOUND,
    OK,
    ApiDownError,
    Outcome,
    RefusedError,
    Session,
)

CLAIMS = "persistentvolumeclaims"
VOLUMES = "/api/v1/persistentvolumes"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
CLAIM, VOLUME = "storage", "homelab-verify-storage"
MOUNT, SIZE = "/data", "16Mi"
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


def pod_object(namespace: str, name: str, node: Object, image: str) -> Object:
    """A test pod with the volume."""
    pod = v.pod_object(namespace, name, node, image)
    pod["metadata"]["labels"].update(LABEL)
    pod["spec"]["securityContext"].update(runAsUser=NOBODY, runAsGroup=NOBODY)
    probe = {"httpGet": {"path": "/", "port": v.POD_PORT}, "periodSeconds": 1, "timeoutSeconds": 5}
    pod["spec"]["containers"][0].update(readinessProbe=probe, volumeMounts=[{"name": "data", "mountPath": MOUNT}])
    pod["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}}]
    return pod


def shell_answer(body: str) -> tuple[str, str]:
    """(output, problem) of a command in a test pod."""
    try:
        answer = json.loads(body)
    except ValueError:
        return "", f"the pod answered {body[:80]!r} where JSON belongs"
    return str(answer.get("output") or "").strip(), str(answer.get("error") or "").strip()


class _Proof:
    """One run of the leg; a step that fails raises ValueError, or leaves findings."""

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

    def pods(self, wanted: t.Mapping[str, Object]) -> list[Finding]:
        """Starts pods on their nodes and waits; why they do not run."""
        session, namespace = self.session, self.session.settings.namespace
        for name, node in wanted.items():
            session.create(session.path("pods"), pod_object(namespace, name, node, session.settings.image))

        def look() -> list[Object]:
            return [pod for pod in session.items(session.path("pods")) if v.name_of(pod) in wanted]

        seen = session.until(look, lambda pods: sum(map(v.pod_ready, pods)) == len(wanted), session.deadline)
        unready = [pod for pod in seen if not v.pod_ready(pod)]
        return session.diagnose_pods(unready, session.events(namespace), "Pod with an NFS volume")

    def shell(self, pod: str, command: str) -> str:
        """The output of a command in a pod. Raises ValueError with what went wrong."""
        path = v.pod_path(self.session.settings.namespace, pod, f"shell?{urlencode({'shellCommand': command})}")
        try:
            reply = self.session.api.call("GET", path, timeout=30.0)
        except ApiDownError as exc:
            raise ValueError(f"the API server got no answer from the pod: {exc}") from exc
        if reply.status != OK:
            raise ValueError(v.status_message(reply.body) or f"HTTP status {reply.status}")
        output, problem = shell_answer(reply.body)
        if problem:
            raise ValueError(f"{output} {problem}".strip())
        return output

    def same(self, pod: str, text: str, where: str) -> None:
        """Raises ValueError where a pod does not read what was written."""
        read = self.shell(pod, f"cat {self.file}")
        if read != text:
            raise ValueError(f"{where} read {read[:40]!r} where {text!r} was written")

    def remove(self, *names: str) -> None:
        """Deletes pods and waits until they are gone."""
        session = self.session
        for name in names:
            session.delete(session.path("pods", name, gracePeriodSeconds=0))
        session.until(
            lambda: [pod for pod in session.items(session.path("pods")) if v.name_of(pod) in names],
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


def _failed(message: str, why: str, fix: str, id_: str = "storage-not-shared") -> list[Finding]:
    return [error(id_, message, why=why, fix=fix)]


def _unbound(session: Session, place: Place) -> list[Finding]:
    events = [e for e in session.events(session.settings.namespace) if e["involvedObject"].get("name") == CLAIM]
    said = brief(str(events[-1].get("message", ""))) if events else "Kubernetes says nothing about it."
    asked = f"StorageClass {place.storage_class}" if place.storage_class else "a volume written by hand"
    fix = "Look at the driver: kubectl -n kube-system logs deployment/csi-nfs-controller -c csi-provisioner"
    return _failed(f"A claim on {asked} gets no volume", said, fix, "storage-not-bound")


def _files(proof: _Proof) -> list[Finding]:
    """Writes, reads elsewhere, lets the pod be made again and reads once more."""
    text = proof.file.rsplit("-", 1)[-1]
    near, far = v.name_of(proof.near), v.name_of(proof.far)
    found = proof.pods({"storage-writer": proof.near, "storage-reader": proof.far})
    if found:
        return found
    try:
        proof.shell("storage-writer", f"printf %s {text} > {proof.file}")
        proof.same("storage-reader", text, f"a second pod, on {far},")
        proof.remove("storage-writer")
        found = proof.pods({"storage-again": proof.near})
        if not found:
            proof.same("storage-again", text, f"a new pod on {near}")
        proof.shell("storage-reader", f"rm {proof.file}")
    except ValueError as exc:
        fix = "Look at the export's options and the directory's owner on the server, and at `nfsstat -m` on the nodes."
        return _failed(f"A file on the volume is not what was written: {exc}", "Pods cannot share data.", fix)
    return found


def _gone(proof: _Proof, volume: str) -> list[Finding]:
    """Deletes pods and claim, and waits for the volume where its class deletes volumes."""
    session = proof.session
    proof.remove("storage-writer", "storage-reader", "storage-again")
    session.delete(session.path(CLAIMS, CLAIM))
    if proof.place.deleted and session.until(lambda: proof.exists(volume), lambda there: not there, session.deadline):
        message = f"The volume {volume} is still there although its claim was deleted"
        fix = f"kubectl describe pv {volume}"
        return _failed(message, "Storage of deleted claims would fill the server.", fix, "storage-not-deleted")
    return []


def storage(session: Session) -> Outcome:
    """A volume is bound, shared between pods, kept for the next pod, and deleted with its claim."""
    if not session.settings.storage_nodes:
        return Outcome("no node mounts NFS", skipped=True)
    place = place_of(session.items(CLASSES), session.items(VOLUMES))
    if place is None:
        return Outcome("no NFS storage of this collection", skipped=True)
    able = [
        n for n in session.nodes if v.name_of(n) in session.sources and v.name_of(n) in session.settings.storage_nodes
    ]
    if not able:
        return Outcome("no node that mounts NFS runs test pods", skipped=True)
    proof = _Proof(session, place, sorted(able, key=session.inventory_order))
    try:
        volume = proof.claim()
        if not volume:
            return Outcome("a claim is not bound", _unbound(session, place))
        found = _files(proof) or _gone(proof, volume)
    finally:
        if place.source:
            session.delete(session.path(CLAIMS, CLAIM))
            proof.remove("storage-writer", "storage-reader", "storage-again")
            session.delete(f"{VOLUMES}/{VOLUME}")
    near, far = v.name_of(proof.near), v.name_of(proof.far)
    other = f"read on {far}" if near != far else "read by another pod there (no second node mounts)"
    end = "volume deleted with its claim" if place.deleted else "volume kept by its policy"
    return Outcome("not proven" if found else f"written on {near}, {other}, still there for a new pod, {end}", found)


__all__ = ("storage",)
