# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""StorageClasses and PersistentVolumes on NFS, and what an existing one forbids.

Everything is judged before anything is applied: the API server would refuse one object after it took another.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs.driver import DRIVER
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import volumes as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import jmespath

BY_HAND = "kubernetes.io/no-provisioner"
DEFAULT = "storageclass.kubernetes.io/is-default-class"
LABELS = {"app.kubernetes.io/managed-by": "homelab.kubernetes"}
# What the API server never changes in a StorageClass, with its own defaults.
_FIXED: dict[str, t.Any] = {
    "provisioner": "",
    "parameters": {},
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "Immediate",
}


class Storage(t.TypedDict):
    """What the role's variables say; ``mount_options``, ``server`` and ``share`` are those of all classes and volumes."""

    provisioner: t.Literal["csi", "static"]
    server: str
    share: str
    mount_options: list[str]
    classes: list[dict[str, t.Any]]
    volumes: list[dict[str, t.Any]]


def name_of(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def volume_path(volume: t.Mapping[str, t.Any], share: str) -> str:
    """The path of a volume on the server; a relative one is below the share."""
    return posixpath.normpath(posixpath.join(share, str(volume["path"])))


def shares(storage: Storage) -> list[dict[str, t.Any]]:
    """What a node must be able to mount, each once: the classes' shares, or the volumes where no driver makes any."""
    found: dict[tuple[str, str], dict[str, t.Any]] = {}

    def add(given: t.Mapping[str, t.Any], path: str, read_only: bool = False) -> None:
        server = str(given.get("server") or storage["server"])
        options = list(given.get("mount_options") or storage["mount_options"])
        known = found.setdefault((server, path), {"server": server, "path": path, "options": options})
        known["read_only"] = known.get("read_only", True) and read_only

    if storage["provisioner"] == "csi":
        for item in storage["classes"]:
            add(item, str(item.get("share") or storage["share"]))
    for item in storage["volumes"]:
        add(item, volume_path(item, storage["share"]), bool(item.get("read_only")))
    if not found and storage["server"]:
        add({}, storage["share"])
    return list(found.values())


def _is_default(obj: Object) -> bool:
    return bool(jmespath.search(f'metadata.annotations."{DEFAULT}"', obj) == "true")


def storage_class(given: t.Mapping[str, t.Any], storage: Storage, default: bool) -> Object:
    """A StorageClass; in static mode it only has a name and collects volumes."""
    metadata: Object = {"name": given["name"], "labels": dict(LABELS), "annotations": {DEFAULT: str(default).lower()}}
    result: Object = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": metadata}
    if storage["provisioner"] == "static":
        return {**result, "provisioner": BY_HAND, "reclaimPolicy": "Retain", "volumeBindingMode": "Immediate"}
    own = {str(key): str(value) for key, value in (given.get("parameters") or {}).items()}
    share = {
        "server": str(given.get("server") or storage["server"]),
        "share": str(given.get("share") or storage["share"]),
    }
    return {
        **result,
        "provisioner": DRIVER,
        "parameters": {**share, **own},
        "mountOptions": list(given.get("mount_options") or storage["mount_options"]),
        "reclaimPolicy": given.get("reclaim_policy") or "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": True,
    }


def persistent_volume(given: t.Mapping[str, t.Any], storage: Storage) -> Object:
    """A volume that exists on the server; nobody but a person ever empties it."""
    first = next((str(item["name"]) for item in storage["classes"]), "")
    spec: Object = {
        "capacity": {"storage": str(given["size"])},
        "accessModes": list(given.get("access_modes") or ["ReadWriteMany"]),
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": str(given.get("storage_class", first)),
        "mountOptions": list(given.get("mount_options") or storage["mount_options"]),
        "nfs": {
            "server": str(given.get("server") or storage["server"]),
            "path": volume_path(given, storage["share"]),
            "readOnly": bool(given.get("read_only")),
        },
    }
    metadata = {"name": given["name"], "labels": dict(LABELS)}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}


def class_conflicts(wanted: Object, existing: Object) -> list[str]:
    """The fields of a class that cannot be changed and differ: ``parameters.server 10.0.0.1 instead of 10.0.0.2``."""
    result = []
    for key, default in _FIXED.items():
        old, new = existing.get(key) or default, wanted.get(key) or default
        if isinstance(default, dict):
            names = sorted({*old, *new})
            result += [f"{key}.{n} {old.get(n)} instead of {new.get(n)}" for n in names if old.get(n) != new.get(n)]
        elif old != new:
            result.append(f"{key} {old} instead of {new}")
    return result


def _class_findings(wanted: Object, existing: Object) -> t.Iterator[Finding]:
    differences = class_conflicts(wanted, existing)
    name = name_of(wanted)
    if differences:
        yield kinds.STORAGE_CLASS_DIFFERS.at(
            subjects=["nfs_storage_classes"], name=name, differences=", ".join(differences)
        )


def _volume_findings(wanted: Object, existing: Object) -> t.Iterator[Finding]:
    old, new = existing["spec"].get("nfs") or {}, wanted["spec"]["nfs"]
    if (old.get("server"), old.get("path")) != (new["server"], new["path"]):
        name = name_of(wanted)
        place = f"{old.get('server')}:{old.get('path')}" if old else "another kind of storage"
        yield kinds.PERSISTENT_VOLUME_DIFFERS.at(
            subjects=["nfs_storage_volumes"], name=name, place=place, server=new["server"], path=new["path"]
        )


def _default_findings(asked: t.Sequence[str], others: t.Sequence[str]) -> t.Iterator[Finding]:
    names = [*asked, *others]
    if asked and len(names) > 1:
        yield kinds.STORAGE_CLASS_DEFAULTS.at(
            subjects=["nfs_storage_classes"],
            names=", ".join(names),
            asked=", ".join(asked),
            others=", ".join(others or asked[1:]),
        )


def objects(storage: Storage, existing: t.Sequence[Object]) -> tuple[list[Object], list[Finding]]:
    """What to apply, and what forbids it. Volumes that exist are left out: they are never changed.

    Without a word of the user, the first class is the default where the cluster has none of somebody else's.
    """
    known = {(obj["kind"], name_of(obj)): obj for obj in existing}
    ours = [str(item["name"]) for item in storage["classes"]]
    others = [
        name for (kind, name), obj in known.items() if kind == "StorageClass" and _is_default(obj) and name not in ours
    ]
    asked = [str(item["name"]) for item in storage["classes"] if item.get("default")]
    silent = [str(item["name"]) for item in storage["classes"] if item.get("default") is None]
    defaults = asked or (silent[:1] if not others else [])
    classes = [storage_class(item, storage, str(item["name"]) in defaults) for item in storage["classes"]]
    volumes = [persistent_volume(item, storage) for item in storage["volumes"]]
    found = list(_default_findings(asked, others))
    for obj in classes:
        if ("StorageClass", name_of(obj)) in known:
            found += _class_findings(obj, known["StorageClass", name_of(obj)])
    for obj in volumes:
        if ("PersistentVolume", name_of(obj)) in known:
            found += _volume_findings(obj, known["PersistentVolume", name_of(obj)])
    new = [obj for obj in volumes if ("PersistentVolume", name_of(obj)) not in known]
    return [*classes, *new], found


__all__ = ("Storage", "objects", "shares")
