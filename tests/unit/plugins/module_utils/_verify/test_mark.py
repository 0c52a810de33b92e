# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a proof in the namespace goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import (
    ANNOTATION,
    Mark,
    Process,
    alive,
    in_use,
    own,
    process,
    read,
    written,
)

MARK = Mark("1", "anna@laptop", "boot pid:[1]", [Process(7, "70"), Process(8, "80")])
# 2026-11-21T10:00:00Z
NOW = 1795255200.0
STAT = "7 (a) b (c) S 5 7 7 0 -1 4194560 1 0 0 0 3 1 0 0 20 0 1 0 4711 9 9"


def namespace(text: str | None) -> dict[str, t.Any]:
    return {"metadata": {"name": "x", "annotations": text and {ANNOTATION: text}}}


def test_a_mark_is_read_as_it_was_written() -> None:
    made = written(MARK, 600, NOW)
    assert read({"metadata": {"annotations": made}}) == MARK._replace(until="2026-11-21T10:10:00Z")
    assert json.loads(made[ANNOTATION])["until"] == "2026-11-21T10:10:00Z"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        "7",
        '"x"',
        "{}",
        '{"run": "1", "owner": "a", "place": "b", "processes": [], "until": "soon"}',
        '{"run": "1", "owner": "a", "place": "b", "processes": [7], "until": "2026-11-21T10:10:00Z"}',
        '{"run": "1", "owner": "a", "place": "b", "processes": [["x", ""]], "until": "2026-11-21T10:10:00Z"}',
    ],
)
def test_what_is_no_mark(text: str | None) -> None:
    assert read(namespace(text)) is None


@pytest.mark.parametrize(
    ("changes", "now", "dead", "expected"),
    [
        pytest.param({}, NOW, [], True, id="goes on"),
        pytest.param({}, NOW, [8], False, id="its module is dead"),
        pytest.param({}, NOW, [7], False, id="its Ansible is dead"),
        pytest.param({"place": "elsewhere"}, NOW, [7, 8], True, id="nobody can see it"),
        pytest.param({"place": "elsewhere"}, NOW + 600, [], False, id="elsewhere, too late"),
        pytest.param({}, NOW + 600, [], False, id="here, too late"),
        pytest.param({"run": "2"}, NOW, [], False, id="ourselves"),
    ],
)
def test_in_use(changes: dict[str, str], now: float, dead: list[int], expected: bool) -> None:
    mark = MARK._replace(until="2026-11-21T10:10:00Z", **changes)
    ours = Mark("2", "anna@laptop", "boot pid:[1]", [Process(9, "90")])
    assert in_use(mark, ours, now, lambda one: one.pid not in dead) is expected


def test_a_program_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7/stat").write_text(STAT)
    assert process(7, tmp_path) == Process(7, "4711")
    assert process(8, tmp_path) == Process(8, "")


def stat_of(folder: Path, state: str, started: str) -> Path:
    (folder / str(os.getpid())).mkdir()
    fields = STAT.split()[5:]
    (folder / str(os.getpid()) / "stat").write_text(" ".join(["1 (x)", state, *fields]).replace("4711", started))
    return folder


@pytest.mark.parametrize(
    ("state", "started", "expected"),
    [("S", "4711", True), ("S", "4712", False), ("Z", "4711", False)],
)
def test_a_number_may_have_gone_to_another_process(state: str, started: str, expected: bool, tmp_path: Path) -> None:
    assert alive(Process(os.getpid(), "4711"), stat_of(tmp_path, state, started)) is expected


def test_without_proc_the_number_decides(tmp_path: Path) -> None:
    assert alive(Process(os.getpid(), ""), tmp_path)
    assert not alive(Process(2**22 + 1, ""), tmp_path)
    assert not alive(Process(2**70, ""), tmp_path)


def test_this_run() -> None:
    mark = own()
    assert mark.run != own().run
    assert mark.processes[1] == process(os.getpid())
    assert all(map(alive, mark.processes))
    assert mark.place == own().place


def test_a_run_below_a_worker_names_what_began_the_worker() -> None:
    """As Ansible does it: a worker with a session of its own, and the module below a shell of it."""
    root = str(Path(__file__).parents[5] / "collections")
    code = (
        "from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import own; "
        "print(own().processes[0].pid)"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -c "$1"; true', sys.executable, code],
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == os.getpid()
