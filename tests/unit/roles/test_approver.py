# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two programs that run on a control plane, with a kubectl that writes down what it was asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ADMIN = {
    "clusters": [
        {"name": "homelab", "cluster": {"server": "https://192.0.2.11:6443", "certificate-authority-data": "Y2E="}}
    ],
    "users": [{"name": "kubernetes-admin", "user": {"client-key-data": "c2VjcmV0"}}],
}
KUBECTL = """#!{python}
import sys
with open({told!r}, "a") as stream:
    print(*sys.argv[1:], file=stream)
for words, text in {answers!r}.items():
    if words in " ".join(sys.argv):
        print(text)
        sys.exit(0)
sys.exit(7)
"""


class ControlPlane:
    """A folder as the role fills it, and the folder that systemd makes for a run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.told = folder, folder / "told"
        for name in ("prepare.py", "approve.py"):
            shutil.copy(ROOT / "roles/kubelet_certificates/files" / name, folder)
        shutil.copy(ROOT / "plugins/module_utils/_kubelet/serving_csr.py", folder / "serving_csr.py")
        (folder / "nodes.json").write_text('{"mini1": ["192.0.2.11"]}\n')
        (folder / "run").mkdir(mode=0o700)

    def answers(self, **texts: str) -> None:
        program = self.folder / "kubectl"
        words = {key.replace("_", " "): text for key, text in texts.items()}
        program.write_text(KUBECTL.format(python=sys.executable, told=str(self.told), answers=words))
        program.chmod(0o755)

    def run(self, program: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", "RUNTIME_DIRECTORY": str(self.folder / "run")}
        command = [sys.executable, "-B", str(self.folder / program)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def control_plane(tmp_path: Path) -> ControlPlane:
    return ControlPlane(tmp_path)


def test_the_token_of_a_run(control_plane: ControlPlane) -> None:
    control_plane.answers(config_view=json.dumps(ADMIN), create_token="ey.J.x")
    done = control_plane.run("prepare.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    file = control_plane.folder / "run/kubeconfig"
    assert file.stat().st_mode & 0o777 == 0o600
    config = json.loads(file.read_text())
    assert config["clusters"] == ADMIN["clusters"]
    # Nothing of the administrator's.
    assert config["users"] == [{"name": "homelab-kubelet-csr", "user": {"token": "ey.J.x"}}]
    assert config["current-context"] == "homelab-kubelet-csr"
    assert "kubernetes-admin" not in file.read_text()
    assert control_plane.told.read_text().splitlines()[1] == (
        "--kubeconfig=/etc/kubernetes/admin.conf --request-timeout=20s --namespace=kube-system create token "
        "homelab-kubelet-csr --duration=10m"
    )


def test_a_file_that_is_there_already_is_not_followed(control_plane: ControlPlane) -> None:
    control_plane.answers(config_view=json.dumps(ADMIN), create_token="ey.J.x")
    (control_plane.folder / "run/kubeconfig").symlink_to(control_plane.folder / "nodes.json")
    assert control_plane.run("prepare.py").returncode == 1
    assert (control_plane.folder / "nodes.json").read_text() == '{"mini1": ["192.0.2.11"]}\n'


def request_(name: str, user: str) -> dict[str, t.Any]:
    spec = {"signerName": "kubernetes.io/kubelet-serving", "username": user, "groups": ["system:nodes"], "request": ""}
    return {"metadata": {"name": name}, "spec": spec}


def test_what_is_refused_stands_in_the_journal(control_plane: ControlPlane) -> None:
    items = [request_("csr-1", "eve\nforged"), request_("csr-2", "system:node:mini9")]
    control_plane.answers(get_csr=json.dumps({"items": items}))
    done = control_plane.run("approve.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        r"csr-1 is not approved: eve\nforged is no node",
        "csr-2 is not approved: the inventory has no node 'mini9'",
    ]
    own = control_plane.folder / "run"
    assert control_plane.told.read_text() == (
        f"--kubeconfig={own}/kubeconfig --cache-dir={own}/cache --request-timeout=20s get csr --output=json\n"
    )


def test_more_than_fit_on_a_command_line(control_plane: ControlPlane) -> None:
    """Whoever has one node's credentials may have made thousands; nobody else's may be forgotten for them."""
    (control_plane.folder / "serving_csr.py").write_text(
        "def decide(items, nodes):\n    return [item['metadata']['name'] for item in items], {}\n"
    )
    items = [request_(f"csr-{number}", "system:node:mini1") for number in range(250)]
    control_plane.answers(get_csr=json.dumps({"items": items}), certificate_approve="")
    assert control_plane.run("approve.py").returncode == 0
    asked = [line.split("certificate approve ")[1].split() for line in control_plane.told.read_text().splitlines()[1:]]
    assert [len(names) for names in asked] == [100, 100, 50]
    assert [name for names in asked for name in names] == [item["metadata"]["name"] for item in items]


@pytest.mark.parametrize("program", ["prepare.py", "approve.py"])
def test_an_api_that_is_away(control_plane: ControlPlane, program: str) -> None:
    control_plane.answers()
    done = control_plane.run(program)
    assert (done.returncode, done.stderr) == (1, "kubectl failed with 7; the next run tries again\n")
