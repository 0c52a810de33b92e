# SPDX-License-Identifier: GPL-3.0-or-later
"""On which file system a folder lies."""

from __future__ import annotations

import fcntl
import struct
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.disk import mount_of, xfs_has_types

# As kernels print it: optional fields are several or none, blanks in names are octal.
MOUNTS = """24 1 252:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
25 24 0:22 / /proc rw,nosuid shared:12 master:2 - proc proc rw
40 24 0:40 / /var rw,noatime - zfs rpool/var rw,xattr,posixacl
41 40 252:17 / /var/lib/containers rw - xfs /dev/vdb rw
42 24 0:50 / /mnt/my\\040disk rw shared:30 - btrfs /dev/vdc rw,subvol=/
43 24 0:51 / /srv rw - ext4 /dev/vdd rw
44 24 0:52 / /srv rw - nfs4 nas:/x rw
torn
45 24 0:53 / /opt rw -
"""
MOUNT_OF = [
    ("/var/lib/containerd", "/var", "zfs"),
    ("/var/lib/containers", "/var/lib/containers", "xfs"),
    ("/var/lib/containers/storage", "/var/lib/containers", "xfs"),
    ("/mnt/my disk/images", "/mnt/my disk", "btrfs"),
    ("/srv/images", "/srv", "nfs4"),
    ("/opt", "/", "ext4"),
    ("/", "/", "ext4"),
]


@pytest.mark.parametrize(("path", "point", "type_"), MOUNT_OF)
def test_mount_of(path: str, point: str, type_: str) -> None:
    assert mount_of(MOUNTS, path) == (point, type_)


def test_a_host_that_says_nothing() -> None:
    assert mount_of("", "/var") == ("", "")


@pytest.mark.parametrize(("flags", "expected"), [(0x77CCCA, True), (0x76CCCA, False)])
def test_xfs_tells_of_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, expected: bool) -> None:
    """The first flags are those of a file system made by mkfs.xfs 6.1; the others lack FTYPE."""

    def ioctl(_descriptor: int, request: int, answer: t.Any) -> int:
        assert request == 0x80705864
        struct.pack_into("=I", answer, 92, flags)
        return 0

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert xfs_has_types(str(tmp_path)) is expected


def test_what_cannot_be_asked_is_no_fault(tmp_path: Path) -> None:
    assert xfs_has_types(str(tmp_path / "absent"))
    assert xfs_has_types("/proc")
