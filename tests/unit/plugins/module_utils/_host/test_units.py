# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an interrupted run left undone is seen from systemd's properties."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import units as _units

SHOWN = "ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=no\nDescription=a=b\n"
RUNS = _units.parse(SHOWN)
RELOAD, ENABLE = ["daemon-reload"], ["enable", "--now", "x.timer"]


def test_parse() -> None:
    assert RUNS == {
        "ActiveState": "active",
        "UnitFileState": "enabled",
        "NeedDaemonReload": "no",
        "Description": "a=b",
    }
    assert _units.parse("") == {}


@pytest.mark.parametrize(
    ("written", "moment", "expected"),
    [
        # The unit began 100 s after the boot, 900 s ago.
        (9099.0, "100000000", False),
        (9101.0, "100000000", True),
        (10000.0, "100000000", True),
        # A clock that was wrong.
        (10001.0, "100000000", False),
        # Never started, and not known.
        (9101.0, "0", False),
        (9101.0, "", False),
    ],
)
def test_unread(written: float, moment: str, expected: bool) -> None:
    assert _units.unread(written, moment, now=10000.0, uptime=1000.0) is expected


@pytest.mark.parametrize(
    ("timer", "service", "written", "expected"),
    [
        (RUNS, RUNS, False, []),
        (RUNS, RUNS, True, [RELOAD]),
        # Cut off after the files, after systemd read them, after the timer was enabled.
        ({**RUNS, "NeedDaemonReload": "yes"}, RUNS, False, [RELOAD]),
        (RUNS, {**RUNS, "NeedDaemonReload": "yes"}, False, [RELOAD]),
        ({**RUNS, "ActiveState": "inactive", "UnitFileState": "disabled"}, {}, False, [ENABLE]),
        ({**RUNS, "ActiveState": "inactive"}, RUNS, False, [ENABLE]),
        ({**RUNS, "UnitFileState": "disabled"}, RUNS, False, [ENABLE]),
        # The first run.
        ({}, {}, True, [RELOAD, ENABLE]),
    ],
)
def test_timer_commands(
    timer: dict[str, str], service: dict[str, str], written: bool, expected: list[list[str]]
) -> None:
    assert _units.timer_commands("x", timer, service, written=written) == expected


def test_a_unit_that_has_not_read_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a systemctl that says what is asked of it."""
    start = int((time.monotonic() - 60) * 1e6)
    (tmp_path / "systemctl").write_text(
        f"#!/bin/sh\n[ \"$2\" = kubelet ] && printf 'ActiveState=active\\n%s={start}\\n' {_units.STARTED}\nexit 0\n"
    )
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    file = tmp_path / "config.yaml"
    assert not _units.has_not_read("kubelet", str(file), _units.STARTED)
    file.touch()
    assert _units.has_not_read("kubelet", str(file), _units.STARTED)
    # One that does not run reads it when it starts.
    assert not _units.has_not_read("other", str(file), _units.STARTED)
    before = time.time() - 120
    os.utime(file, (before, before))
    assert not _units.has_not_read("kubelet", str(file), _units.STARTED)
