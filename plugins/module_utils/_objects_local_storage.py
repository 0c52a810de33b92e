# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Volumes on the nodes' own disks: Rancher's local path provisioner changed as data, or volumes prepared by us."""

from __future__ import annotations

import copy
import json
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._objects import Object, find

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
MANAGED_BY = {"app.kubernetes.io/managed-by": "homelab.kubernetes"}


class StorageClass(t.TypedDict):
    """Name of the class, and whether claims that name none get it."""

    name: str
    default: bool


def class_annotations(storage_class: StorageClass) -> dict[str, str]:
    """Says aloud when the class is not the default, so that a change of mind takes the mark away."""
    return {DEFAULT_CLASS: "true" if storage_class["default"] else "false"}


def local_path(
    manifest: t.Sequence[Object], *, path: str, storage_class: StorageClass, helper_image: str
) -> list[Object]:
    """The provisioner for one folder on every node, a class name, and a helper image of a certain version."""
    import yaml  # here, because only the control node is sure to have it

    objects = copy.deepcopy(list(manifest))
    config = find(objects, "ConfigMap", "local-path-config")["data"]
    settings = json.loads(config["config.json"])
    settings["nodePathMap"] = [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [path]}]
    config["config.json"] = json.dumps(settings, indent=2) + "\n"
    helper = yaml.safe_load(config["helperPod.yaml"])
    for container in helper["spec"]["containers"]:
        container["image"] = helper_image
    config["helperPod.yaml"] = yaml.safe_dump(helper, sort_keys=False)
    metadata = find(objects, "StorageClass", "local-path")["metadata"]
    metadata.update(name=storage_class["name"], annotations=class_annotations(storage_class))
    return objects


def volume(node: str, number: int, *, path: str, storage_class: str, gib: int) -> Object:
    """One prepared volume. It outlives its claim with its data, because nobody but its owner may throw them away."""
    on_the_node = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"{storage_class}-{node}-{number}", "labels": dict(MANAGED_BY)},
        "spec": {
            "storageClassName": storage_class,
            "capacity": {"storage": f"{gib}Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "local": {"path": f"{path.rstrip('/')}/{number}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [on_the_node]}]}},
        },
    }


def static_volumes(
    nodes: t.Sequence[str], *, path: str, storage_class: StorageClass, count: int, gib: int
) -> list[Object]:
    """A class without a provisioner and so many volumes of so many GiB per node."""
    name = storage_class["name"]
    first: Object = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "labels": dict(MANAGED_BY), "annotations": class_annotations(storage_class)},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    return [
        first,
        *(
            volume(node, number, path=path, storage_class=name, gib=gib)
            for node in nodes
            for number in range(1, count + 1)
        ),
    ]


__all__ = ("StorageClass", "local_path", "static_volumes")
