# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes on the nodes' own disks."""

from __future__ import annotations

import copy
import json
import re
import typing as t

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import local_storage as storage
from hypothesis import given
from hypothesis import strategies as st

CLASS = storage.StorageClass(name="fast", default=True)
DEFAULT = "storageclass.kubernetes.io/is-default-class"
# The parts of the upstream manifest that are changed.
MANIFEST: list[dict[str, t.Any]] = [
    {
        "kind": "StorageClass",
        "metadata": {"name": "local-path"},
        "provisioner": "rancher.io/local-path",
        "reclaimPolicy": "Delete",
    },
    {
        "kind": "ConfigMap",
        "metadata": {"name": "local-path-config"},
        "data": {
            "config.json": '{"nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": ["/opt/x"]}]}',
            "helperPod.yaml": "spec:\n  containers:\n  - name: helper-pod\n    image: docker.io/library/busybox\n",
            "setup": '#!/bin/sh\nmkdir -m 0777 -p "$VOL_DIR"\n',
        },
    },
]


class Tagged(str):
    """A text as Ansible hands it over, which YAML's writer does not know."""


def test_local_path() -> None:
    before = copy.deepcopy(MANIFEST)
    image = Tagged("busybox:1.37.0")
    class_, config = storage.local_path(MANIFEST, path="/srv/v", storage_class=CLASS, helper_image=image)
    assert class_["metadata"] == {"name": "fast", "annotations": {DEFAULT: "true"}}
    assert class_["provisioner"] == "rancher.io/local-path"
    assert json.loads(config["data"]["config.json"]) == {
        "nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": ["/srv/v"]}]
    }
    helper = yaml.safe_load(config["data"]["helperPod.yaml"])
    assert helper == {"spec": {"containers": [{"name": "helper-pod", "image": "busybox:1.37.0"}]}}
    assert config["data"]["setup"] == MANIFEST[1]["data"]["setup"]
    assert before == MANIFEST


def test_a_manifest_of_another_layout_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the manifest has no ConfigMap 'local-path-config'; "):
        storage.local_path(MANIFEST[:1], path="/srv/v", storage_class=CLASS, helper_image="busybox")


def test_static_volumes() -> None:
    class_, *volumes = storage.static_volumes(
        ["mini1", "mini2"],
        path="/srv/v/",
        storage_class=storage.StorageClass(name="x", default=False),
        count=2,
        gib=10,
    )
    assert class_["metadata"]["annotations"] == {DEFAULT: "false"}
    assert (class_["provisioner"], class_["volumeBindingMode"]) == (
        "kubernetes.io/no-provisioner",
        "WaitForFirstConsumer",
    )
    assert [volume["metadata"]["name"] for volume in volumes] == ["x-mini1-1", "x-mini1-2", "x-mini2-1", "x-mini2-2"]
    assert volumes[-1]["spec"] == {
        "storageClassName": "x",
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "local": {"path": "/srv/v/2"},
        "nodeAffinity": {
            "required": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["mini2"]}]}
                ]
            }
        },
    }


SYSTEM, SHAPE = (
    "belongs to the system",
    "is not an absolute path of letters, digits and . , + @ = _ - in its shortest form",
)
PATHS = [
    ("/var/lib/homelab-volumes", ""),
    ("/srv/volumes/", ""),
    ("/mnt/disk1/volumes", ""),
    ("/home/anna/volumes", ""),
    ("/home", SYSTEM),
    ("/var/lib", SYSTEM),
    ("/var/lib/", SYSTEM),
    ("/", SYSTEM),
    ("/etc/volumes", SYSTEM),
    ("/root", SYSTEM),
    ("/var/lib/kubelet/volumes", SYSTEM),
    ("/home/anna", "is somebody's home"),
    ("/home/anna/", "is somebody's home"),
    ("", SHAPE),
    ("volumes", SHAPE),
    ("~/volumes", SHAPE),
    ("//srv/volumes", SHAPE),
    ("/srv/../home", SHAPE),
    ("/srv/my volumes", SHAPE),
    ("/srv/%h", SHAPE),
    ('/srv/a"b', SHAPE),
    ("/srv/a'b", SHAPE),
    ("/srv/a\\x20b", SHAPE),
    ("/srv/a\nd /home 0777", SHAPE),
    ("/srv/$HOME", SHAPE),
]


@pytest.mark.parametrize(("path", "problem"), PATHS)
def test_where_volumes_may_be(path: str, problem: str) -> None:
    assert storage.path_problem(path) == problem
    if problem:
        text = (
            f'local_storage_path "{path}" {problem}; choose a folder of its own, /var/lib/homelab-volumes for example'
        )
        with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
            storage.folders_text(path, 1)
        with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
            storage.local_path(MANIFEST, path=path, storage_class=CLASS, helper_image="busybox")


@given(st.text())
def test_a_folder_that_is_accepted_is_one_word_of_its_line(name: str) -> None:
    path = f"/srv/{name}"
    if not storage.path_problem(path):
        _comment, line = storage.folders_text(path, 0).splitlines()
        assert line.split(" ") == ["d", f'"{path.rstrip("/")}"', "0700", "root", "root", "-"]
        assert yaml.safe_load(f"path: {path}") == {"path": path}


def test_folders_of_static_volumes() -> None:
    assert storage.folders_text("/srv/volumes/", 2) == (
        "# Volumes of pods on this node. Others on this machine cannot look inside; whoever runs in a pod may write.\n"
        'd "/srv/volumes" 0700 root root -\n'
        'd "/srv/volumes/1" 0777 root root -\n'
        'd "/srv/volumes/2" 0777 root root -\n'
    )
