# SPDX-License-Identifier: GPL-3.0-or-later
"""StorageClasses and volumes, and what existing ones forbid."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import nfs


def storage(**given: t.Any) -> nfs.Storage:
    base = {
        "provisioner": "csi",
        "server": "192.168.0.31",
        "share": "/srv/nfs",
        "mount_options": ["nfsvers=4.2"],
        "classes": [{"name": "nfs"}],
        "volumes": [],
    }
    return t.cast("nfs.Storage", {**base, **given})


VOLUME = {"name": "films", "path": "films", "size": "10Gi"}
OTHER_DEFAULT = {
    "kind": "StorageClass",
    "metadata": {"name": "local", "annotations": {nfs.DEFAULT: "true"}},
    "provisioner": "x",
}


def applied(given: nfs.Storage, existing: t.Sequence[nfs.Object] = ()) -> list[nfs.Object]:
    objects, found = nfs.objects(given, existing)
    assert found == []
    return objects


def messages(given: nfs.Storage, existing: t.Sequence[nfs.Object]) -> list[str]:
    return [f"{f['id']}: {f['message']}" for f in nfs.objects(given, existing)[1]]


def test_a_class_of_the_driver() -> None:
    classes = [{"name": "nfs", "reclaim_policy": "Retain", "parameters": {"subDir": "${pvc.metadata.name}"}}]
    assert applied(storage(classes=classes)) == [
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "nfs", "labels": nfs.LABELS, "annotations": {nfs.DEFAULT: "true"}},
            "provisioner": "nfs.csi.k8s.io",
            "parameters": {"server": "192.168.0.31", "share": "/srv/nfs", "subDir": "${pvc.metadata.name}"},
            "mountOptions": ["nfsvers=4.2"],
            "reclaimPolicy": "Retain",
            "volumeBindingMode": "Immediate",
            "allowVolumeExpansion": True,
        }
    ]


def test_volumes_by_hand() -> None:
    objects = applied(storage(provisioner="static", volumes=[VOLUME]))
    assert [(obj["kind"], obj.get("provisioner")) for obj in objects] == [
        ("StorageClass", "kubernetes.io/no-provisioner"),
        ("PersistentVolume", None),
    ]
    assert objects[1]["spec"] == {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "nfs",
        "mountOptions": ["nfsvers=4.2"],
        "nfs": {"server": "192.168.0.31", "path": "/srv/nfs/films", "readOnly": False},
    }


@pytest.mark.parametrize(
    ("classes", "existing", "defaults"),
    [
        ([{"name": "a"}, {"name": "b"}], [], ["a"]),
        ([{"name": "a"}, {"name": "b", "default": True}], [], ["b"]),
        ([{"name": "a"}], [OTHER_DEFAULT], []),
        ([{"name": "a", "default": False}], [], []),
        ([{"name": "local"}], [{**OTHER_DEFAULT, "provisioner": "nfs.csi.k8s.io"}], ["local"]),
    ],
)
def test_which_class_is_the_default(
    classes: list[dict[str, t.Any]], existing: list[nfs.Object], defaults: list[str]
) -> None:
    objects, _ = nfs.objects(storage(classes=classes), existing)
    assert [nfs.name_of(o) for o in objects if o["metadata"]["annotations"][nfs.DEFAULT] == "true"] == defaults


def test_two_defaults_are_refused() -> None:
    assert messages(storage(classes=[{"name": "nfs", "default": True}]), [OTHER_DEFAULT]) == [
        "storage-class-defaults: nfs, local would all be the default StorageClass"
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, None),
        ({"mountOptions": ["hard"]}, None),
        (
            {"parameters": {"server": "10.0.0.1", "share": "/srv/nfs"}},
            "parameters.server 10.0.0.1 instead of 192.168.0.31",
        ),
        (
            {"parameters": {}},
            "parameters.server None instead of 192.168.0.31, parameters.share None instead of /srv/nfs",
        ),
        ({"reclaimPolicy": "Retain"}, "reclaimPolicy Retain instead of Delete"),
        (
            {"provisioner": "kubernetes.io/no-provisioner"},
            "provisioner kubernetes.io/no-provisioner instead of nfs.csi.k8s.io",
        ),
        ({"volumeBindingMode": None, "reclaimPolicy": None}, None),
    ],
)
def test_a_class_that_exists(change: dict[str, t.Any], message: str | None) -> None:
    existing = {**applied(storage())[0], **change}
    expected = [f"storage-class-differs: the StorageClass nfs is there already, with {message}"] if message else []
    assert messages(storage(), [existing]) == expected


def test_a_volume_that_exists_is_left_alone() -> None:
    given = storage(provisioner="static", volumes=[VOLUME])
    volume = applied(given)[1]
    volume["spec"]["capacity"] = {"storage": "1Ti"}
    assert [obj["kind"] for obj in applied(given, [volume])] == ["StorageClass"]
    volume["spec"]["nfs"]["path"] = "/srv/old"
    assert messages(given, [volume]) == [
        "persistent-volume-differs: the PersistentVolume films is there already, on 192.168.0.31:/srv/old instead of "
        "192.168.0.31:/srv/nfs/films"
    ]


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({}, [("192.168.0.31", "/srv/nfs", False)]),
        ({"classes": [{"name": "a"}, {"name": "b", "share": "/b"}, {"name": "c"}]}, [("192.168.0.31", "/srv/nfs", False), ("192.168.0.31", "/b", False)]),
        ({"provisioner": "static"}, [("192.168.0.31", "/srv/nfs", False)]),
        ({"provisioner": "static", "volumes": [VOLUME]}, [("192.168.0.31", "/srv/nfs/films", False)]),
        (
            {"provisioner": "static", "volumes": [{**VOLUME, "read_only": True, "server": "10.0.0.9", "path": "/x"}]},
            [("10.0.0.9", "/x", True)],
        ),
        ({"classes": [], "server": ""}, []),
    ],
)  # fmt: skip
def test_what_nodes_must_mount(given: dict[str, t.Any], paths: list[tuple[str, str, bool]]) -> None:
    assert [(s["server"], s["path"], s.get("read_only", False)) for s in nfs.shares(storage(**given))] == paths
