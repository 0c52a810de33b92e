# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Volumes on the nodes' own disks: Rancher's local path provisioner changed as data, or volumes prepared by us."""

from __future__ import annotations

import copy
import json
import posixpath
import re
import typing as t

import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs.exports import is_system
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object, find

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
MANAGED_BY = {"app.kubernetes.io/managed-by": "homelab.kubernetes"}

# Nothing that tmpfiles.d(5), a shell or YAML reads as more than a character.
_FOLDER = re.compile(r"(/[\w.,+@=-]+)+")
_HOME = re.compile(r"/(var/)?home/[^/]+")


class StorageClass(t.TypedDict):
    """Name of the class, and whether claims that name none get it."""

    name: str
    default: bool


def class_annotations(storage_class: StorageClass) -> dict[str, str]:
    """Says aloud when the class is not the default, so that a change of mind takes the mark away."""
    return {DEFAULT_CLASS: "true" if storage_class["default"] else "false"}


def path_problem(path: str) -> str:
    """Why volumes cannot be kept in a folder, which becomes root's alone; "" when they can."""
    folder = path[:-1] if path.endswith("/") else path
    if path != "/" and (not _FOLDER.fullmatch(folder) or posixpath.normpath(folder) != folder):
        return "is not an absolute path of letters, digits and . , + @ = _ - in its shortest form"
    if path == "/" or is_system(folder):
        return "belongs to the system"
    if _HOME.fullmatch(folder):
        return "is somebody's home"
    return ""


def _checked(path: str) -> str:
    """The folder without a slash at its end. Raises ValueError where none can be: preflight has said it, a role used alone has only this."""
    problem = path_problem(path)
    if problem:
        raise ValueError(
            f'local_storage_path "{path}" {problem}; choose a folder of its own, /var/lib/homelab-volumes for example'
        )
    return path.rstrip("/")


def folders_text(path: str, count: int) -> str:
    """A file for tmpfiles.d(5) with the folders of so many volumes. Raises ValueError for a path that cannot be their home."""
    folder = _checked(path)
    lines = [f'd "{folder}/{number}" 0777 root root -\n' for number in range(1, count + 1)]
    return (
        "# Volumes of pods on this node. Others on this machine cannot look inside; whoever runs in a pod may write.\n"
        f'd "{folder}" 0700 root root -\n' + "".join(lines)
    )


def local_path(
    manifest: t.Sequence[Object], *, path: str, storage_class: StorageClass, helper_image: str
) -> list[Object]:
    """The provisioner for one folder on every node, a class name, and a helper image of a certain version."""
    objects = copy.deepcopy(list(manifest))
    config = find(objects, "ConfigMap", "local-path-config")["data"]
    settings = json.loads(config["config.json"])
    settings["nodePathMap"] = [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [_checked(path)]}]
    config["config.json"] = json.dumps(settings, indent=2) + "\n"
    helper = yaml.safe_load(config["helperPod.yaml"])
    for container in helper["spec"]["containers"]:
        container["image"] = helper_image
    config["helperPod.yaml"] = _yaml.text(helper)
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


__all__ = ("StorageClass", "folders_text", "local_path", "path_problem", "static_volumes")
