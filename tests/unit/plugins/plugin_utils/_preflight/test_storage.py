# SPDX-License-Identifier: GPL-3.0-or-later
"""NFS servers and clients before the first change."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as _nfs_exports
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import storage as _preflight_storage

SERVER: _preflight_storage.Server = {
    "exports": [_nfs_exports.export({"path": "/srv/nfs"}, ["192.0.2.1"], ["rw"])],
    "allow": [],
    "versions": ["4.2"],
}
FACTS: dict[str, t.Any] = {
    "uid": 0,
    "python": "3.13.5",
    "os": {"id": "debian", "version_id": "13", "pretty": "Debian GNU/Linux 13 (trixie)"},
    "architecture": "x86_64",
    "kernel": "6.12",
    "kernel_modules": {"nfs": "loadable", "nfsd": "loadable"},
    "paths": {"/srv/nfs": "absent"},
    "real_paths": {"/srv/nfs": "/srv/nfs"},
    "nfs_exports": [],
}


def told(hosts: dict[str, t.Any], nodes: list[str], clients: list[str]) -> list[str]:
    seen = {
        name: {"state": "ok", "facts": {**FACTS, **facts}}
        if isinstance(facts, dict)
        else {"state": "unreachable", "message": facts}
        for name, facts in hosts.items()
    }
    found = _preflight_storage.findings({"nas": SERVER}, t.cast("t.Any", seen), nodes, clients)
    return [f"{f['id']} {f['host']}: {f['message']}" for f in found]


NO_NFSD, NO_NFS = {"kernel_modules": {"nfsd": "absent"}}, {"kernel_modules": {"nfs": "absent"}}


@pytest.mark.parametrize(
    ("hosts", "nodes", "clients", "expected"),
    [
        ({"nas": {}, "mini1": {}}, ["mini1"], ["mini1"], []),
        ({"nas": "timed out"}, [], [], ["host-unreachable nas: cannot be reached: timed out"]),
        # A node has been looked at as a node already.
        ({"nas": "timed out"}, ["nas"], [], []),
        (
            {"nas": {"paths": {"/srv/nfs": "it is a file"}}},
            [],
            [],
            ["nfs-export-no-directory nas: /srv/nfs cannot be exported: it is a file"],
        ),
        (
            {"nas": NO_NFSD},
            [],
            [],
            ["kernel-module-missing nas: its kernel 6.12 has no nfsd, neither built in nor as a module"],
        ),
        (
            {"nas": {}, "mini1": NO_NFS},
            ["mini1"],
            ["mini1"],
            ["kernel-module-missing mini1: its kernel 6.12 has no nfs, neither built in nor as a module"],
        ),
        ({"nas": {}, "mini1": NO_NFS}, ["mini1"], [], []),
        (
            {"nas": {"real_paths": {"/srv/nfs": "/etc/kubernetes"}}},
            [],
            [],
            [
                "nfs-export-system nas: /srv/nfs would be exported, which leads to /etc/kubernetes and belongs to the system"
            ],
        ),
    ],
)
def test_findings(hosts: dict[str, t.Any], nodes: list[str], clients: list[str], expected: list[str]) -> None:
    assert told(hosts, nodes, clients) == expected


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ({}, []),
        ({"mini1": "/srv/volumes", "mini2": "/srv/volumes"}, []),
        (
            {"mini1": "/home", "mini2": "/home"},
            ['local-storage-path : local_storage_path "/home" belongs to the system'],
        ),
        (
            {"mini1": "/srv/volumes", "mini2": "/home/anna"},
            ['local-storage-path mini2: local_storage_path "/home/anna" is somebody\'s home'],
        ),
    ],
)
def test_folders(folders: dict[str, str], expected: list[str]) -> None:
    found = list(_preflight_storage.folder_findings(folders))
    assert [f"{f['id']} {f['host']}: {f['message']}" for f in found] == expected
    assert {f["fix"] for f in found} <= {"choose a folder of its own, /var/lib/homelab-volumes for example"}
