# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads when a host or a cluster is not what the modules around kubeadm can work with."""

from __future__ import annotations

import base64
import datetime
import json
import os
import re
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import documents as config
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import (
    kubeadm_init,
    kubeadm_join,
    kubeadm_reset,
    kubeadm_token,
)

LOCK = 99
PARAMS = {"name": "w1", "address": "192.0.2.21", "endpoint": "192.0.2.11:6443", "discovery": None}
WAY_OUT = "If nothing of it is needed, run `kubeadm reset` on the host yourself, then run the playbook again."


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host on which everything of kubeadm lies in one folder."""
    for name in ("DATA", "MANIFESTS", "NETWORKS"):
        monkeypatch.setattr(_kubeadm_note, name, str(tmp_path / name.lower()))
    for name in ("ADMIN", "SUPER_ADMIN", "RECORD", "CA", "KUBELET", "KUBELET_CLIENT", "PRIVATE", "LEASE"):
        monkeypatch.setattr(host, name, str(tmp_path / name.lower()))
    monkeypatch.setattr(kubeadm_join, "BOOTSTRAP", str(tmp_path / "bootstrap"))
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
        kubeadm_reset.act({"foreign": False, "path": "unused"}, None)


def test_a_ca_that_has_expired(files: Path, fixtures: Path) -> None:
    (files / "ca").write_text((fixtures / "kubeadm/ca.crt").read_text())
    now = datetime.datetime(2099, 1, 2, 3, 4, tzinfo=datetime.timezone.utc)
    until = kubeadm_token._token.not_after(Path(host.CA).read_text())
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


ANNA, BERT = "homelab.kubernetes anna@laptop", "homelab.kubernetes bert@desk"
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)


def token(token_id: str, description: str | None, minutes: float | None) -> dict[str, t.Any]:
    """A token Secret with so many minutes to live."""
    fields = {
        "token-id": token_id,
        "token-secret": "0123456789abcdef",
        "description": description,
        "expiration": None if minutes is None else f"{NOW + datetime.timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
        "auth-extra-groups": kubeadm_token._token.GROUP,
    }
    data = {key: base64.b64encode(value.encode()).decode() for key, value in fields.items() if value is not None}
    return {"metadata": {"name": f"bootstrap-token-{token_id}"}, "data": data}


TOKENS = [
    token("anna01", ANNA, 29),
    token("anna02", ANNA, -1),
    token("bert01", BERT, 29),
    token("bert02", BERT, -1),
    token("older1", "homelab.kubernetes", 29),
    token("person", "backup", None),
    token("people", None, -1),
]


@pytest.fixture
def cluster(files: Path, fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A control plane with TOKENS; what it was asked for beside questions."""
    (files / "ca").write_text((fixtures / "kubeadm/ca.crt").read_text())
    done: list[tuple[str, ...]] = []
    info = {"data": {"kubeconfig": "    server: https://192.0.2.11:6443\n"}}

    def kubectl(*arguments: str, stdin: str | None = None) -> str:
        if arguments[0] == "get":
            return json.dumps({"items": TOKENS} if arguments[1] == "secrets" else info)
        done.append((*arguments, stdin) if stdin else arguments)
        return ""

    monkeypatch.setattr(host, "kubectl", kubectl)
    return done


@pytest.mark.parametrize(
    ("params", "revoked"),
    [
        # One of another operator's run, made a minute ago, stays.
        ({"description": ANNA}, ["anna01", "anna02", "bert02", "people"]),
        ({"description": BERT}, ["anna02", "bert01", "bert02", "people"]),
        ({"description": "rack 3"}, ["anna02", "bert02", "people"]),
        ({"description": ANNA, "token_id": "person"}, ["person"]),
        ({"description": ANNA, "token_id": "gone00"}, []),
    ],
)
def test_revoked_tokens(cluster: list[tuple[str, ...]], params: dict[str, str], revoked: list[str]) -> None:
    result = kubeadm_token.absent({"token_id": None, **params}, NOW, False)
    assert (result["revoked"], result["changed"]) == (revoked, bool(revoked))
    names = [f"bootstrap-token-{name}" for name in revoked]
    wanted = ("delete", "secret", *names, "--namespace=kube-system", "--ignore-not-found")
    assert cluster == ([wanted] if revoked else [])


