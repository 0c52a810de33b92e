# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A control node without a library hears of it in one line, before anything else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {"jmespath": "1.0.1", "kubernetes": "24.2.0", "netaddr": "1.0.0"}


def without(folder: Path, library: str) -> None:
    """None in this place is how Python marks what cannot be imported."""
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules['{library}'] = None\n")


def run(folder: Path, inventory: str, playbook: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", inventory, str(ROOT / playbook)],
        cwd=folder,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("library", "wanted"), [(n, f"{n}>={v}") for n, v in FLOORS.items()])
def test_a_missing_library_is_one_line(tmp_path: Path, library: str, wanted: str) -> None:
    without(tmp_path, library)
    (tmp_path / "hosts.json").write_text(json.dumps({"cluster": {"hosts": {"mini1": {}}}}))
    done = run(tmp_path, "hosts.json", "site.yml", PYTHONPATH=str(tmp_path), NO_COLOR="1")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    pip = f"{sys.executable} -m pip install --upgrade '{wanted}'"
    assert lines[1:3] == [
        "FAILED localhost: This machine has what a run needs",
        f"    the Python library {library} is missing: {pip}",
    ]
    assert "mini1" not in done.stdout


def test_a_playbook_that_does_not_ask_says_it_too(tmp_path: Path) -> None:
    without(tmp_path, "netaddr")
    (tmp_path / "hosts.json").write_text(json.dumps({"cluster": {"hosts": {"mini1": {"ansible_host": "192.0.2.1"}}}}))
    done = run(tmp_path, "hosts.json", "playbooks/plan.yml", PYTHONPATH=str(tmp_path), NO_COLOR="1")
    pip = f"{sys.executable} -m pip install --upgrade 'netaddr>=1.0.0'"
    assert f"    Task failed: the Python library netaddr is missing: {pip}" in done.stdout.splitlines()


@pytest.mark.parametrize("inventory", sorted(path.name for path in (ROOT / "inventories").iterdir()))
def test_this_machine_suits_every_inventory(inventory: str) -> None:
    """It is in none of them, and is given the variables of all hosts nevertheless."""
    done = run(ROOT, f"inventories/{inventory}", "playbooks/requirements.yml")
    assert done.returncode == 0, done.stdout + done.stderr
