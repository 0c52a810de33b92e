# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof of storage takes from the cluster, and what it makes."""

from __future__ import annotations

import re
import typing as t
from urllib.parse import SplitResult

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs import storage
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    Reply,
    Settings,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    FakeCluster,
    run,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import Object

SOURCE = {"server": "192.0.2.31", "path": "/srv/nfs"}


def marked(name: str, **more: t.Any) -> v.Object:
    return {"metadata": {"name": name, "labels": dict(v.MANAGED_BY)}, **more}


NFS_CLASS = marked("nfs", provisioner="nfs.csi.k8s.io", reclaimPolicy="Delete")
BY_HAND = marked("nfs", provisioner="kubernetes.io/no-provisioner")
VOLUME = marked("films", spec={"nfs": SOURCE, "mountOptions": ["nfsvers=4.2"]})


@pytest.mark.parametrize(
    ("classes", "volumes", "place"),
    [
        ([], [], None),
        ([{"metadata": {"name": "foreign"}, "provisioner": "nfs.csi.k8s.io"}], [], None),
        ([NFS_CLASS], [VOLUME], storage.Place("nfs", {}, (), True)),
        ([{**NFS_CLASS, "reclaimPolicy": "Retain"}], [], storage.Place("nfs", {}, (), False)),
        ([BY_HAND], [], None),
        ([BY_HAND], [VOLUME], storage.Place("", SOURCE, ["nfsvers=4.2"], False)),
        ([BY_HAND], [marked("local", spec={"local": {"path": "/x"}})], None),
        ([BY_HAND], [marked("ro", spec={"nfs": {**SOURCE, "readOnly": True}})], None),
        ([BY_HAND], [marked(storage.VOLUME, spec={"nfs": SOURCE})], None),
    ],
)
def test_where_a_volume_comes_from(
    classes: list[v.Object], volumes: list[v.Object], place: storage.Place | None
) -> None:
    assert storage.place_of(classes, volumes) == place


def test_a_claim_on_a_class() -> None:
    assert storage.claim_object("proof", storage.Place("nfs", {}, (), True))["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "16Mi"}},
        "storageClassName": "nfs",
    }


def test_a_volume_by_hand_is_for_our_claim_only() -> None:
    place = storage.Place("", SOURCE, ["nfsvers=4.2"], False)
    claim, volume = storage.claim_object("proof", place), storage.volume_object("proof", place)
    assert (claim["spec"]["storageClassName"], claim["spec"]["volumeName"]) == ("", volume["metadata"]["name"])
    assert volume["spec"]["claimRef"] == {"namespace": "proof", "name": claim["metadata"]["name"]}
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert (volume["spec"]["nfs"], volume["spec"]["mountOptions"]) == (SOURCE, ["nfsvers=4.2"])
    assert v.is_ours(volume)


SETTINGS = Settings(
    nodes=("mini2",),
    node_addresses={},
    image="agnhost:1",
    namespace="proof",
    dns_domain="cluster.local",
    external_name="",
    load_balancer=False,
    namespaces=(),
    timeout=300,
)


