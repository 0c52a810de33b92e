# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when a host or a cluster is not what the modules around kubeadm can work with."""

from __future__ import annotations

import datetime
import re
import stat
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils import _kubeadm_run as host
from ansible_collections.homelab.kubernetes.plugins.modules import (
    kubeadm_init,
    kubeadm_join,
    kubeadm_reset,
    kubeadm_token,
)

PARAMS = {"name": "w1", "address": "192.0.2.21", "endpoint": "192.0.2.11:6443", "discovery": None}
WAY_OUT = "If nothing of it is needed, run `kubeadm reset` on the host yourself, then run the playbook again."


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host on which everything of kubeadm lies in one folder."""
    for name in ("ADMIN", "RECORD", "CA", "KUBELET", "KUBELET_CLIENT", "PRIVATE", "LEASE"):
        monkeypatch.setattr(host, name, str(tmp_path / name.lower()))
    monkeypatch.setattr(kubeadm_join, "REMAINS", (str(tmp_path / "ca"), str(tmp_path / "config.yaml")))
    monkeypatch.setattr(kubeadm_join, "CONTROL_PLANE", (str(tmp_path / "manifests/kube-*.yaml"),))
    monkeypatch.setattr(kubeadm_init, "REMAINS", (str(tmp_path / "admin"),))
    monkeypatch.setattr(kubeadm_reset, "REMAINS", (str(tmp_path / "config.yaml"),))
    return tmp_path


def api(monkeypatch: pytest.MonkeyPatch, cluster: str, node: str) -> None:
    """What the network answers; that these words are told rightly is shown with real TLS in test__kubeadm_run."""
    monkeypatch.setattr(host, "vouches", lambda _endpoint: cluster)
    monkeypatch.setattr(host, "node_object", lambda _endpoint, _name: node)


def test_a_worker_of_another_cluster(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "kubelet").write_text("    server: https://192.0.2.99:6443\n")
    api(monkeypatch, "other", "unknown")
    error = (
        f"this host belongs to another cluster: its CA ({files}/ca) did not sign the API at 192.0.2.11:6443, and its node "
        f"reports to 192.0.2.99:6443. {WAY_OUT}"
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_join.look(PARAMS)


def test_a_control_plane_that_should_be_a_worker(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = files / "manifests/kube-apiserver.yaml"
    manifest.parent.mkdir()
    manifest.touch()
    api(monkeypatch, "", "unknown")
    error = f"this host should be a worker, but holds {manifest} of a control plane. {WAY_OUT}"
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_join.look(PARAMS)


def test_credentials_that_are_refused(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "kubelet").touch()
    api(monkeypatch, "same", "refused")
    error = (
        f"the API at 192.0.2.11:6443 refuses the credentials of node w1 in {files}/kubelet: they have expired, or were made "
        "for another name. Drain and delete the node, run `kubeadm reset` on the host, then run the playbook again."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_join.look(PARAMS)


def test_remains_whose_cluster_does_not_answer(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (files / "ca").touch()
    api(monkeypatch, "unknown", "unknown")
    error = (
        f"this host holds {files}/ca of a join that was not begun from here, and no API answers at 192.0.2.11:6443 to tell "
        f"whose it is. {WAY_OUT}"
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_join.look(PARAMS)


def test_a_control_plane_of_somebody(files: Path) -> None:
    (files / "admin").touch()
    error = (
        f"this host holds {files}/admin, but no control plane answers at 192.0.2.11:6443 and none was begun from here; running "
        "kubeadm over it could destroy somebody's cluster. If nothing of it is needed, run `kubeadm reset` on the host "
        "yourself, then run the playbook again."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_init.look("192.0.2.11", 0)


def test_a_control_plane_whose_api_is_away(files: Path) -> None:
    (files / "admin").touch()
    host.note(control_plane="complete")
    error = (
        "the control plane of this host is installed, but its API at 192.0.2.11:6443 has not been ready for 0 s; look at "
        "`journalctl -u kubelet` and `crictl ps -a` on the host."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_init.look("192.0.2.11", 0)


def test_a_reset_of_what_is_somebody_elses(files: Path) -> None:
    (files / "config.yaml").touch()
    error = (
        f"this host holds {files}/config.yaml, which was not made from here; removing it could destroy somebody's cluster. "
        "If nothing of it is needed, set foreign: true."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_reset.act({"foreign": False, "path": "unused"}, True)


def test_a_ca_that_has_expired(files: Path, fixtures: Path) -> None:
    (files / "ca").write_text((fixtures / "kubeadm/ca.crt").read_text())
    now = datetime.datetime(2099, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
    until = kubeadm_token._token.not_after(host.read(host.CA))
    error = (
        f"the CA of the cluster ({files}/ca) expired on {until:%Y-%m-%d %H:%M} UTC, so no node can join, and kubeadm cannot "
        "renew it; replace it as https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/ says. If that date "
        "is yet to come, set this host's clock: it says 2099-01-02 03:04 UTC"
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_token.authority(now)


def test_a_host_without_a_ca(files: Path) -> None:
    error = f"{files}/ca is not there, so this host is no finished control plane; run site.yml first"
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_token.authority(datetime.datetime.now(datetime.timezone.utc))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            'Error from server (InternalError): an error on the server ("boom") has prevented the request from succeeding',
            "the API answers with an error of its own (500 or 503), mostly because etcd is not well. Look at `crictl logs` of "
            "etcd and kube-apiserver on the control plane. ",
        ),
        (
            'error: error loading config file "/etc/kubernetes/admin.conf": yaml: control characters are not allowed',
            "/etc/kubernetes/admin.conf cannot be read, or is empty. Remove it and make it anew with `kubeadm init phase "
            "kubeconfig admin`. ",
        ),
        (
            "The connection to the server 192.0.2.11:6443 was refused - did you specify the right host or port?",
            "the API is down or cannot be reached from here. Look at `crictl ps -a` and `journalctl -u kubelet` on the control "
            "plane, and whether port 6443 is open. ",
        ),
    ],
)
def test_an_api_that_lists_no_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, cause: str) -> None:
    """The words are those of kubectl 1.37 at a server that answers 500, with a broken file, at a closed port."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    kubectl.chmod(stat.S_IRWXU)
    monkeypatch.setattr(host, "ENVIRONMENT", {"PATH": f"{tmp_path}:/bin:/usr/bin"})
    begin = "the API of this control plane did not list its tokens, so whether one is there is unknown: "
    with pytest.raises(ValueError, match=exactly(f"{begin}{cause}({said})")):
        kubeadm_token.tokens()
