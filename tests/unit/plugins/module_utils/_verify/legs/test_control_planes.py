# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several control planes, in a cluster in memory: who serves, who votes, who holds the address."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.control_planes import url
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import ApiDownError, Reply
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    FakeCluster,
    outcome,
    run,
)

NAMES = ("cp1", "cp2", "cp3")
ADDRESSES = {name: [f"192.0.2.1{name[-1]}"] for name in NAMES}
AWAY = {"unreachable": True, "msg": "Connection timed out"}


def member(name: str, kind: str = "voter", number: int = 0) -> dict[str, t.Any]:
    return {"id": f"12{number}", "name": name, "peers": [f"https://192.0.2.1{number}:2380"], "kind": kind}


VOTERS = [member(name) for name in NAMES]


def looks(*members: dict[str, t.Any], holders: t.Sequence[str] = ("cp2",), **changed: t.Any) -> dict[str, t.Any]:
    """What was seen on three control planes."""
    good = {
        name: {"members": list(members or VOTERS), "etcd_problem": "", "holds_virtual_ip": name in holders}
        for name in NAMES
    }
    return {**good, **changed}


CASES: list[tuple[dict[str, t.Any], list[tuple[str, str, str]]]] = [
    (looks(), []),
    (looks(holders=()), [("virtual-ip-nowhere", "", "no control plane holds 192.0.2.10")]),
    (looks(holders=("cp1", "cp3")), [("virtual-ip-twice", "", "cp1 and cp3 all hold 192.0.2.10")]),
    # Whoever was not looked at may hold it.
    (looks(holders=(), cp2={}), []),
    (looks(holders=(), cp2=AWAY), [("control-plane-unreachable", "cp2", "cannot be looked at: Connection timed out")]),
    (
        looks(*VOTERS[:2], member("", "unstarted", 3)),
        [
            (
                "etcd-member-missing",
                "cp3",
                "is no voting member of etcd, which has cp1 (voter), cp2 (voter), https://192.0.2.13:2380 (unstarted)",
            )
        ],
    ),
    (
        looks(*VOTERS[:2], member("cp3", "learner")),
        [
            (
                "etcd-member-missing",
                "cp3",
                "is no voting member of etcd, which has cp1 (voter), cp2 (voter), cp3 (learner)",
            )
        ],
    ),
    (
        looks(*VOTERS, member("cp9", number=9)),
        [("etcd-member-unexpected", "", "etcd has the member cp9, which is no control plane of the inventory")],
    ),
    (
        looks(cp1={"members": [], "etcd_problem": "it refuses", "holds_virtual_ip": False}),
        [("etcd-down", "cp1", "its etcd does not answer: it refuses")],
    ),
]


@pytest.mark.parametrize(("seen", "expected"), CASES)
def test_what_control_planes_agree_on(
    cluster: FakeCluster, seen: dict[str, t.Any], expected: list[tuple[str, str, str]]
) -> None:
    result = run(cluster, control_planes=seen, virtual_ip="192.0.2.10", node_addresses=ADDRESSES)
    assert [(f["id"], f["host"], f["message"]) for f in result.findings] == expected
    assert outcome(result)["control-planes"] == ("failed" if expected else "passed")


def test_in_words(cluster: FakeCluster) -> None:
    result = run(cluster, control_planes=looks(), virtual_ip="192.0.2.10", node_addresses=ADDRESSES)
    (leg,) = (leg for leg in result.legs if leg["name"] == "control-planes")
    assert leg["detail"] == "3 API servers, 3 voters in etcd, 192.0.2.10 on cp2"


@pytest.mark.parametrize(
    ("address", "server"), [("192.0.2.11", "https://192.0.2.11:6443"), ("fd00::11", "https://[fd00::11]:6443")]
)
def test_the_address_of_an_api_server(address: str, server: str) -> None:
    assert url(address) == server


@pytest.mark.parametrize("endpoint", ["https://192.0.2.10:6443", "https://192.0.2.10:8443"])
def test_every_api_server_is_asked_at_its_own_address(cluster: FakeCluster, endpoint: str) -> None:
    cluster.server = endpoint
    cluster.broken = {
        "https://192.0.2.12:6443/readyz": ApiDownError("connection refused"),
        "https://192.0.2.13:6443/readyz": Reply(500, "[-]etcd failed"),
    }
    result = run(cluster, control_planes={**looks(), "cp3": AWAY}, node_addresses=ADDRESSES)
    # Of cp3 it is enough to say that the machine is away.
    assert sorted((f["id"], f["host"], f["message"]) for f in result.findings) == [
        ("api-server-down", "cp2", "its API server https://192.0.2.12:6443 is not ready: connection refused"),
        ("control-plane-unreachable", "cp3", "cannot be looked at: Connection timed out"),
    ]
    assert "GET https://192.0.2.11:6443/readyz" in cluster.calls


def test_one_control_plane_has_nobody_to_agree_with(cluster: FakeCluster) -> None:
    assert outcome(run(cluster, control_planes={"cp1": {}}))["control-planes"] == "skipped"


def test_requests_that_were_lost_in_a_planned_handover(cluster: FakeCluster) -> None:
    """One may be lost on its way; silence is an error."""
    wanted = {"control_planes": looks(), "node_addresses": ADDRESSES, "virtual_ip": "192.0.2.10"}
    watch = {"url": "https://192.0.2.10:6443/readyz", "asked": 150, "failed": 1, "silence": 0.2, "errors": ["reset"]}
    (leg,) = (leg for leg in run(cluster, **wanted, failover=[watch]).legs if leg["name"] == "control-planes")
    assert leg["detail"].endswith("192.0.2.10 on cp2, handed over with 1 of 150 requests lost and 0.2 s of silence")
    watch = {**watch, "failed": 9, "silence": 11.1, "errors": ["TimeoutError: timed out"]}
    assert [(f["id"], f["message"]) for f in run(cluster, **wanted, failover=[watch]).findings] == [
        (
            "virtual-ip-lost",
            "nobody answered at https://192.0.2.10:6443/readyz for 11.1 s while 192.0.2.10 was handed over: TimeoutError: timed out",
        )
    ]
