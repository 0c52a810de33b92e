# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that lies: what it returns decides nothing on the control node and nothing about other machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# What a machine answers in the place of any module, since it owns the Python that would run it.
LIE = {
    "changed": False,
    "host": {"firewalls": ["ufw"]},
    "ansible_facts": {
        "cluster_node_ip": "192.0.2.2,192.0.2.1",
        "verify_summary_html": "/tmp/elsewhere",
        "cluster_kubeconfig": "/tmp/elsewhere",
        "os_family": "Debian",
        "distribution": "Debian",
    },
}
# make sets stricter values than users have.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
SHOW = {
    "addresses": "{{ groups['cluster'] | homelab.kubernetes.node_addresses(hostvars) }}",
    "kubeconfig": "{{ cluster_kubeconfig }}",
    "facts": "{{ ansible_facts | dict2items | map(attribute='key') | sort }}",
}


def play(folder: Path, module: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Two machines, the second of which answers every module so; then shows what the roles would read."""
    (folder / "python").write_text(f"#!/bin/sh\ncat > /dev/null\necho '{json.dumps(LIE)}'\n")
    (folder / "python").chmod(0o755)
    hosts = {
        "mini1": {"ansible_host": "192.0.2.1", "ansible_connection": "local"},
        "mini2": {
            "ansible_host": "192.0.2.2",
            "ansible_connection": "local",
            "ansible_python_interpreter": str(folder / "python"),
        },
    }
    inventory = {"cluster": {"children": {"control_plane": {"hosts": {"mini1": {}}}, "workers": {"hosts": hosts}}}}
    (folder / "hosts.json").write_text(json.dumps(inventory))
    tasks = [
        {"name": "Variables", "ansible.builtin.import_role": {"name": "homelab.kubernetes.cluster"}},
        {"name": "Look", module: {}},
        {"name": "Show", "ansible.builtin.debug": {"msg": SHOW}},
    ]
    (folder / "play.json").write_text(json.dumps([{"hosts": "mini2", "gather_facts": False, "tasks": tasks}]))
    return subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(folder / "hosts.json"), str(folder / "play.json")],
        cwd=folder,
        env={
            **PLAIN,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.json",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def shown(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What the last task printed."""
    told: dict[str, object] = json.loads(done.stdout)["plays"][0]["tasks"][-1]["hosts"]["mini2"]["msg"]
    return told


@pytest.mark.parametrize("module", ["homelab.kubernetes.host_facts", "ansible.builtin.ping"])
def test_facts_change_no_variable(tmp_path: Path, module: str) -> None:
    told = shown(play(tmp_path, module))
    assert told["addresses"] == {"mini1": ["192.0.2.1"], "mini2": ["192.0.2.2"]}
    assert told["kubeconfig"] == str(tmp_path / "homelab.kubeconfig")
    if module.endswith("host_facts"):
        assert told["facts"] == ["distribution", "os_family"]


def test_by_the_default_of_ansible_they_would(tmp_path: Path) -> None:
    told = shown(play(tmp_path, "ansible.builtin.ping", ANSIBLE_INJECT_FACT_VARS="true"))
    assert told["addresses"] == {"mini1": ["192.0.2.1"], "mini2": ["192.0.2.2", "192.0.2.1"]}


def test_an_installed_collection_stops_where_facts_would(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "homelab.kubernetes.requirements"],
        cwd=tmp_path,
        env={
            **PLAIN,
            "ANSIBLE_CONFIG": str(tmp_path / "none.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "export ANSIBLE_INJECT_FACT_VARS=false" in done.stdout
