# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts reach of each other."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    Told,
    facts,
    hosts,
    plan,
    seen,
    told,
)

PORTS = {"6443": "", "10250": ""}
CLOSED = {"6443": "no answer", "10250": "no answer"}
# What mini2 and mini3 tell about mini1, what else is true of mini1, the findings.
PEERS: list[tuple[dict[str, t.Any], dict[str, t.Any], dict[str, t.Any], dict[str, t.Any], Told]] = [
    ({"tcp": PORTS}, {"tcp": PORTS}, {}, {}, []),
    (
        {"tcp": CLOSED},
        {"tcp": CLOSED},
        {},
        {},
        [
            (
                "error",
                "node-port-blocked",
                "mini1",
                "its TCP ports 6443, 10250 cannot be reached from mini2, mini3: no answer",
            )
        ],
    ),
    (
        {"tcp": {**PORTS, "6443": "no route to host"}},
        {"tcp": PORTS},
        {},
        {},
        [("error", "node-port-blocked", "mini1", "its TCP port 6443 cannot be reached from mini2: no route to host")],
    ),
    # prereqs will open them.
    ({"tcp": CLOSED}, {"tcp": CLOSED}, {"firewalls": ["ufw"]}, {}, []),
    (
        {"tcp": CLOSED},
        {"tcp": PORTS},
        {"firewalls": ["ufw"]},
        {"manage_firewall": "false"},
        [("error", "node-port-blocked", "mini1", "its TCP ports 6443, 10250 cannot be reached from mini2: no answer")],
    ),
    (
        {"tcp": PORTS, "udp": False},
        {"tcp": PORTS, "udp": True, "mtu": 1500, "passes": 1500},
        {},
        {},
        [
            (
                "warning",
                "node-tunnel-blocked",
                "mini1",
                "its UDP port 8472 gives no answer to mini2, though TCP gets through",
            )
        ],
    ),
    # An open port says nothing.
    (
        {"tcp": PORTS, "udp": False},
        {"tcp": PORTS},
        {
            "listeners": [{"proto": "udp", "address": "0.0.0.0", "port": 8472, "process": ""}],
            "interfaces": [
                *facts(1)["interfaces"],
                {"name": "flannel.1", "kind": "vxlan", "mac": "", "mtu": 1450, "up": True, "addresses": []},
            ],
        },
        {},
        [],
    ),
    (
        {"tcp": PORTS, "udp": True, "mtu": 9000, "passes": 0},
        {"tcp": PORTS, "udp": True, "mtu": 1500, "passes": 1400},
        {},
        {},
        [
            (
                "warning",
                "path-mtu-too-small",
                "mini1",
                "packets of 1500 bytes from mini3 do not reach it; the way carries 1400",
            ),
            (
                "warning",
                "path-mtu-too-small",
                "mini1",
                "packets of 9000 bytes from mini2 do not reach it; its card takes 1500",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("two", "three", "one", "changes", "expected"), PEERS)
def test_peers(
    two: dict[str, t.Any], three: dict[str, t.Any], one: dict[str, t.Any], changes: dict[str, t.Any], expected: Told
) -> None:
    on = hosts(mini1=seen(1, **one), mini2=seen(2, peers={"mini1": two}), mini3=seen(3, peers={"mini1": three}))
    assert told(plan(**changes), on) == expected


def test_a_peer_nobody_could_look_at_is_its_own_finding() -> None:
    on = hosts(mini1={"state": "unreachable", "message": "x"}, mini2=seen(2, peers={"mini1": {"tcp": CLOSED}}))
    assert [finding["id"] for finding in findings(plan(), on)] == ["host-unreachable"]
