# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The screen at the end of a run."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._summary import text as s
from hypothesis import example, given
from hypothesis import strategies as st

NOW = 1_795_250_000.0  # 2026-11-21
EXPIRY = {"server": "2027-11-21T10:06:24Z", "client": "2027-11-21T10:06:24Z"}


def nodes(count: int) -> list[dict[str, t.Any]]:
    return [
        {
            "name": f"mini{n}",
            "role": "control-plane" if n == 1 else "worker",
            "address": f"192.168.0.{10 + n}",
            "os": "Ubuntu 24.04.3 LTS",
            "kubelet": "v1.37.2",
            "runtime": "containerd 2.3.4",
            "ready": True,
        }
        for n in range(1, count + 1)
    ]


def verification(count: int = 2, **changed: t.Any) -> dict[str, t.Any]:
    legs = [{"name": name, "status": "passed", "seconds": 0.1, "detail": ""} for name in ("api", "pods", "dns")]
    fixed = {
        "kubernetes_version": "v1.37.2",
        "server": "https://192.168.0.11:6443",
        "nodes": nodes(count),
        "legs": legs,
        "findings": [],
        "seconds": 2.4,
        "certificates": EXPIRY,
    }
    return {**fixed, **changed}


PLAN: dict[str, t.Any] = {
    "name": "homelab",
    "kubeconfig": "/home/me/home lab.kubeconfig",
    "pods": "10.244.0.0/16",
    "services": "10.96.0.0/12",
    "load_balancer": ["192.168.0.200-192.168.0.219"],
    "end": NOW,
}


def test_summary() -> None:
    assert s.summary(verification(), **PLAN) == [
        "homelab: Kubernetes v1.37.2, 2 nodes",
        "  NAME   ROLE           ADDRESS       OS                  KUBELET  RUNTIME",
        "  mini1  control-plane  192.168.0.11  Ubuntu 24.04.3 LTS  v1.37.2  containerd 2.3.4",
        "  mini2  worker         192.168.0.12  Ubuntu 24.04.3 LTS  v1.37.2  containerd 2.3.4",
        "addresses     pods 10.244.0.0/16; services 10.96.0.0/12; load balancer 192.168.0.200-192.168.0.219",
        "API           https://192.168.0.11:6443",
        "certificates  expire 2027-11-21, in 365 days",
        "proof         The cluster works (2.4 s): api 0.1, pods 0.1, dns 0.1",
        "export KUBECONFIG='/home/me/home lab.kubeconfig'",
    ]


@pytest.mark.parametrize(
    ("server", "control_planes", "line"),
    [
        ("https://192.168.0.10:6443", 3, "https://192.168.0.10:6443, answered by one of mini1, mini2, mini3"),
        ("https://192.168.0.10:8443", 3, "https://192.168.0.10:8443, answered by one of mini1, mini2, mini3"),
        ("https://k8s.home.lan:6443", 2, "https://k8s.home.lan:6443, answered by one of mini1, mini2"),
        # One host answers for all.
        ("https://192.168.0.12:6443", 3, "https://192.168.0.12:6443"),
        ("https://192.168.0.10:6443", 1, "https://192.168.0.10:6443"),
        ("", 3, None),
    ],
)
def test_who_answers(server: str, control_planes: int, line: str | None) -> None:
    known = nodes(4)
    for node in known[:control_planes]:
        node["role"] = "control-plane"
    lines = s.summary(verification(nodes=known, server=server), **PLAN)
    assert [text for text in lines if text.startswith("API")] == ([f"API           {line}"] if line else [])


def test_summary_of_nothing() -> None:
    legs = [{"name": name, "status": "skipped", "seconds": 0.0, "detail": "no kubeconfig"} for name in ("api", "pods")]
    assert s.summary({"legs": legs}, name="homelab", kubeconfig="x") == [
        "homelab: no cluster yet",
        "proof         Nothing is proven (0.0 s): api, pods skipped: no kubeconfig",
    ]


def test_a_warning_stands_beside_a_proof_with_its_fix() -> None:
    warning = {"severity": "warning", "host": "", "message": "CoreDNS: all 2 pods run on mini1", "fix": "Delete one."}
    assert s.summary(verification(findings=[warning]), **PLAN)[7:-1] == [
        "proof         The cluster works (2.4 s): api 0.1, pods 0.1, dns 0.1",
        "warnings      CoreDNS: all 2 pods run on mini1. Delete one.",
    ]


def test_summary_of_a_sick_cluster_in_check_mode() -> None:
    legs = [
        {"name": "nodes", "status": "failed", "seconds": 0.0, "detail": ""},
        {"name": "pods", "status": "skipped", "seconds": 0.0, "detail": "check mode creates nothing"},
    ]
    findings = [{"severity": "error", "host": "mini2", "message": "The kubelet does not report"}]
    assert s.summary(verification(legs=legs, findings=findings), **PLAN)[7:10] == [
        "proof         The cluster is not proven (2.4 s): nodes FAILED 0.0; pods skipped: check mode creates",
        "              nothing",
        "problems      mini2 The kubelet does not report",
    ]


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        ({}, ""),
        (EXPIRY, "expire 2027-11-21, in 365 days"),
        ({**EXPIRY, "client": "2026-12-01T00:00:00Z"}, "first expires the kubeconfig's: 2026-12-01, in 9 days"),
        ({**EXPIRY, "server": "2026-11-01T00:00:00Z"}, "first expires the API server's: 2026-11-01, EXPIRED"),
    ],
)
def test_expiry(certificates: dict[str, str], expected: str) -> None:
    assert s.expiry_text(certificates, NOW) == expected


@given(st.integers(0, 60))
def test_it_is_one_screen(count: int) -> None:
    lines = s.summary(verification(count), **PLAN)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100


HOSTILE = "\x1b[2J\x9b\x07\n[9:99] done"


@given(st.text())
@example(HOSTILE)
def test_what_hosts_say_moves_no_cursor_and_brings_no_line(said: str) -> None:
    one = dict.fromkeys(("name", "role", "address", "os", "kubelet", "runtime"), said)
    found = verification(nodes=[one], kubernetes_version=said, server=said)
    found["legs"] = [{"name": said, "status": "skipped", "seconds": 0.1, "detail": said}]
    found["findings"] = [{"severity": "error", "host": said, "message": said}]
    lines = s.summary(found, **{**PLAN, "name": said})
    assert not re.search("[\x00-\x1f\x7f-\x9f]", "".join(lines))
