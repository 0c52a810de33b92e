# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens: whose is used, which are revoked, and what a person reads where none can be had."""

from __future__ import annotations

import base64
import datetime
import json
import stat
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import kubeadm_token
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.kubeadm_of_tests import exactly


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
