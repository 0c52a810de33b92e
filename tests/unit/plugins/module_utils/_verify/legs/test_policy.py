# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetworkPolicies that are obeyed or not, against a cluster in memory."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import run as _verify_run
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import NAMES
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Reply
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    FakeCluster,
    only,
    outcome,
    run,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import Object


@pytest.mark.parametrize(
    ("cni", "reason"),
    [("flannel", "not enforced by Flannel"), ("none", "the pod network is not of this collection")],
)
def test_a_network_that_does_not_enforce_policies(cluster: FakeCluster, cni: str, reason: str) -> None:
    result = run(cluster, cni=cni)
    assert outcome(result) == only("skipped", "network-policy")
    assert result.legs[NAMES.index("network-policy")]["detail"] == reason
    assert not any("networkpolicies" in call for call in cluster.calls if call.startswith("POST"))


def test_policies_that_are_not_obeyed(cluster: FakeCluster) -> None:
    cluster.enforces = False
    result = run(cluster)
    assert outcome(result) == only("failed", "network-policy")
    (finding,) = result.findings
    assert (finding["id"], finding["message"]) == (
        "network-policy-not-enforced",
        "A NetworkPolicy that denies everything does not shut everything: same node (open), other node (open), service "
        "(open), DNS (open)",
    )
    assert cluster.empty()


@pytest.mark.parametrize(
    ("broken", "expected", "message"),
    [
        pytest.param(
            {"POST": "allow-out"},
            "network-policy-inexact",
            "A NetworkPolicy that allows one path does not open just that one: other node (shut)",
            id="opens nothing",
        ),
        pytest.param(
            {"DELETE": "networkpolicies"},
            "network-policy-stays",
            "Paths stay shut after the NetworkPolicies are removed: same node (shut), service (shut), DNS (shut)",
            id="stays",
        ),
    ],
)
def test_policies_that_do_too_much(
    cluster: FakeCluster, broken: dict[str, str], expected: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API server takes the request, and nothing follows."""
    monkeypatch.setattr(_verify_run, "CLEANUP_TIMEOUT", 0.3)

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if broken.get(method, "-") in (path.rsplit("/", 1)[-1], v.name_of(body) if body else ""):
            return Reply(200, "{}")
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    result = run(cluster)
    assert [(f["id"], f["message"]) for f in result.findings if f["id"] != "verify-leftovers"] == [(expected, message)]


def test_policies_on_one_node(cluster: FakeCluster) -> None:
    cluster.nodes = cluster.nodes[:1]
    detail = "deny shuts same node, second pod, service, DNS; allow opens second pod alone; removing restores all"
    assert run(cluster, nodes=["cp1"]).legs[NAMES.index("network-policy")]["detail"] == detail
