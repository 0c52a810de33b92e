# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A timer runs in the end, whatever step an earlier run was cut off after."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.homelab.kubernetes.plugins.modules import systemd_timer

RELOAD, ENABLE = ["daemon-reload"], ["enable", "--now", "hello.timer"]
DISABLE, STOP = ["disable", "hello.timer"], ["stop", "hello.timer"]
# Keeps the state of the timer in a file, as far as it is asked for it here, and what it was told in another.
SYSTEMCTL = """#!/bin/sh
cd {folder}
case $1 in
    show) cat state; exit ;;
    enable) printf 'ActiveState=active\\nUnitFileState=enabled\\n' > state ;;
    stop) : > state ;;
esac
echo "$@" >> told
"""


class Host:
    """A folder with all files of a timer, and a systemctl."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        units = {f"{folder}/units/hello.{kind}": f"[{kind}]\n" for kind in ("timer", "service")}
        self.files = {f"{folder}/lib/hello.py": "print()\n", **units}
        (folder / "systemctl").write_text(SYSTEMCTL.format(folder=folder))
        (folder / "systemctl").chmod(0o755)
        (folder / "state").touch()

    def run(self, state: str = "present", *, check: bool = False) -> dict[str, t.Any]:
        arguments = {"name": "hello", "files": self.files, "state": state, "_ansible_check_mode": check}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            systemd_timer.main()
        return dict(json.loads(self.capsys.readouterr().out))

    def there(self) -> dict[str, str]:
        return {path: Path(path).read_text() for path in self.files if Path(path).exists()}

    def put(self, *names: str) -> None:
        for path, text in self.files.items():
            if Path(path).name in names:
                Path(path).parent.mkdir(exist_ok=True)
                Path(path).write_text(text)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Host:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(systemd_timer, "UNITS", f"{tmp_path}/units")
    return Host(tmp_path, capsys)


def test_from_nothing_and_again(host: Host) -> None:
    found = host.run()
    assert (found["changed"], found["commands"]) == (True, [RELOAD, ENABLE])
    assert host.there() == host.files
    assert {Path(path).stat().st_mode & 0o777 for path in host.files} == {0o644}
    again = host.run()
    assert (again["changed"], again["commands"], again["diff"]) == (False, [], [])


@pytest.mark.parametrize(
    ("state", "commands"),
    [
        # The files are there, and systemd was told nothing.
        ("", [ENABLE]),
        ("ActiveState=inactive\nUnitFileState=enabled\n", [ENABLE]),
        ("ActiveState=active\nUnitFileState=disabled\n", [ENABLE]),
        ("ActiveState=active\nUnitFileState=enabled\nNeedDaemonReload=yes\n", [RELOAD]),
    ],
)
def test_a_run_that_was_cut_off_is_finished(host: Host, state: str, commands: list[list[str]]) -> None:
    host.put("hello.py", "hello.timer", "hello.service")
    (host.folder / "state").write_text(state)
    assert host.run(check=True)["commands"] == commands
    assert not (host.folder / "told").exists()
    found = host.run()
    assert (found["changed"], found["commands"]) == (True, commands)
    assert [line.split() for line in (host.folder / "told").read_text().splitlines()] == commands


def test_a_new_program_needs_no_reload(host: Host) -> None:
    host.run()
    (host.folder / "lib/hello.py").write_text("old\n")
    found = host.run()
    assert (found["changed"], found["commands"]) == (True, [])
    assert [(part["before"], part["after"]) for part in found["diff"]] == [("old\n", "print()\n")]


def test_a_dry_run_writes_nothing(host: Host) -> None:
    found = host.run(check=True)
    assert (found["changed"], found["commands"]) == (True, [RELOAD, ENABLE])
    assert host.there() == {}
    host.run()
    assert host.run("absent", check=True)["changed"] is True
    assert host.there() == host.files


def test_it_is_taken_away_with_its_folder(host: Host) -> None:
    host.run()
    found = host.run("absent")
    assert (found["changed"], found["commands"]) == (True, [DISABLE, STOP, RELOAD])
    assert host.there() == {}
    assert not (host.folder / "lib").exists()
    # systemd's own folder stays, even when it is empty.
    assert list((host.folder / "units").iterdir()) == []
    again = host.run("absent")
    assert (again["changed"], again["commands"]) == (False, [])


def test_taking_away_is_finished_too(host: Host) -> None:
    """Cut off before the timer was stopped: it is still active, without files."""
    (host.folder / "state").write_text("ActiveState=active\n")
    assert host.run("absent")["commands"] == [STOP, RELOAD]