@pytest.mark.parametrize(
    ("description", "reuse", "found"),
    [(ANNA, True, "anna01"), (BERT, True, "bert01"), ("rack 3", True, "person"), (ANNA, False, "")],
)
def test_whose_token_is_used(cluster: list[tuple[str, ...]], description: str, reuse: bool, found: str) -> None:
    asked = {"reuse": reuse, "minimum_ttl": 600, "ttl": 1800, "description": description, "certificate_key": False}
    result = kubeadm_token.present(asked, NOW, False)
    assert result["made"] is not bool(found)
    if found:
        assert (result["token_id"], cluster) == (found, [])
    else:
        assert json.loads(cluster[0][-1])["stringData"]["description"] == description


@pytest.mark.parametrize(("keep_going", "key"), [(True, "problem"), (False, "msg")])
def test_the_cause_is_told_instead_of_a_failure(
    files: Path,
    fixtures: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    keep_going: bool,
    key: str,
) -> None:
    (files / "ca").write_text((fixtures / "kubeadm/ca.crt").read_text())
    kubectl = files / "kubectl"
    refused = "The connection to the server 192.0.2.11:6443 was refused - did you specify the right host or port?"
    kubectl.write_text(f"#!/bin/sh\necho '{refused} abcdef.0123456789abcdef' >&2\nexit 1\n")
    kubectl.chmod(stat.S_IRWXU)
    monkeypatch.setattr(host, "ENVIRONMENT", {"PATH": f"{files}:/bin:/usr/bin"})
    monkeypatch.setattr(
        basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": {"keep_going": keep_going}}).encode()
    )
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
    with pytest.raises(SystemExit):
        kubeadm_token.main()
    told = json.loads(capsys.readouterr().out)
    assert told.get("failed", False) is not keep_going
    assert told[key] == (
        "the API of this control plane did not list its tokens, so whether one is there is unknown: the API is down or cannot "
        "be reached from here. Look at `crictl ps -a` and `journalctl -u kubelet` on the control plane, and whether port 6443 "
        f"is open. ({refused} <token>)"
    )


BEGAN = 1_800_000_000
OLD, NEW = [{"kind": "InitConfiguration"}], [{"kind": "InitConfiguration", "other": "settings"}]
Documents = t.List[t.Dict[str, t.Any]]
PRISTINE = ["Node//cp1", "Namespace//default", "Pod/kube-system/etcd-cp1", "Deployment/kube-system/coredns"]
SHOP, WORKER = [*PRISTINE, "Namespace//shop"], [*PRISTINE, "Node//w1"]


