# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""StorageClasses and volumes by the kind of storage, and what is given wrongly."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.storage_objects import FilterModule
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import nfs
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.local_storage import (
    StorageClass,
    static_volumes,
)

storage_objects = FilterModule().filters()["storage_objects"]
STORAGE: nfs.Storage = {
    "provisioner": "static",
    "server": "192.168.0.31",
    "share": "/srv/nfs",
    "mount_options": [],
    "classes": [{"name": "nfs"}],
    "volumes": [{"name": "films", "path": "films", "size": "10Gi"}],
}
STATIC: dict[str, t.Any] = {"path": "/srv/v", "count": 2, "gib": 10, "storage_class": {"name": "fast", "default": True}}
ELSEWHERE = {"kind": "PersistentVolume", "metadata": {"name": "films"}, "spec": {"nfs": {"server": "a", "path": "/b"}}}


def test_nfs() -> None:
    made = storage_objects(STORAGE, "nfs_storage", existing=[])
    assert (made, []) == nfs.objects(STORAGE, [])
    assert [one["kind"] for one in made] == ["StorageClass", "PersistentVolume"]
    there = storage_objects(STORAGE, name="nfs_storage", existing=made)
    assert [one["kind"] for one in there] == ["StorageClass"]


def test_static_volumes() -> None:
    made = storage_objects(["mini1", "mini2"], "static_volumes", **STATIC)
    class_ = StorageClass(name="fast", default=True)
    assert made == static_volumes(["mini1", "mini2"], path="/srv/v", storage_class=class_, count=2, gib=10)
    names = ["fast", "fast-mini1-1", "fast-mini1-2", "fast-mini2-1", "fast-mini2-2"]
    assert [one["metadata"]["name"] for one in made] == names


def test_what_exists_may_forbid_the_whole() -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        storage_objects(STORAGE, "nfs_storage", existing=[ELSEWHERE])
    message = "the PersistentVolume films is there already, on a:/b instead of 192.168.0.31:/srv/nfs/films"
    assert str(caught.value).startswith(f"ERROR [persistent-volume-differs] {message}\n")


WRONG: list[tuple[t.Any, t.Any, dict[str, t.Any], str]] = [
    ("ceph", [], {}, '"ceph" is not known; there are nfs_storage, static_volumes'),
    ("nfs_storage", STORAGE, {}, "nfs_storage needs existing"),
    ("nfs_storage", [], {"existing": []}, "nfs_storage: input is a list, but must be a mapping"),
    (
        "nfs_storage",
        {},
        {"existing": []},
        "nfs_storage: a value has another shape than documented: KeyError('classes')",
    ),
    (
        "nfs_storage",
        STORAGE,
        {"existing": ["x"]},
        "nfs_storage: existing has an item that is text, but must be a mapping",
    ),
    ("static_volumes", "mini1", STATIC, "static_volumes: input is text, but must be a list"),
    (
        "static_volumes",
        ["mini1"],
        {**STATIC, "count": "2"},
        "static_volumes: count is text, but must be a whole number",
    ),
    (
        "static_volumes",
        ["mini1"],
        {**STATIC, "size": 1},
        'static_volumes has no option "size"; there are path, storage_class, count, gib',
    ),
]


@pytest.mark.parametrize(("name", "given", "options", "error"), WRONG)
def test_errors(name: t.Any, given: t.Any, options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        storage_objects(given, name, **options)
