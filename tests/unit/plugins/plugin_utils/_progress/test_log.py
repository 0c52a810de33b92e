# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a run: which are kept, who may read it, and what Ansible's own callback writes into it."""

from __future__ import annotations

import io
import os
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._progress import log as run_log


@pytest.fixture(autouse=True)
def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each kind of display Ansible makes one."""
    monkeypatch.setattr(run_log.FileDisplay, "_Singleton__instance", None)


def test_the_last_twenty_are_kept(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"run-20260101-{number:06}-1.log").touch()
    (tmp_path / "notes.log").touch()
    new = run_log.path_in(str(tmp_path))
    assert re.fullmatch(rf"run-\d{{8}}-\d{{6}}-{os.getpid()}\.log", new.name)
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["notes.log", *(f"run-20260101-{number:06}-1.log" for number in range(6, 25))]


def test_a_folder_at_home_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run_log.path_in("~/a/b").parent == tmp_path / "a/b"
    assert (tmp_path / "a/b").is_dir()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        run_log.path_in(str(tmp_path / "file/runs"))


def test_the_display_writes_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda _form: "12:34:56")
    file = io.StringIO()
    display = run_log.FileDisplay(file)
    display.banner("TASK [Change]")
    display.display("\x1b[0;31m- old\x1b[0m")
    display.display("for a screen", screen_only=True)
    display.display("half", newline=False)
    display.display(" a line, \x1b[2Jand no control")
    assert file.getvalue() == "\n12:34:56 TASK [Change]\n- old\nhalf a line, \\x1b[2Jand no control\n"


class Callback:
    """Ansible's own, which a unit test cannot load; the integration tests read what it writes."""

    def __init__(self) -> None:
        self.options: dict[str, bool] = {}
        self._current_task_result: t.Any = None
        self._display: run_log.FileDisplay

    def set_options(self, direct: dict[str, bool]) -> None:
        self.options = direct

    def v2_runner_on_ok(self, result: t.Any, **more: t.Any) -> None:
        self._display.display(f"ok {self._current_task_result is result} {more}")

    def v2_playbook_on_stats(self, stats: str) -> None:
        self._display.display(f"{stats} {self._current_task_result}")


def test_events_go_to_ansibles_own_callback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    callback = Callback()
    monkeypatch.setattr(run_log.callback_loader, "get", {"ansible.builtin.default": callback}.get)
    log = run_log.RunLog(str(tmp_path))
    log.event("v2_runner_on_ok", type("Result", (), {"result": {}})(), ignore=True)
    # What is no result of a task leaves nothing of the last one behind.
    log.event("v2_playbook_on_stats", "stats")
    assert log.path.read_text() == "ok True {'ignore': True}\nstats None\n"
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert callback.options == {"display_skipped_hosts": True, "display_failed_stderr": False}


def test_a_file_that_is_there_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may have laid a link where the file is going to be."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to("mine")
    monkeypatch.setattr(run_log, "path_in", lambda _folder: tmp_path / "link")
    with pytest.raises(FileExistsError):
        run_log.RunLog(str(tmp_path))
    assert (tmp_path / "mine").read_text() == "mine"
