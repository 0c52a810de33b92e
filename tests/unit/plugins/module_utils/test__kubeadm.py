# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils import _kubeadm

TOKEN = "abcdef.0123456789abcdef"


def test_redact_takes_the_token_and_nothing_else_out_of_real_output(fixtures: Path) -> None:
    text = (fixtures / "kubeadm/init-1.37.txt").read_text()
    assert TOKEN in text
    assert _kubeadm.redact(text) == text.replace(TOKEN, "<token>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"--certificate-key {'0a' * 32} \\", "--certificate-key <key> \\"),
        (f"Using certificate key:\n{'0a' * 32}", "Using certificate key:\n<key>"),
        (f"sha256:{'0a' * 32}", f"sha256:{'0a' * 32}"),
        ("version 1.37.1", "version 1.37.1"),
    ],
)
def test_redact(text: str, expected: str) -> None:
    assert _kubeadm.redact(text) == expected


def test_complaints_of_a_host_that_is_already_a_control_plane(fixtures: Path) -> None:
    found = _kubeadm.complaints((fixtures / "kubeadm/preflight-1.37.txt").read_text())
    assert len(found) == 12
    assert found[0] == {"severity": "error", "check": "Port-6443", "message": "Port 6443 is in use"}
    assert found[10] == {
        "severity": "error",
        "check": "DirAvailable--var-lib-etcd",
        "message": "/var/lib/etcd is not empty",
    }
    assert found[11]["severity"] == "warning"
    assert found[11]["check"] == "SystemVerification"


def test_failure_names_every_error_once(fixtures: Path) -> None:
    message = _kubeadm.failure("kubeadm init", (fixtures / "kubeadm/preflight-1.37.txt").read_text())
    assert message.splitlines()[:2] == ["kubeadm init refused this host:", "  - Port-6443: Port 6443 is in use"]
    assert len(message.splitlines()) == 12
    assert "SystemVerification" not in message


def test_failure_without_complaints_is_the_end_of_the_output() -> None:
    output = "\n".join(["first", *map(str, range(20)), f"token {TOKEN} refused", ""])
    assert _kubeadm.failure("kubeadm join", output).splitlines() == [
        "kubeadm join failed:",
        *(f"  {n}" for n in range(9, 20)),
        "  token <token> refused",
    ]


def test_phases() -> None:
    lines = [
        (10.0, "[init] Using\n"),
        (10.5, "[certs] a\n"),
        (11.0, "[certs] b\n"),
        (11.5, "noise\n"),
        (12.0, "[etcd] c\n"),
    ]
    assert _kubeadm.phases(lines, 15.0) == [
        {"name": "init", "seconds": 0.5},
        {"name": "certs", "seconds": 1.5},
        {"name": "etcd", "seconds": 3.0},
    ]
    assert _kubeadm.phases([], 1.0) == []


@pytest.mark.parametrize(
    ("record", "remains", "healthy", "expected"),
    [
        ("", [], False, "absent"),
        ("", ["/etc/kubernetes/admin.conf"], True, "done"),
        ("", ["/etc/kubernetes/admin.conf"], False, "foreign"),
        ("started", [], False, "partial"),
        ("started", ["/var/lib/etcd/member"], False, "partial"),
        ("started", ["/var/lib/etcd/member"], True, "done"),
        ("complete", ["/var/lib/etcd/member"], False, "done"),
        ("complete", ["/var/lib/etcd/member"], True, "done"),
    ],
)
def test_control_plane_state(record: str, remains: list[str], healthy: bool, expected: str) -> None:
    assert _kubeadm.control_plane_state(record, remains, healthy) == expected
