# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook draws an inventory whose hosts do not exist."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOSTS = """
cluster:
  vars: {cluster_pod_cidr: 192.0.0.0/16, cluster_cni: flanel}
  children:
    control_plane: {hosts: {mini1: {ansible_host: 192.0.2.1}}}
    workers: {hosts: {mini2: {ansible_host: 192.0.2.2}}}
"""


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    (folder / "hosts.yml").write_text(HOSTS)
    command = [
        sys.executable,
        "-m",
        "ansible",
        "playbook",
        "-i",
        "hosts.yml",
        str(ROOT / "playbooks/plan.yml"),
        *arguments,
    ]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_files_are_written_once_and_next_to_the_inventory(tmp_path: Path) -> None:
    code, out = run(tmp_path, "--check")
    assert (code, "changed=1" in out, (tmp_path / "plan.svg").exists()) == (0, True, False), out
    code, out = run(tmp_path)
    assert (code, "changed=1" in out) == (0, True), out
    assert out.count("ERROR [pods-overlap-nodes]") == 2
    assert "mini2" in (tmp_path / "plan.svg").read_text()
    assert "cluster_pod_cidr: 10.244.0.0/16" in (tmp_path / "plan.md").read_text()
    code, out = run(tmp_path)
    assert (code, "changed=0" in out) == (0, True), out


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    code, out = run(tmp_path, "-e", f"plan_svg={tmp_path}/none/plan.svg")
    assert code == 2
    assert "the plan cannot be written:" in out
