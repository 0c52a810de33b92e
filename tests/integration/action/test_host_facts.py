# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller makes of a module's answer: a host that is away, refuses sudo or crashes is told like any other problem."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.homelab.kubernetes.plugins.action import host_facts

ROOT = Path(__file__).resolve().parents[3]
SEEN = {"changed": False, "host": {"kernel": "6.12"}}
FACTS = {
    "distribution": "Debian",
    "distribution_major_version": "13",
    "distribution_release": "trixie",
    "os_family": "Debian",
}
CRASH = types.SimpleNamespace(event=types.SimpleNamespace(msg="Module failed: boom"))


def run(monkeypatch: pytest.MonkeyPatch, answer: t.Any, **given: t.Any) -> dict[str, t.Any]:
    """The action's result where the module answers so; an exception is raised instead."""
    half = object.__new__(host_facts.ActionModule)

    def execute(**_arguments: t.Any) -> dict[str, t.Any]:
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    times = iter((100.0, 100.5))
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr("time.time", lambda: next(times))
    monkeypatch.setattr(half, "_execute_module", execute)
    monkeypatch.setattr(half, "_task", types.SimpleNamespace(args=given), raising=False)
    return half.run(None, {})


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (FACTS, FACTS),
        ({**FACTS, "cluster_node_ip": "192.0.2.66", "python": {}}, FACTS),
        (
            {"os_family": ["x"], "distribution_major_version": 13},
            {"distribution_major_version": "13", "os_family": "['x']"},
        ),
        ({}, {}),
        (None, {}),
        ("Debian", {}),
        (["os_family"], {}),
    ],
)
def test_of_facts_only_the_four_are_kept(monkeypatch: pytest.MonkeyPatch, told: t.Any, kept: dict[str, str]) -> None:
    found = run(monkeypatch, {**SEEN, "ansible_facts": told})
    assert found == {**SEEN, "ansible_facts": kept, "sent": 100.0, "received": 100.5}


REASONS: list[tuple[dict[str, t.Any], str]] = [
    ({"failed": True, "msg": "it is no Linux"}, "it is no Linux"),
    ({"failed": True, "exception": CRASH}, "Module failed: boom"),
    ({"failed": True, "msg": "it failed", "exception": CRASH}, "it failed"),
    ({"failed": True, "exception": "(traceback unavailable)"}, ""),
    (
        {
            "failed": True,
            "msg": "MODULE FAILURE",
            "module_stderr": "sudo: a password is required",
            "module_stdout": "",
            "rc": 1,
        },
        "MODULE FAILURE sudo: a password is required",
    ),
    ({"msg": "no facts"}, "no facts"),  # it did not fail, but has no facts either
    ({**SEEN, "failed": True, "msg": "half"}, "half"),
    ({"failed": True}, ""),
]


@pytest.mark.parametrize(("answer", "message"), REASONS)
def test_a_module_that_fails(monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any], message: str) -> None:
    problem = {"unreachable": False, "message": message}
    assert run(monkeypatch, answer, keep_going=True) == {"changed": False, "problem": problem}
    told = run(monkeypatch, answer)
    assert {key: told[key] for key in answer} == answer
    assert "problem" not in told


@pytest.mark.parametrize(
    ("error", "unreachable"),
    [(AnsibleConnectionFailure("no route to host"), True), (AnsibleError("sudo: wrong password"), False)],
)
def test_a_host_that_is_away(monkeypatch: pytest.MonkeyPatch, error: AnsibleError, unreachable: bool) -> None:
    problem = {"unreachable": unreachable, "message": str(error)}
    assert run(monkeypatch, error, keep_going=True) == {"changed": False, "problem": problem}
    with pytest.raises(type(error)) as caught:
        run(monkeypatch, error)
    assert caught.value is error


def test_a_crash_as_this_ansible_tells_it(tmp_path: Path) -> None:
    """Where ansible-core keeps the reason is its own affair, and moves."""
    (tmp_path / "sitecustomize.py").write_text(
        "import glob\n\ndef boom(*a, **k):\n    raise RuntimeError('boom')\n\nglob.glob = boom\n"
    )
    (tmp_path / "python").write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    (tmp_path / "python").chmod(0o755)
    (tmp_path / "ansible.cfg").write_text("[defaults]\nstdout_callback = ansible.builtin.json\n")
    tasks = [{"homelab.kubernetes.host_facts": {"keep_going": True}}]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    play["vars"] = {"ansible_python_interpreter": str(tmp_path / "python")}
    (tmp_path / "play.json").write_text(json.dumps([play]))
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "play.json"],
        cwd=tmp_path,
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.json",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    (task,) = json.loads(done.stdout)["plays"][0]["tasks"]
    problem = task["hosts"]["localhost"]["problem"]
    assert problem["unreachable"] is False
    assert "boom" in problem["message"]
