# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person copies out of a report."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.block import inventory_block
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import VARIABLES, consistent

KEYS = {variable: key for key, variable in VARIABLES.items()}
NODES = {"mini1": "192.168.56.11", "mini2": "192.168.56.12"}
PLANS: list[tuple[dict[str, t.Any], list[str]]] = [
    ({"pods": "10.244.0.0/16", "nodes": NODES}, []),
    ({"pods": "192.168.0.0/16", "services": "10.96.0.0/12", "nodes": NODES}, ["cluster_pod_cidr: 10.244.0.0/16"]),
    (
        {"pods": "192.168.0.0/16", "load_balancer": ["192.168.56.11-192.168.56.20"], "nodes": NODES},
        ["cluster_pod_cidr: 10.244.0.0/16", "cluster_load_balancer_ranges: [192.168.56.13-192.168.56.22]"],
    ),
    (
        {"pods": "10.0.0.0/16,fd00:1::/56", "services": "10.0.0.0/16,fd00:1::/112", "nodes": {"a": "10.9.0.1"}},
        ['cluster_service_cidr: "10.96.0.0/16,fd5e:6b9d:530c::/112"'],
    ),
]


@pytest.mark.parametrize(("plan", "lines"), PLANS)
def test_block(plan: dict[str, t.Any], lines: list[str]) -> None:
    assert inventory_block(plan) == lines
    copied = yaml.safe_load("\n".join(lines)) or {}
    assert consistent({**plan, **{KEYS[name]: value for name, value in copied.items()}})


def test_what_cannot_be_moved_is_said() -> None:
    plan = {"pods": "192.168.0.0/16", "nodes": {"mini1": "192.168.56.11", "mini2": "192.168.56.11"}}
    assert inventory_block(plan) == [
        "cluster_pod_cidr: 10.244.0.0/16",
        "# still to be solved by hand: nodes.mini1, nodes.mini2: node mini1 192.168.56.11, node mini2 192.168.56.11 "
        "have the same address: only one of them can be reached, and they take each other's traffic",
    ]