def test_the_pod_mounts_the_claim_and_listens_nowhere() -> None:
    node: v.Object = {"metadata": {"name": "mini2"}, "spec": {}}
    pod = storage.pod_object(SETTINGS, "storage-writer", node, "cat /data/x")
    assert pod["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "storage"}}]
    assert pod["spec"]["containers"][0]["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]
    assert pod["spec"]["securityContext"]["runAsUser"] == 65534
    (container,) = pod["spec"]["containers"]
    assert container["command"] == ["/bin/sh", "-c", "cat /data/x"]
    assert not {"args", "ports"} & set(container)
    assert (pod["spec"]["restartPolicy"], pod["spec"]["activeDeadlineSeconds"]) == ("Never", 600)
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] != v.APP["app.kubernetes.io/name"]


def ended(phase: str, code: int | None = 0, message: str = "", **status: str) -> v.Object:
    state = {} if code is None else {"terminated": {"exitCode": code, "message": message}}
    return {"status": {"phase": phase, "containerStatuses": [{"state": state}], **status}}


def test_what_a_pod_said() -> None:
    assert storage.said(ended("Succeeded", message="abc\n")) == "abc"
    assert storage.said(ended("Succeeded")) == ""


@pytest.mark.parametrize(
    ("pod", "words"),
    [
        (ended("Failed", 1, "cat: no such file\n"), "cat: no such file (exit code 1)"),
        (ended("Failed", 1), "the pod says nothing (exit code 1)"),
        (ended("Failed", None, reason="DeadlineExceeded"), "DeadlineExceeded (exit code unknown)"),
        ({"status": {"phase": "Failed", "reason": "Evicted", "message": "low"}}, "low (exit code unknown)"),
    ],
)
def test_what_a_pod_that_failed_said(pod: v.Object, words: str) -> None:
    assert storage.has_ended(pod)
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        storage.said(pod)


@pytest.mark.parametrize("status", [{}, {"phase": "Pending"}, {"phase": "Running"}])
def test_a_pod_that_has_not_ended(status: v.Object) -> None:
    assert not storage.has_ended({"status": status})


class StorageCluster(FakeCluster):
    """With a server behind it: files of volumes by their names, as pods write and read them."""

    def __init__(self, driver: bool = True) -> None:
        super().__init__()
        marks = dict(v.MANAGED_BY)
        provisioner = "nfs.csi.k8s.io" if driver else "kubernetes.io/no-provisioner"
        self.classes: list[Object] = [{"metadata": {"name": "nfs", "labels": marks}, "provisioner": provisioner}]
        source = {"server": "192.0.2.31", "path": "/srv/nfs"}
        by_hand: Object = {"metadata": {"name": "films", "labels": marks}, "spec": {"nfs": source}}
        self.volumes: dict[str, Object] = {} if driver else {"films": by_hand}
        self.files: dict[str, str] = {}
        # Whether pods see each other's files; whether a claim gets a volume; whether the driver deletes volumes.
        self.shares, self.binds, self.deletes = True, True, True

    def answer(self, method: str, url: SplitResult, body: Object | None) -> t.Any:
        parts = url.path.strip("/").split("/")
        if url.path == "/apis/storage.k8s.io/v1/storageclasses":
            return {"items": self.classes}
        if parts[:3] == ["api", "v1", "persistentvolumes"]:
            return self.on_volumes(method, parts[3] if len(parts) > 3 else "", body)
        if method == "DELETE" and parts[-1] == "storage" and self.deletes:
            self.volumes.pop("pvc-1", None)
        return super().answer(method, url, body)

    def on_volumes(self, method: str, name: str, body: Object | None) -> t.Any:
        if method == "POST" and body:
            self.volumes[v.name_of(body)] = body
        elif method == "DELETE":
            return self.volumes.pop(name, None) or Reply(404, "{}")
        elif name:
            return self.volumes.get(name) or Reply(404, "{}")
        return {"items": list(self.volumes.values())}

    def run(self, pod: Object) -> Object:
        """A pod's one thing: commands that end each other when they fail."""
        node, state = v.wanted_node(pod), {"exitCode": 0, "message": ""}
        (container,) = pod["spec"]["containers"]
        for command in container["command"][2].split(" && "):
            words = command.split()
            name = words[4] if words[0] == "printf" else words[1]
            file = name if self.shares else f"{node} {name}"
            if words[0] == "printf":
                self.files[file] = words[2]
            elif file not in self.files:
                state = {"exitCode": 1, "message": f"{words[0]}: {name}: No such file or directory\n"}
                break
            elif words[0] == "rm":
                del self.files[file]
            else:
                state["message"] = self.files[file]
        phase = "Failed" if state["exitCode"] else "Succeeded"
        return {**pod, "status": {"phase": phase, "containerStatuses": [{"state": {"terminated": state}}]}}

    def living(self, kind: str, body: Object) -> Object:
        if kind == "pods" and v.name_of(body).startswith("storage-") and not self.pod_status:
            return self.run(body)
        if kind != "persistentvolumeclaims":
            return super().living(kind, body)
        volume = body["spec"].get("volumeName") or "pvc-1"
        self.volumes.setdefault(volume, {"metadata": {"name": volume}})
        claim = {
            **body,
            "metadata": {**body["metadata"], "uid": "4711-9"},
            "spec": {**body["spec"], "volumeName": volume},
        }
        return {**claim, "status": {"phase": "Bound" if self.binds else "Pending"}}


def storage_leg(cluster: StorageCluster, **changed: t.Any) -> tuple[str, str, list[str]]:
    result = run(cluster, **{"storage_nodes": ["w1", "w2"], "cni": "flannel", **changed})
    (leg,) = (leg for leg in result.legs if leg["name"] == "storage")
    assert cluster.empty()
    assert cluster.objects["persistentvolumeclaims"] == {}
    return leg["status"], leg["detail"], [f"{f['id']}: {f['message']}" for f in result.findings]


def test_storage_of_a_driver() -> None:
    cluster = StorageCluster()
    detail = "written on w1, read on w2, still there for a new pod, volume deleted with its claim"
    assert storage_leg(cluster) == ("passed", detail, [])
    assert (cluster.volumes, cluster.files) == ({}, {})


def test_storage_by_hand_leaves_the_users_volume() -> None:
    cluster = StorageCluster(driver=False)
    detail = "written on w1, read by another pod there (no second node mounts), still there for a new pod, volume kept by its policy"
    assert storage_leg(cluster, storage_nodes=["w1"]) == ("passed", detail, [])
    assert (list(cluster.volumes), cluster.files) == (["films"], {})


def test_a_cluster_without_storage() -> None:
    cluster = StorageCluster()
    cluster.classes = []
    assert storage_leg(cluster) == ("skipped", "no NFS storage of this collection", [])


def test_storage_that_is_not_shared() -> None:
    cluster = StorageCluster(driver=False)
    cluster.shares = False
    status, _, found = storage_leg(cluster)
    assert (status, found) == (
        "failed",
        [
            "storage-not-shared: A file on the volume is not what was written: cat: /data/.homelab.kubernetes-4711-9: "
            "No such file or directory (exit code 1)"
        ],
    )
    assert cluster.files == {}


def test_every_pod_but_those_of_a_deployment_ends_by_itself() -> None:
    cluster = StorageCluster()
    made: list[Object] = []

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        made.extend([body] if body and body.get("kind") == "Pod" else [])
        return StorageCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    run(cluster, storage_nodes=["w1", "w2"], timeout=10)
    assert sorted(map(v.name_of, made)) == [
        "policy-client",
        "policy-open",
        "policy-shut",
        "storage-again",
        "storage-reader",
        "storage-writer",
        *(f"verify-{number}" for number in range(3)),
    ]
    assert {pod["spec"]["activeDeadlineSeconds"] for pod in made} == {310}


def test_a_claim_without_a_volume() -> None:
    cluster = StorageCluster()
    cluster.binds = False
    assert storage_leg(cluster)[2] == ["storage-not-bound: A claim on StorageClass nfs gets no volume"]


def test_a_volume_that_stays() -> None:
    cluster = StorageCluster()
    cluster.deletes = False
    assert storage_leg(cluster)[2] == [
        "storage-not-deleted: The volume pvc-1 is still there although its claim was deleted"
    ]
