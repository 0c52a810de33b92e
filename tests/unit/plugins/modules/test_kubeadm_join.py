# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when a host cannot become a worker, and what happens with a join that was cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import kubeadm_join
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.kubeadm_of_tests import LOCK, WAY_OUT, exactly

PARAMS = {"name": "w1", "address": "192.0.2.21", "endpoint": "192.0.2.11:6443", "discovery": None}


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


UNSETTLED = (
    "the join of this host was cut off after its kubelet had got a certificate, and for 60 s no API at 192.0.2.11:6443 has said "
    "whether node w1 is in its cluster; pods that run here would be lost if the join was begun again. Look whether the API "
    f"answers and can be reached from here, then run the playbook again. {WAY_OUT}"
)
STRANGER = "this host belongs to another cluster: its CA ({}/ca) did not sign the API at 192.0.2.11:6443, and its node reports to "


class Network:
    """What the network answers, look by look; the last answer stays. A look takes a second, and waiting its time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: list[tuple[str, str]]) -> None:
        self.answers, self.now, self.commands = list(answers), 0.0, list[str]()
        monkeypatch.setattr(host, "vouches", lambda _endpoint: self.answers[0][0])
        monkeypatch.setattr(host, "node_object", lambda _endpoint, _name: self.node())
        monkeypatch.setattr(host, "run", lambda command, _label, _lock: self.commands.append(" ".join(command)))
        clock = type("Clock", (), {"monotonic": lambda: self.now, "sleep": self.sleep})
        monkeypatch.setattr(kubeadm_join, "time", clock)

    def node(self) -> str:
        self.now += 1
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])[1]

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def cut_off(files: Path) -> Path:
    """A worker whose kubelet had its certificate when the join was cut off."""
    for name in ("kubelet", "kubelet_client", "ca"):
        (files / name).touch()
    host.note(worker="started")
    return files


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (("same", "unknown"), UNSETTLED),
        (("unknown", "unknown"), UNSETTLED),
        (("other", "unknown"), STRANGER + f"nobody yet. {WAY_OUT}"),
    ],
)
def test_a_join_that_was_cut_off_and_an_api_that_is_away(
    cut_off: Path, monkeypatch: pytest.MonkeyPatch, answer: tuple[str, str], error: str
) -> None:
    network = Network(monkeypatch, [answer])
    discovery = {"endpoint": PARAMS["endpoint"], "token": "t", "ca_cert_hash": "h"}
    with pytest.raises(ValueError, match=exactly(error.format(cut_off))):
        kubeadm_join.act({**PARAMS, "state": "joined", "discovery": discovery}, LOCK)
    assert (network.commands, host.record()) == ([], {"worker": "started"})
    assert 60 <= network.now < 70


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (("same", "present"), ("partial", "finish")),
        (("same", "missing"), ("partial", "register")),
        (("same", "refused"), ("partial", "restart")),
    ],
)
def test_an_api_that_is_away_for_a_moment(
    cut_off: Path, monkeypatch: pytest.MonkeyPatch, then: tuple[str, str], expected: tuple[str, str]
) -> None:
    network = Network(monkeypatch, [("unknown", "unknown"), ("other", "unknown"), ("same", "unknown"), then])
    assert kubeadm_join.look(PARAMS) == expected
    assert network.now == 10


@pytest.mark.parametrize(
    ("state", "lock", "expected", "commands"),
    [
        ("repaired", LOCK, {"changed": False, "needs_token": True}, []),
        ("joined", None, {"changed": True, "needs_token": False}, []),
        ("joined", LOCK, {"changed": True, "needs_token": False}, ["kubeadm join --config FILE"]),
    ],
)
def test_a_host_that_is_no_node_yet(
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    lock: int | None,
    expected: dict[str, bool],
    commands: list[str],
) -> None:
    api(monkeypatch, "", "unknown")
    ran: list[str] = []

    def run(command: list[str], _label: str, held: int) -> host.Ran:
        assert held == LOCK
        ran.append(" ".join(command).replace(command[-1], "FILE"))
        return host.Ran([], [])

    monkeypatch.setattr(host, "run", run)
    discovery = {"endpoint": PARAMS["endpoint"], "token": "t", "ca_cert_hash": "h"} if state == "joined" else None
    more = {"configuration": {}, "ignore_preflight_errors": []}
    found = kubeadm_join.act({**PARAMS, **more, "state": state, "discovery": discovery}, lock)
    assert found == {"state": "absent", "repair": "", "phases": [], "findings": [], **expected}
    assert ran == commands
    assert host.record() == ({"worker": "complete"} if commands else {})


@pytest.mark.parametrize(("then", "changed"), [(("same", "present"), True), (("same", "refused"), False)])
def test_what_needs_no_token_is_repaired(
    cut_off: Path, monkeypatch: pytest.MonkeyPatch, then: tuple[str, str], changed: bool
) -> None:
    network = Network(monkeypatch, [then])
    found = kubeadm_join.act({**PARAMS, "state": "repaired"}, LOCK)
    assert (found["state"], found["changed"], found["needs_token"]) == ("partial", changed, not changed)
    assert (network.commands, host.record()) == ([], {"worker": "complete" if changed else "started"})


def test_a_kubelet_without_a_certificate_joins_again(cut_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cut_off / "kubelet_client").unlink()
    network = Network(monkeypatch, [("same", "unknown")])
    assert kubeadm_join.look(PARAMS) == ("partial", "restart")
    assert network.now == 1
