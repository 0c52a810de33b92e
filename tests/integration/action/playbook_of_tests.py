# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook under Ansible's own defaults and output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run(folder: Path, plays: list[dict[str, t.Any]], *arguments: str, inventory: str = "localhost,") -> tuple[int, str]:
    """What it returned and wrote; the folder is where it runs."""
    (folder / "playbook.json").write_text(json.dumps(plays))
    (folder / "ansible.cfg").write_text("[defaults]\n")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", inventory, "playbook.json", *arguments]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"), "ANSIBLE_NOCOLOR": "1"}
    environment["ANSIBLE_CONFIG"] = str(folder / "ansible.cfg")
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
