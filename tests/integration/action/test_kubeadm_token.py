# SPDX-License-Identifier: GPL-3.0-or-later
"""The token as Ansible itself asks for it with the role's own tasks, on a machine that is no control plane."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(Path("/etc/kubernetes/pki/ca.crt").exists(), reason="this machine is a control plane")
def test_workers_are_told_why_there_is_no_token(tmp_path: Path) -> None:
    """The role's own tasks, which say nothing of what the module returns but the cause."""
    block = yaml.safe_load((ROOT / "roles/workers/tasks/main.yml").read_text())[1]
    variables = {
        "ansible_python_interpreter": sys.executable,
        "__workers_found": {"needs_token": True},
        "__workers_wants_token": True,
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
