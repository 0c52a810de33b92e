# SPDX-License-Identifier: GPL-3.0-or-later
"""The token as Ansible itself asks for it with the role's own tasks, on a machine that is no control plane."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.tests.integration.action import playbook_of_tests as playbook

ROOT = Path(__file__).resolve().parents[3]


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
    code, out = playbook.run(tmp_path, [play])
    assert code == 2
    assert (
        "/etc/kubernetes/pki/ca.crt is not there, so this host is no finished control plane; run site.yml first"
        in " ".join(out.split())
    )
