# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files


@pytest.mark.parametrize(
    ("content", "exact", "text"),
    [
        (None, False, None),
        (b"", False, ""),
        (b"gr\xc3\xbc\xc3\x9fe\n", False, "grüße\n"),
        (b"\xff\r\n", False, "\N{REPLACEMENT CHARACTER}\n"),
        (b"\xff\r\n", True, "\udcff\r\n"),
    ],
)
def test_read(tmp_path: Path, content: bytes | None, exact: bool, text: str | None) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    assert _files.read(str(path), exact=exact) == text
    if not exact:
        assert _files.peek(str(path)) == (text or "")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        _files.read(str(tmp_path))
    assert _files.peek(str(tmp_path)) == ""


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, done = tmp_path / "folder/note", []
    fsync, replace = os.fsync, os.replace
    kinds = {stat.S_IFREG: "content", stat.S_IFDIR: "folder"}
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(kinds[stat.S_IFMT(os.fstat(fd).st_mode)]), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append("name"), replace(old, new)))
    _files.replace(str(path), "new", mode=0o600)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert done == ["content", "name", "folder"]


@pytest.mark.parametrize("fails", ["fsync", "replace"])
def test_a_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    path = tmp_path / "note"
    path.write_text("old")

    def full(*_arguments: t.Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, fails, full)
    with pytest.raises(OSError, match=r"^\[Errno 28\] No space left on device$"):
        _files.replace(str(path), "new")
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("note", "old")]


@pytest.mark.parametrize(
    ("before", "mode", "after"),
    [(None, None, 0o644), (None, 0o600, 0o600), (0o640, None, 0o640), (0o640, 0o644, 0o644), (0o666, 0o600, 0o600)],
)
def test_the_owners_mode_stays(tmp_path: Path, before: int | None, mode: int | None, after: int) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_text("old")
        path.chmod(before)
        os.utime(path, (1, 1))
    _files.replace(str(path), "new", mode=mode)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", after)
    # A service that started before has not read it.
    assert path.stat().st_mtime > 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    os.chown(path, 12, 34)
    _files.replace(str(path), "new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12, 34)
    _files.replace(str(path), "ours", mode=0o600)
    assert (path.stat().st_uid, path.stat().st_gid) == (0, 0)


def test_every_byte_of_an_edited_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "fstab"
    path.write_bytes(b"# \xe4\r\n")
    _files.replace(str(path), f"{_files.read(str(path), exact=True)}more\n")
    assert path.read_bytes() == b"# \xe4\r\nmore\n"


def test_what_nothing_belongs_into_goes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    _files.put(str(path), "text")
    assert path.read_text() == "text"
    _files.put(str(path), "")
    assert not path.exists()


def test_differing(tmp_path: Path) -> None:
    same, other, gone, new, none = (str(tmp_path / name) for name in ("same", "other", "gone", "new", "none"))
    for path in (same, other, gone):
        Path(path).write_text(f"{Path(path).name}\n")
    wanted = {same: "same\n", other: "another\n", gone: "", new: "new\n", none: ""}
    changes = _files.differing(wanted)
    assert changes == {other: ("other\n", "another\n"), gone: ("gone\n", ""), new: ("", "new\n")}
    assert _files.differences(changes)[0] == {
        "before_header": other,
        "after_header": other,
        "before": "other\n",
        "after": "another\n",
    }


def test_ansibles_own_folder_is_made_before_a_module_warns_that_it_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "file").touch()
    _files.make_remote_tmp("~/.ansible/tmp")
    _files.make_remote_tmp("$HOME/.ansible/tmp")
    _files.make_remote_tmp("~/file/tmp")  # then Ansible says why it takes another
    _files.make_remote_tmp(None)
    assert (tmp_path / ".ansible/tmp").stat().st_mode & 0o777 == 0o700
