# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of nodes as the inventory says them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.filter.node_addresses import FilterModule

node_addresses = FilterModule().filters()["node_addresses"]
CASES: list[tuple[dict[str, t.Any], list[str]]] = [
    ({"ansible_host": "10.0.0.1"}, ["10.0.0.1"]),
    ({"ansible_host": "10.0.0.1", "cluster_node_ip": "192.168.0.1"}, ["192.168.0.1"]),
    ({"cluster_node_ip": "192.168.0.1,fd00::1"}, ["192.168.0.1", "fd00::1"]),
    ({"cluster_node_ip": "fd00::1 , 192.168.0.1"}, ["fd00::1", "192.168.0.1"]),
    ({"cluster_node_ip": "", "ansible_host": "10.0.0.1"}, ["10.0.0.1"]),
    ({}, ["mini1"]),
]


@pytest.mark.parametrize(("variables", "expected"), CASES)
def test_addresses(variables: dict[str, t.Any], expected: list[str]) -> None:
    hostvars = {"mini1": variables, "other": {}}
    assert node_addresses(["mini1"], hostvars) == {"mini1": expected}
    assert node_addresses(["mini1"], hostvars, first=True) == {"mini1": expected[0]}


def test_nobody() -> None:
    assert node_addresses([], {}) == node_addresses([], {}, first=True) == {}
