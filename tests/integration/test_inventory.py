# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory from a list of hosts, from an empty folder: written once, and not at all from a list with a slip."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def write(folder: Path, nodes: str) -> str:
    """Runs the playbook from that folder and gives what it printed."""
    playbook = str(ROOT / "playbooks/inventory.yml")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", playbook, "-e", f"nodes={nodes}", "-e", "dest=home"],
        cwd=folder,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "PWD": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_list_with_a_slip_writes_nothing(tmp_path: Path) -> None:
    printed = write(tmp_path, "mini1=192.168.0.11,mini2")
    assert 'host 2, "mini2": must be name=address, such as mini1=192.168.0.11' in printed
    assert list(tmp_path.iterdir()) == []


def test_an_inventory_is_written_once(tmp_path: Path) -> None:
    assert f"{tmp_path}/home: written." in write(tmp_path, "mini1=192.168.0.11,mini2=192.168.0.12")
    hosts = tmp_path / "home/hosts.yml"
    groups = yaml.safe_load(hosts.read_text())["cluster"]["children"]
    assert groups["workers"]["hosts"] == {"mini2": {"ansible_host": "192.168.0.12"}}
    assert (tmp_path / "home/group_vars/all.yml").exists()
    before = hosts.read_text()
    assert f"{tmp_path}/home: was there already and is as it was." in write(tmp_path, "other=192.168.0.99")
    assert hosts.read_text() == before


def test_the_kubeconfig_that_a_run_leaves_there_is_no_inventory(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("all: {hosts: {mini1: {}}}\n")
    (tmp_path / "homelab.kubeconfig").write_text("apiVersion: v1\nkind: Config\nclusters: []\n")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "inventory", "-i", str(tmp_path), "--graph"],
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("@all:\n  |--@ungrouped:\n  |  |--mini1\n", "")
