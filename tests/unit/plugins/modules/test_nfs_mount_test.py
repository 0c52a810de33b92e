# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing and reading where somebody else decides what lies in the folder, and what the module makes of it."""

from __future__ import annotations

import os
import re
import socket
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules import nfs_mount_test
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine


@pytest.fixture
def folder(tmp_path: Path) -> t.Iterator[int]:
    descriptor = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def test_nothing_stays_behind(folder: int, tmp_path: Path) -> None:
    nfs_mount_test.write_and_read(folder)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_written_to(folder: int, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("mine")
    (tmp_path / "link").symlink_to("target")
    for name in ("target", "link"):
        with pytest.raises(FileExistsError):
            nfs_mount_test.write_new(folder, name, b"x")
    assert (tmp_path / "target").read_text() == "mine"


def test_a_link_is_not_followed(folder: int, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        nfs_mount_test.read_back(folder, "link", 33)


def test_a_pipe_is_not_waited_for(folder: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=f"^{re.escape('a file came back as something else')}$"):
        nfs_mount_test.read_back(folder, "pipe", 33)


def test_no_more_is_read_than_was_written(folder: int, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 100_000)
    assert nfs_mount_test.read_back(folder, "large", 33) == b"x" * 33


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as the module does")
@pytest.mark.parametrize(("mode", "problem"), [(0o700, ""), (0o500, "Permission denied")])
def test_the_owner_writes_below_a_folder_that_only_root_enters(tmp_path: Path, mode: int, problem: str) -> None:
    """With root_squash only the owner may write, and its way leads through a folder that is shut to it."""
    share = tmp_path / "share"
    share.mkdir()
    os.chown(share, 65534, 65534)
    share.chmod(mode)
    tmp_path.chmod(0o700)
    descriptor = os.open(share, os.O_PATH | os.O_DIRECTORY)
    os.seteuid(65534)
    try:
        if problem:
            with pytest.raises(PermissionError):
                nfs_mount_test.write_and_read(descriptor)
        else:
            nfs_mount_test.write_and_read(descriptor)
    finally:
        os.seteuid(0)
        os.close(descriptor)
    assert nfs_mount_test.write_problem(str(share)) == ("", 65534)


class Host:
    """Takes commands."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def run_command(self, command: list[str], check_rc: bool) -> tuple[int, str, str]:
        self.commands.append(command)
        return 0, "", ""


def test_the_place_is_roots_alone_and_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "homelab.kubernetes" / "nfs"
    monkeypatch.setattr(nfs_mount_test, "FOLDER", str(place))
    (place / "left").mkdir(parents=True)
    monkeypatch.setattr(nfs_mount_test, "mounts_below", lambda _text, folder: [f"{folder}/left"])
    host = Host()
    with nfs_mount_test.workplace(host):
        assert host.commands == [["umount", "--lazy", f"{place}/left"]]
        assert list(place.iterdir()) == []
        assert place.stat().st_mode & 0o777 == 0o700


SHARE = {"server": "127.0.0.1", "path": "/srv/nfs", "options": ["nfsvers=4.2"], "read_only": True}


@pytest.fixture
def server(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Machine]:
    """A node that reaches an NFS server, which serves everybody."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setattr(nfs_mount_test, "PORT", listening.getsockname()[1])
        monkeypatch.setattr(nfs_mount_test, "FOLDER", f"{machine.root}/homelab.kubernetes/nfs")
        machine.program("timeout", 'shift 2; exec "$@"')
        machine.program("mount")
        machine.program("umount")
        yield machine


def test_four_steps_change_nothing_and_leave_nothing(server: Machine) -> None:
    for check in (True, False, True, False):
        told = server.run(nfs_mount_test, check=check, shares=[SHARE])
        assert (told["changed"], told["findings"]) == (False, [])
        commands = [
            re.sub(rf"{server.root}/\S+", "FOLDER", line)
            for line in server.commands()
            if not line.startswith("timeout")
        ]
        options = "nfsvers=4.2,soft,timeo=50,retrans=1,retry=0,nosuid,nodev,noexec"
        mounted = [f"mount -t nfs -o {options} 127.0.0.1:/srv/nfs FOLDER", "umount FOLDER"]
        assert commands == ([] if check else mounted)
    assert list((server.root / "homelab.kubernetes/nfs").iterdir()) == []


def test_the_first_failure_does_not_hide_the_next(server: Machine) -> None:
    server.program("mount", 'echo "mount.nfs: access denied by server while mounting $5" >&2; exit 32')
    shares = [SHARE, {**SHARE, "path": "/srv/films"}, {**SHARE, "server": "127.0.0.2"}]
    told = server.run(nfs_mount_test, shares=shares, address="192.0.2.21")
    refused = "cannot be used: the server refuses this node (access denied by server while mounting 127.0.0.1:"
    assert [(found["id"], found["message"]) for found in told["findings"]] == [
        ("nfs-mount-refused", f"127.0.0.1:/srv/nfs {refused}/srv/nfs)"),
        ("nfs-mount-refused", f"127.0.0.1:/srv/films {refused}/srv/films)"),
        (
            "nfs-server-unreachable",
            "127.0.0.2:/srv/nfs cannot be used: the server does not answer ([Errno 111] Connection refused)",
        ),
    ]
    assert told["msg"].startswith("This node cannot use the storage.\n")
    assert list((server.root / "homelab.kubernetes/nfs").iterdir()) == []