class Start:
    """A control plane whose start was cut off: what runs on it, and the commands that it was given."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.params = {"address": "192.0.2.11", "path": str(folder / "kubeadm.yaml"), "timeout": 120, "documents": OLD}
        self.ready, self.objects, self.whole, self.fails = True, t.cast("list[str] | None", PRISTINE), True, ""
        self.commands: list[str] = []
        self.waited: list[float] = []
        (folder / "kubeadm.yaml").write_text(config.text(OLD))
        host.note(control_plane="started", began=BEGAN)
        monkeypatch.setattr(host, "api_ready", self.api_ready)
        monkeypatch.setattr(host, "kubectl", self.kubectl)
        monkeypatch.setattr(host, "run", self.run)
        monkeypatch.setattr(kubeadm_init.time, "time", lambda: BEGAN + 21 * 86400.0)

    def etcd(self, seconds: float) -> None:
        """Data of etcd, written for so long after the beginning."""
        path = self.folder / "data/member/wal/0-0.wal"
        path.parent.mkdir(parents=True)
        path.touch()
        for place in (path, self.folder / "data/member"):
            os.utime(place, (BEGAN + seconds, BEGAN + seconds))

    def api_ready(self, address: str, seconds: float = 0) -> bool:
        assert address == "192.0.2.11"
        self.waited.append(seconds)
        return self.ready

    def kubectl(self, *arguments: str, kubeconfig: str = "") -> str:
        if arguments[1] == kubeadm_init.KINDS:
            if self.objects is None:
                raise ValueError("Forbidden")
            return "".join(f"{name}\n" for name in self.objects)
        if "daemonset/kube-proxy" in arguments and not self.whole:
            raise ValueError("NotFound")
        return ""

    def run(self, command: list[str], label: str, lock: int) -> host.Ran:
        assert lock == LOCK
        line = " ".join(command).replace(str(self.folder), "")
        self.commands.append(re.sub(r"/private/\S+", "FILE", line))
        if self.fails and self.fails in line:
            raise host.KubeadmError("kubeadm init failed:\n  boom", [])
        return host.Ran([{"name": "addons", "seconds": 1.0}], [])

    def act(self, check_mode: bool = False) -> dict[str, t.Any]:
        return kubeadm_init.act(self.params, None if check_mode else LOCK)


FINISH = "kubeadm init --config /kubeadm.yaml --skip-phases=preflight,certs,kubeconfig,etcd,control-plane,kubelet-start"
RESTART = [
    "kubeadm reset --force",
    "kubeadm config validate --config FILE",
    "kubeadm init --config /kubeadm.yaml",
]


@pytest.fixture
def start(files: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    return Start(files, monkeypatch)


@pytest.mark.parametrize(
    ("etcd", "given", "wanted", "commands", "repair"),
    [
        # Cut off before the kubelet began: nobody is waited for.
        (None, {}, OLD, RESTART, "restart"),
        (20, {}, OLD, [FINISH], "finish"),
        (20, {"objects": None}, OLD, [FINISH], "finish"),
        (20, {"fails": "--skip-phases"}, OLD, [FINISH, *RESTART], "restart"),
        (20, {"ready": False}, OLD, RESTART, "restart"),
        (20, {"ready": False}, NEW, RESTART, "restart"),
        # Whoever cuts a run off to correct a setting gets it, as long as the cluster is nobody's.
        (20, {}, NEW, RESTART, "restart"),
        (20, {"objects": None}, NEW, RESTART, "restart"),
        # In use: finished as it began, with what is missing, and never reset.
        (20, {"objects": SHOP}, OLD, [], "finish"),
        (20, {"objects": SHOP}, NEW, [], "finish"),
        (20, {"objects": WORKER}, NEW, [], "finish"),
        (20, {"objects": WORKER, "whole": False}, NEW, [FINISH], "finish"),
        (21 * 86400, {"objects": None}, NEW, [], "finish"),
        (21 * 86400, {}, NEW, [], "finish"),
        # Cut off in the evening, the machine left on, run again in the morning.
        (12 * 3600, {"whole": False}, OLD, [FINISH], "finish"),
        (12 * 3600, {"whole": False, "fails": "--skip-phases"}, OLD, [FINISH, *RESTART], "restart"),
        # kubeadm failed for a setting, which a person has corrected since.
        (12 * 3600, {"whole": False}, NEW, RESTART, "restart"),
        (12 * 3600, {"whole": False, "objects": None}, NEW, [FINISH], "finish"),
    ],
)
def test_a_start_that_was_cut_off(
    start: Start, etcd: float | None, given: dict[str, t.Any], wanted: Documents, commands: list[str], repair: str
) -> None:
    if etcd is not None:
        start.etcd(etcd)
    start.params["documents"] = wanted
    vars(start).update(given)
    predicted = start.act(check_mode=True)
    assert (predicted["changed"], start.commands, host.record()["control_plane"]) == (True, [], "started")
    result = start.act()
    assert (start.commands, result["repair"], result["state"], result["changed"]) == (commands, repair, "partial", True)
    assert predicted["repair"] == ("finish" if "fails" in given else repair)
    assert set(start.waited) == ({120} if etcd is not None else set())
    assert host.record()["control_plane"] == "complete"
    kept = config.text(OLD if repair == "finish" else wanted)
    assert (start.folder / "kubeadm.yaml").read_text() == kept
    assert result["diff"]["after"] == kept
    began = BEGAN if repair == "finish" else BEGAN + 21 * 86400
    assert host.record()["began"] == began


AWAY = (
    "the start of this control plane was cut off, but its cluster was used afterwards: {}. Its API at 192.0.2.11:6443 has not "
    "been ready for 120 s, and beginning again would erase what the cluster holds. Look at `journalctl -u kubelet` and `crictl "
    "ps -a` on the host; when the API answers, run the playbook again and it is finished as it is. " + WAY_OUT
)


@pytest.mark.parametrize("wanted", [OLD, NEW])
@pytest.mark.parametrize(
    ("etcd", "network", "use"),
    [
        (21 * 86400, False, "etcd was still written 21 days after the start"),
        (60, True, "a pod network was installed after the start"),
    ],
)
def test_a_cluster_in_use_whose_api_is_away(
    start: Start, etcd: float, network: bool, use: str, wanted: Documents
) -> None:
    start.etcd(etcd)
    if network:
        (start.folder / "networks").touch()
        os.utime(start.folder / "networks", (BEGAN + 50, BEGAN + 50))
    start.params["documents"], start.ready = wanted, False
    for check_mode in (True, False):
        with pytest.raises(ValueError, match=exactly(AWAY.format(use))):
            start.act(check_mode)
    assert start.commands == []
    assert host.record() == {"control_plane": "started", "began": BEGAN}


def test_a_cluster_in_use_that_cannot_be_finished(start: Start) -> None:
    start.etcd(20)
    start.objects, start.whole, start.fails = [*SHOP, *(f"Namespace//n{n}" for n in range(9))], False, "--skip-phases"
    error = (
        "the start of this control plane was cut off, and kubeadm cannot finish it now: kubeadm init failed:\n  boom\nThe cluster "
        "was used afterwards (it holds Namespace//shop, Namespace//n0, Namespace//n1, Namespace//n2, Namespace//n3 and more), so it "
        f"is not begun again. Correct what kubeadm names, then run the playbook again. {WAY_OUT}"
    )
    with pytest.raises(host.KubeadmError, match=exactly(error)):
        start.act()
    assert start.commands == [FINISH]
    assert host.record()["control_plane"] == "started"


def test_phases_that_are_not_wanted_stay_so(start: Start) -> None:
    start.etcd(20)
    documents = [{"kind": "InitConfiguration", "skipPhases": ["addon/kube-proxy"]}]
    (start.folder / "kubeadm.yaml").write_text(config.text(documents))
    start.params["documents"], start.whole = documents, False
    start.act()
    assert start.commands == [f"{FINISH},addon/kube-proxy"]
    host.note(control_plane="started")
    start.commands.clear()
    start.objects = SHOP
    assert start.act()["repair"] == "finish"
    assert start.commands == []


def test_a_cluster_in_use_whose_file_is_an_earlier_releases_yaml(start: Start) -> None:
    start.etcd(20)
    yaml = "kind: InitConfiguration\nskipPhases:\n- addon/coredns\n"
    (start.folder / "kubeadm.yaml").write_text(yaml)
    start.objects, start.whole = SHOP, False
    assert start.act()["repair"] == "finish"
    assert start.commands == [f"{FINISH},addon/coredns"]
    assert (start.folder / "kubeadm.yaml").read_text() == yaml


def test_the_note_says_when_a_start_began(start: Start) -> None:
    Path(host.RECORD).write_text("")
    assert start.act()["state"] == "absent"
    assert host.record() == {"control_plane": "complete", "began": BEGAN + 21 * 86400}
