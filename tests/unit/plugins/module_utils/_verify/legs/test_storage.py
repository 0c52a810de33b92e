# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proof of storage takes from the cluster, and what it makes."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs import storage
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Settings

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
