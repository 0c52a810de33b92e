# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback under real runs of ansible-playbook: in a pipe, in a terminal, without colours, and its log."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
ROOT = Path(__file__).resolve().parents[2]
HOSTS = {"cluster": {"hosts": {"mini1": {}, "mini2": {}}, "vars": {"ansible_connection": "local"}}}
PLAY: list[dict[str, t.Any]] = [
    # Nobody: a phase without a host is none.
    {"name": "NFS server", "hosts": "{{ groups['nfs_servers'] | default([]) }}", "gather_facts": False, "roles": []},
    {
        "name": "Hosts",
        "hosts": "cluster",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": [
            {"name": "Change", "ansible.builtin.command": "sleep 2"},
            {"name": "Pass over", "ansible.builtin.command": "true", "when": False},
            {
                "name": "Keep a secret",
                "ansible.builtin.command": "sh -c 'echo hunter2 >&2; exit 3'",
                "no_log": True,
                "failed_when": False,
            },
            {
                "name": "Break",
                "ansible.builtin.command": "sh -c 'echo $((6 * 7)) was wrong >&2; exit 3'",
                "when": "inventory_hostname == 'mini2'",
            },
        ],
    },
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hosts.json").write_text(json.dumps(HOSTS))
    (tmp_path / "play.json").write_text(json.dumps(PLAY))
    return tmp_path


def settings(folder: Path, **more: str) -> dict[str, str]:
    own = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "HOMELAB_PROGRESS_LOG_FOLDER": str(folder / "runs"), **more}
    kept = {name: value for name, value in os.environ.items() if name not in ("ANSIBLE_NOCOLOR", "NO_COLOR")}
    return {**kept, "TERM": "xterm", **own}


COMMAND = [sys.executable, "-m", "ansible", "playbook", "-i", "hosts.json", "play.json"]


def in_a_pipe(folder: Path, **more: str) -> str:
    done = subprocess.run(
        COMMAND, cwd=folder, env=settings(folder, **more), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stdout


def in_a_terminal(folder: Path, **more: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(COMMAND, cwd=folder, env=settings(folder, **more), stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that nobody writes any more
                break
            if not part:
                break
            parts.append(part)
    os.close(ours)
    assert process.returncode == 2
    return b"".join(parts).decode()


def test_in_a_pipe(folder: Path) -> None:
    lines = in_a_pipe(folder).splitlines()
    assert lines[0] == "[0:00] Hosts: mini1, mini2"
    assert lines[1].endswith(" s  Change: changed mini1 1, mini2 1")
    assert "FAILED mini2: Break" in lines
    assert "    stderr: 42 was wrong" in lines
    assert "Pass over" not in "\n".join(lines)
    assert "\x1b" not in "\n".join(lines)
    assert [line.split()[4] for line in lines if line.startswith("mini")] == ["unreachable=0"] * 2
    assert lines[-1] == f"log: {next((folder / 'runs').iterdir())}"


def test_the_log_has_everything_but_secrets(folder: Path) -> None:
    out = in_a_pipe(folder)
    log = next((folder / "runs").iterdir())
    text = log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "skipping: [mini1]" in text
    assert "42 was wrong" in text
    assert "\x1b" not in text
    assert "hunter2\n" not in out + text


def test_in_a_terminal(folder: Path) -> None:
    out = in_a_terminal(folder)
    assert "> Change (" in out
    assert "\x1b[2K" in out
    assert "\x1b[0;31m" in out
    # The last thing is plain text: nothing is left below it.
    assert out.rstrip().splitlines()[-1].startswith("log: ")


@pytest.mark.parametrize("name", ["NO_COLOR", "ANSIBLE_NOCOLOR"])
def test_without_colours(folder: Path, name: str) -> None:
    assert "\x1b[0;3" not in in_a_terminal(folder, **{name: "1"})


@pytest.mark.parametrize("more", [{"HOMELAB_PROGRESS_LIVE": "never"}, {"TERM": "dumb"}])
def test_a_terminal_that_wants_no_cursor_control(folder: Path, more: dict[str, str]) -> None:
    assert "\x1b[2K" not in in_a_terminal(folder, **more)


def test_a_folder_that_cannot_be_written_is_a_warning(folder: Path) -> None:
    (folder / "runs").write_text("")
    assert "log: " not in in_a_pipe(folder)


# A host that wants to erase what was said, to fill the clipboard, and to say something itself.
SAID = "x\\x1b[2J\\x1b]52;c;cm0gLXJmIH4K\\x07\\x9b2J\\x7f\\r\\n[9:99] done"
MODULE = f"""#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

def main():
    module = AnsibleModule(argument_spec={{"fail": {{"type": "bool"}}}})
    said = "{SAID}"
    module.warn(said)
    result = {{"changed": True, "stdout": said, "diff": {{"before": "a\\tb\\n", "after": said, "before_header": said}}}}
    module.fail_json(msg=said, **result) if module.params["fail"] else module.exit_json(msg=said, **result)

main()
"""
REPORT = [
    {"name": "Say", "hostile": {"fail": False}, "register": "said"},
    {"name": "Repeat", "ansible.builtin.debug": {"var": "said"}},
    {"name": "Report", "homelab.kubernetes.report": {"lines": ["{{ said.msg }}"]}},
    {"name": "Break", "hostile": {"fail": True}, "when": "inventory_hostname == 'mini2'"},
]


@pytest.fixture
def hostile(folder: Path) -> Path:
    (folder / "library").mkdir()
    (folder / "library/hostile.py").write_text(MODULE)
    (folder / "play.json").write_text(json.dumps([{**PLAY[-1], "tasks": REPORT}]))
    return folder


@pytest.mark.parametrize("callback", ["homelab.kubernetes.progress", "default"])
def test_a_hostile_host_moves_no_cursor(hostile: Path, callback: str) -> None:
    """Ansible's own output obeys some of it by itself; what this collection displays through it does not."""
    done = subprocess.run(
        [*COMMAND, "--diff", "-vv"],
        cwd=hostile,
        env=settings(hostile, ANSIBLE_STDOUT_CALLBACK=callback),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    shown = "x\\x1b[2J\\x1b]52;c;cm0gLXJmIH4K\\x07\\x9b2J\\x7f\\x0a[9:99] done"
    assert shown in done.stdout.splitlines()
    if callback == "default":
        return
    assert not CONTROLS.search(done.stdout + done.stderr)
    assert "    x\\x1b[2J\\x1b]52;c;cm0gLXJmIH4K\\x07\\x9b2J\\x7f" in done.stdout.splitlines()
    assert "-a\\tb" in done.stdout.splitlines()
    log = next((hostile / "runs").iterdir()).read_text()
    assert "-a" in log
    assert not CONTROLS.search(log)


def test_a_hostile_host_in_a_terminal(hostile: Path) -> None:
    out = in_a_terminal(hostile, ANSIBLE_DIFF_ALWAYS="1")
    # Colours and the line at the bottom are ours.
    assert "\x1b[0;31m" in out
    assert "\x1b[2K" in out
    for theirs in ("\x1b[2J", "\x1b]52", "\x07", "\x9b", "\x7f"):
        assert theirs not in out
    # The log has neither their characters nor our colours.
    log = next((hostile / "runs").iterdir()).read_text()
    assert not CONTROLS.search(log)
    assert "\\x1b[0;3" not in log
