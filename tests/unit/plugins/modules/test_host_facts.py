# SPDX-License-Identifier: GPL-3.0-or-later
"""What host_facts reads of a host."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules.host_facts import make_remote_tmp, path_kind, socket_owners


def test_a_file_that_is_just_closed_hides_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "77" / "fd"
    folder.mkdir(parents=True)
    (tmp_path / "77" / "comm").write_text("kubelet\n")
    (folder / "3").write_text("no link: reading it fails, as it does for one that is gone")
    (folder / "4").symlink_to("socket:[4711]")
    assert socket_owners({4711}, str(tmp_path)) == {4711: "kubelet"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("folder", "directory"),
        ("folder/new/deep", "absent"),
        ("file", "it is a file"),
        ("file/below", "{root}/file is a file"),
    ],
)
def test_what_stands_at_a_path(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert path_kind(f"{tmp_path}/{path}") == kind.format(root=tmp_path)


def test_ansibles_own_folder_is_made_before_a_module_warns_that_it_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "file").touch()
    make_remote_tmp("~/.ansible/tmp")
    make_remote_tmp("$HOME/.ansible/tmp")
    make_remote_tmp("~/file/tmp")  # then Ansible says why it takes another
    make_remote_tmp(None)
    assert (tmp_path / ".ansible/tmp").stat().st_mode & 0o777 == 0o700
