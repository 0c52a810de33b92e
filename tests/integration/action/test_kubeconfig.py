# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubeconfig as Ansible itself keeps it with the role's own tasks, from hosts that are honest and others."""

from __future__ import annotations

import base64
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.tests.integration.action import playbook_of_tests as playbook

ROOT = Path(__file__).resolve().parents[3]
START = "admin.conf of the host is not what kubeadm writes: "


def pem(kind: str) -> str:
    return base64.b64encode(f"-----BEGIN {kind}-----\nQUJD\n-----END {kind}-----\n".encode()).decode()


KEY = pem("RSA PRIVATE KEY")
CLUSTER = {"server": "https://10.0.0.1:6443", "certificate-authority-data": pem("CERTIFICATE")}
USER = {"client-certificate-data": pem("CERTIFICATE"), "client-key-data": KEY}


def text(cluster: dict[str, t.Any], user: dict[str, t.Any]) -> str:
    return yaml.safe_dump({"clusters": [{"name": "c", "cluster": cluster}], "users": [{"name": "u", "user": user}]})


def run(folder: Path, admin: str | None, *arguments: str, dest: str = "kept") -> tuple[int, str]:
    """The role's tasks after kubeadm_init, on this machine, with its file in a folder."""
    tasks = yaml.safe_load((ROOT / "roles/control_plane/tasks/main.yml").read_text())[2:4]
    assert list(tasks[0]) == ["name", "homelab.kubernetes.kubeconfig", "register", "no_log", "when"]
    # Here is one host, which is in no group.
    tasks[0]["when"] = tasks[0]["when"][1:]
    tasks[0]["homelab.kubernetes.kubeconfig"]["src"] = str(folder / "admin.conf")
    if admin is not None:
        (folder / "admin.conf").write_text(admin)
    variables = {
        "ansible_python_interpreter": sys.executable,
        "cluster_name": "homelab",
        "control_plane_endpoint": "192.0.2.11:6443",
        "control_plane_kubeconfig": str(folder / dest),
        "__control_plane_init": {"changed": False},
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}
    code, out = playbook.run(folder, [play], *arguments)
    return code, " ".join(out.split())


def test_an_honest_host(tmp_path: Path) -> None:
    admin = text(CLUSTER, USER)
    code, out = run(tmp_path, admin, "--check")
    assert (code, (tmp_path / "kept").exists()) == (0, False), out
    code, out = run(tmp_path, admin, "-vvvv")
    assert code == 0, out
    assert KEY not in out
    assert base64.b64encode(admin.encode()).decode() not in out
    kept = yaml.safe_load((tmp_path / "kept").read_text())
    assert kept["users"] == [{"name": "homelab-admin", "user": USER}]
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    assert "changed=0" in run(tmp_path, admin)[1]
    (tmp_path / "kept").chmod(0o644)
    assert "changed=1" in run(tmp_path, admin)[1]
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600


PROGRAM = {"apiVersion": "client.authentication.k8s.io/v1", "command": "touch", "args": ["ran"]}
HOSTILE = [
    (text(CLUSTER, {"exec": PROGRAM}), "its user has 'exec'"),
    (text({**CLUSTER, "proxy-url": "http://192.0.2.66"}, USER), "its cluster has 'proxy-url'"),
    ("a: &a [x]\nb: [*a, *a]\n", "line 2 has a YAML alias"),
    ("x" * 300_000, "it has more than 256 kB"),
    ("", "it does not hold exactly one cluster and one user"),
    ("a: 1\n---\nb: 2\n", "it does not hold exactly one cluster and one user"),
    ("x: \"{{ lookup('pipe', 'touch ran') }}\"\n", "it does not hold exactly one cluster and one user"),
]


@pytest.mark.parametrize(("admin", "what"), HOSTILE, ids=[what for _admin, what in HOSTILE])
def test_a_hostile_host(tmp_path: Path, admin: str, what: str) -> None:
    code, out = run(tmp_path, admin)
    assert code == 2
    assert f"{START}{what}. Nothing of it is used" in out
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "ran").exists()


def test_the_cause_is_told_though_secrets_are_not(tmp_path: Path) -> None:
    code, out = run(tmp_path, None)
    assert code == 2
    assert f"{tmp_path}/admin.conf of the host cannot be read: File not found: " in out.replace(": file", ": File")
    (tmp_path / "file").touch()
    code, out = run(tmp_path, text(CLUSTER, USER), dest="file/kept")
    assert code == 2
    assert (
        f"the kubeconfig {tmp_path}/file/kept cannot be written on this machine: File exists. Make the folder writable, or "
        "set cluster_kubeconfig to a file in another one" in out
    )
    (tmp_path / "folder").mkdir()
    assert (
        "cannot be written on this machine: it is a directory." in run(tmp_path, text(CLUSTER, USER), dest="folder")[1]
    )


def test_one_that_a_run_as_root_left_is_replaced(tmp_path: Path) -> None:
    """Until 0.1.0 sudo wrote it on the control node, where the inventory asked for root everywhere."""
    (tmp_path / "kept").write_text("of another time")
    (tmp_path / "kept").chmod(0)
    code, out = run(tmp_path, text(CLUSTER, USER))
    assert code == 0, out
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load((tmp_path / "kept").read_text())["current-context"] == "homelab"
