# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last screen as a filter; what it holds is told by the tests of what makes it."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.cluster_summary import FilterModule

cluster_summary = FilterModule().filters()["cluster_summary"]
PLAN: dict[str, t.Any] = {"name": "homelab", "kubeconfig": "homelab.kubeconfig"}


def test_lines() -> None:
    assert cluster_summary({}, **PLAN) == ["homelab: no cluster yet"]
    found = {"kubernetes_version": "v1.37.2", "server": "https://192.168.0.11:6443"}
    assert cluster_summary(found, **PLAN, pods="10.244.0.0/16", load_balancer=["a", "b"], end=164.5) == [
        "homelab: Kubernetes v1.37.2, 0 nodes",
        "addresses     pods 10.244.0.0/16; load balancer a, b",
        "API           https://192.168.0.11:6443",
        "export KUBECONFIG=homelab.kubeconfig",
    ]


KIND = "The input for the homelab.kubernetes.cluster_summary filter must be a dictionary; got "
ERROR = "homelab.kubernetes.cluster_summary: "
WRONG: list[tuple[t.Any, dict[str, t.Any], str]] = [
    (["x"], PLAN, f"{KIND}<class 'list'>"),
    ("", PLAN, f"{KIND}<class 'str'>"),
    ({}, {"name": "homelab"}, f"{ERROR}summary() missing 1 required keyword-only argument: 'kubeconfig'"),
]


@pytest.mark.parametrize(("verification", "options", "error"), WRONG)
def test_errors(verification: t.Any, options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        cluster_summary(verification, **options)
