# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.action import kubeadm_token

ROOT = Path(__file__).resolve().parents[4]


def arguments(monkeypatch: pytest.MonkeyPatch, given: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the module is run with."""
    half = object.__new__(kubeadm_token.ActionModule)
    seen: list[dict[str, t.Any]] = []
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(half, "_execute_module", lambda module_args, **_more: seen.append(module_args) or {})
    monkeypatch.setattr(half, "_task", type("Task", (), {"args": given}), raising=False)
    half.run(None, {})
    return seen[0]


def test_a_token_says_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setattr("socket.gethostname", lambda: "laptop.lan")
    assert arguments(monkeypatch, {"state": "absent"}) == {
        "state": "absent",
        "description": "homelab.kubernetes anna@laptop.lan",
    }
    assert arguments(monkeypatch, {"description": "rack 3"}) == {"description": "rack 3"}


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nobody)
    assert kubeadm_token.user() == str(os.getuid())


@pytest.mark.skipif(Path("/etc/kubernetes/pki/ca.crt").exists(), reason="this machine is a control plane")
def test_workers_are_told_why_there_is_no_token(tmp_path: Path) -> None:
    """The role's own tasks, which say nothing of what the module returns but the cause."""
    block = yaml.safe_load((ROOT / "roles/workers/tasks/main.yml").read_text())[1]
    variables = {
        "ansible_python_interpreter": sys.executable,
        "__workers_found": {"needs_token": True},
        "_workers_token_wanted": True,
        "_workers_control_plane": "localhost",
        "workers_token_per_node": False,
    }
    tasks = block["block"][:2]
    assert tasks[0]["no_log"] is True
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}
    (tmp_path / "playbook.json").write_text(json.dumps([play]))
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "playbook.json"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    environment["ANSIBLE_CONFIG"] = str(tmp_path / "ansible.cfg")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    out = " ".join((done.stdout + done.stderr).split())
    assert (
        "/etc/kubernetes/pki/ca.crt is not there, so this host is no finished control plane; run site.yml first" in out
    )
