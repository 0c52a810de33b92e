# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker whose cluster gets another endpoint, and a control plane of one, step by step."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import move
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import kubeadm_join
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.kubeadm_of_tests import LOCK, exactly
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

OLD, NEW = "192.0.2.11:6443", "192.0.2.10:6443"
KUBECONFIG = "clusters:\n- cluster:\n    server: https://{}\n"
PARAMS = {"state": "repaired", "name": "w1", "address": "192.0.2.21", "endpoint": NEW, "move": True, "discovery": None}


@pytest.fixture
def worker(files: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node that reports to the old endpoint, in a cluster whose API answers at both."""
    for name in ("kubelet_client", "ca"):
        (files / name).touch()
    (files / "kubelet").write_text(KUBECONFIG.format(OLD))
    monkeypatch.setattr(host, "ENVIRONMENT", {"PATH": f"{machine.programs}:/bin:/usr/bin"})
    monkeypatch.setattr(host, "vouches", lambda _endpoint: "same")
    monkeypatch.setattr(host, "node_object", lambda _endpoint, _name: "present")
    machine.program("systemctl")
    return files / "kubelet"


def act(lock: int | None = LOCK, **changed: t.Any) -> bool:
    return bool(kubeadm_join.act({**PARAMS, **changed}, lock)["changed"])


def test_a_worker_moves_once(worker: Path, machine: Machine) -> None:
    assert act(move=False) is False
    assert act(lock=None) is True
    assert worker.read_text() == KUBECONFIG.format(OLD)
    machine.commands()
    assert act() is True
    assert worker.read_text() == KUBECONFIG.format(NEW)
    assert worker.stat().st_mode & 0o777 == 0o600
    assert machine.commands() == ["systemctl stop kubelet", "systemctl start kubelet"]
    assert act() is False
    assert machine.commands() == ["systemctl is-active --quiet kubelet"]


def test_a_move_that_was_cut_off_before_the_kubelet_started_again(worker: Path, machine: Machine) -> None:
    worker.write_text(KUBECONFIG.format(NEW))
    machine.program("systemctl", '[ "$1" != is-active ]')
    assert act() is True
    assert machine.commands()[-1] == "systemctl start kubelet"


def test_a_worker_stays_where_it_is_while_nobody_answers(
    worker: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "vouches", lambda _endpoint: "unknown")
    error = (
        f"the node on this host reports to {OLD}, and no API of its cluster answers at {NEW} from here, so it was not moved there. "
        f"Look whether {NEW} can be reached from this host."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        act()
    assert worker.read_text() == KUBECONFIG.format(OLD)
    assert machine.commands() == []


CONFIGURATION = (
    "apiServer:\n  certSANs:\n  - 192.0.2.11\ncertificatesDir: /etc/kubernetes/pki\ncontrolPlaneEndpoint: {}\n"
)
CA_DATA, PROXY_DATA = {"kubeconfig": KUBECONFIG.format(OLD)}, {"kubeconfig.conf": KUBECONFIG.format(OLD)}


class Cluster:
    """What kubectl tells and is told; a patch stays."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, t.Any]] = {
            "configmap/kubeadm-config": {"data": {"ClusterConfiguration": CONFIGURATION.format(OLD)}},
            "configmap/cluster-info": {"data": dict(CA_DATA)},
            "configmap/kube-proxy": {"data": dict(PROXY_DATA)},
            "daemonset/kube-proxy": {},
        }
        self.patched: list[str] = []

    def kubectl(self, verb: str, *words: str, **_options: t.Any) -> str:
        what = next(word for word in words if word.startswith(("configmap/", "daemonset/")))
        if verb == "get":
            return json.dumps(self.kept[what]) if what in self.kept else ""
        change = json.loads(next(word for word in words if word.startswith("--patch=")).partition("=")[2])
        self.patched.append(what)
        self.kept[what].setdefault("data", {}).update(change.get("data", {}))
        self.kept[what].update({"template": change["spec"]} if "spec" in change else {})
        return ""


@pytest.fixture
def cluster(files: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A control plane whose certificate is good for both, behind an address that answers."""
    found = Cluster()
    for name in ("admin", "super_admin"):
        (files / name).write_text(KUBECONFIG.format(OLD))
    monkeypatch.setattr(host, "kubectl", found.kubectl)
    monkeypatch.setattr(host, "vouches", lambda _endpoint: "same")
    monkeypatch.setattr(move, "_shown", lambda _address, _name: True)
    monkeypatch.setattr(move, "_ready", lambda _endpoint: True)
    return found


NODE = {"name": "cp1", "address": "192.0.2.11"}


def test_a_control_plane_moves_and_its_own_file_is_the_last(cluster: Cluster, files: Path) -> None:
    move.control_plane(NODE, NEW, ["192.0.2.10", "192.0.2.12"], LOCK)
    kept = cluster.kept["configmap/kubeadm-config"]["data"]["ClusterConfiguration"]
    assert "controlPlaneEndpoint: 192.0.2.10:6443\n" in kept
    assert "  certSANs:\n  - 192.0.2.10\n  - 192.0.2.11\n  - 192.0.2.12\n" in kept
    assert cluster.kept["configmap/cluster-info"]["data"]["kubeconfig"] == KUBECONFIG.format(NEW)
    assert cluster.kept["configmap/kube-proxy"]["data"]["kubeconfig.conf"] == KUBECONFIG.format(NEW)
    assert NEW in json.dumps(cluster.kept["daemonset/kube-proxy"]["template"])
    assert [(files / name).read_text() for name in ("admin", "super_admin")] == [KUBECONFIG.format(NEW)] * 2
    assert move.elsewhere(str(files / "admin"), NEW) == ""


def test_a_cluster_without_kube_proxy_moves_too(cluster: Cluster) -> None:
    del cluster.kept["configmap/kube-proxy"], cluster.kept["daemonset/kube-proxy"]
    move.control_plane(NODE, NEW, [], LOCK)
    assert cluster.patched == ["configmap/kubeadm-config", "configmap/cluster-info"]


def test_nothing_changes_while_nobody_answers_at_the_new_endpoint(
    cluster: Cluster, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move, "PATIENCE", 0)
    monkeypatch.setattr(host, "vouches", lambda _endpoint: "unknown")
    error = (
        f"no API of this cluster answers at {NEW}, after 0 s of waiting; the cluster keeps the endpoint that it has, which still "
        "answers. Look whether the address is there (`ip address`, `journalctl -u keepalived`) or the balancer lets it through, "
        "then run the playbook again."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        move.control_plane(NODE, NEW, [], LOCK)
    assert cluster.patched == []
    assert (files / "admin").read_text() == KUBECONFIG.format(OLD)
