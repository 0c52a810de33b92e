# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control node is a person's laptop: whatever inventories say about the machines, nothing there asks sudo.

Root skips sudo for itself, so these runs ask Ansible not to; the sudo on the path then fails and notes that it was called.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(path.name for path in (ROOT / "inventories").iterdir())
GUARDED = {"ansible_become": False, "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def run(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """ansible-playbook with a sudo that fails; ``called`` in the folder is there when somebody asked it."""
    sudo = folder / "bin/sudo"
    sudo.parent.mkdir(exist_ok=True)
    sudo.write_text(f"#!/bin/sh\ntouch {folder}/called\nexit 1\n")
    sudo.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *map(str, words)],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_BECOME_ALLOW_SAME_USER": "true",
            "ANSIBLE_STDOUT_CALLBACK": "default",
            "PATH": f"{sudo.parent}:{os.environ['PATH']}",
            "PWD": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def playbook(folder: Path, **task: object) -> Path:
    """A play as those of site.yml: root on the machines, and one task on the control node. No machine is asked."""
    path = folder / "probe.yml"
    probe = {"ansible.builtin.command": "true", "delegate_to": "localhost", "run_once": True, **task}
    path.write_text(json.dumps([{"hosts": "cluster", "become": True, "gather_facts": False, "tasks": [probe]}]))
    return path


def everywhere(folder: Path) -> Path:
    """An inventory as README had it until 0.1.0."""
    path = folder / "everywhere.json"
    path.write_text(
        json.dumps(
            {"all": {"vars": {"ansible_become": True}}, "cluster": {"hosts": {"mini1": {"ansible_host": "192.0.2.1"}}}}
        )
    )
    return path


def quiet(done: subprocess.CompletedProcess[str], folder: Path) -> bool:
    assert done.returncode == 0, done.stdout + done.stderr
    return not (folder / "called").exists()


@pytest.mark.parametrize("inventory", SHIPPED)
def test_a_shipped_inventory_asks_for_root_on_machines_only(tmp_path: Path, inventory: str) -> None:
    done = run(tmp_path, "-i", ROOT / "inventories" / inventory, playbook(tmp_path, become=False))
    assert quiet(done, tmp_path)


def test_so_does_a_generated_one(tmp_path: Path) -> None:
    done = run(tmp_path, ROOT / "playbooks/inventory.yml", "-e", "nodes=mini1=192.0.2.1", "-e", f"dest={tmp_path}/mine")
    assert quiet(done, tmp_path)
    assert quiet(run(tmp_path, "-i", tmp_path / "mine", playbook(tmp_path, become=False)), tmp_path)


def test_an_inventory_that_asks_for_root_everywhere_is_borne(tmp_path: Path) -> None:
    """What every local task of a role says; test_roles.py looks that each does."""
    assert quiet(run(tmp_path, "-i", everywhere(tmp_path), playbook(tmp_path, vars=GUARDED)), tmp_path)


@pytest.mark.parametrize(
    "words", [["inventory", "-e", "nodes=mini1=192.0.2.1", "-e", "dest=home"], ["requirements"], ["plan"]]
)
def test_so_do_the_playbooks_that_ask_no_machine(tmp_path: Path, words: list[str]) -> None:
    verb, *more = words
    done = run(tmp_path, "-i", everywhere(tmp_path), ROOT / f"playbooks/{verb}.yml", *more)
    assert quiet(done, tmp_path)


def test_this_test_can_fail(tmp_path: Path) -> None:
    done = run(tmp_path, "-i", everywhere(tmp_path), playbook(tmp_path, become=False))
    assert done.returncode == 2
    assert (tmp_path / "called").exists()
