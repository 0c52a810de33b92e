# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are missing, not ready or short of something."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.nodes import (
    diagnose_node,
    diagnose_nodes,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.causes.findings_of_tests import (
    brief,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import node


def test_nodes() -> None:
    nodes = [node("w1"), node("w9"), node("w2", Ready=("False", "container runtime is down"))]
    assert brief(diagnose_nodes(["w1", "w2", "w3"], nodes)) == [
        ("node-missing", "w3", "The inventory names this host, the cluster does not have it"),
        ("node-not-ready", "w2", "NotReady: container runtime is down"),
        ("node-unexpected", "w9", "The cluster has this node, the inventory does not name it"),
    ]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, []),
        (
            {"DiskPressure": ("True", ""), "PIDPressure": ("True", "")},
            ["node-disk-pressure", "node-pid-pressure"],
        ),
        ({"NetworkUnavailable": ("True", "no route created")}, ["node-network-unavailable"]),
        ({"DiskPressure": ("True", ""), "Ready": ("Unknown", "")}, ["node-disk-pressure", "node-unreachable"]),
    ],
)
def test_node(conditions: dict[str, tuple[str, str]], expected: list[str]) -> None:
    assert [f["id"] for f in diagnose_node(node(**conditions))] == expected
