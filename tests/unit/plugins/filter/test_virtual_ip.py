# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter: with a host and without, and what it refuses."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.virtual_ip import FilterModule

NODES = {"mini1": ["192.168.0.11"], "mini2": ["192.168.0.12"]}
CARDS = [{"name": "eth0", "addresses": ["192.168.0.11/24"]}]
virtual_ip = FilterModule().filters()["virtual_ip"]


@pytest.mark.parametrize(
    ("endpoint", "options", "expected"),
    [
        ("", {}, {"address": ""}),
        ("192.168.0.11", {"host": "mini1", "control_planes": ["mini1"]}, {"address": ""}),
        ("192.168.0.10", {"provider": "none"}, {"address": ""}),
        ("192.168.0.10", {}, {"address": "192.168.0.10", "router_id": 10}),
        (
            "192.168.0.10",
            {"host": "mini1", "control_planes": ["mini1", "mini2"], "interfaces": CARDS},
            {
                "address": "192.168.0.10",
                "router_id": 10,
                "control_planes": {"mini1": "192.168.0.11", "mini2": "192.168.0.12"},
                "source": "192.168.0.11",
                "interface": "eth0",
                "peers": ["192.168.0.12"],
                "unicast": ["192.168.0.12"],
                "priority": 254,
            },
        ),
    ],
)
def test_virtual_ip(endpoint: str, options: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert virtual_ip(endpoint, NODES, **options) == expected


@pytest.mark.parametrize(
    ("endpoint", "nodes", "message"),
    [
        (8, NODES, "The homelab.kubernetes.virtual_ip filter takes a text and a mapping; got int and dict"),
        ("", [], "The homelab.kubernetes.virtual_ip filter takes a text and a mapping; got str and list"),
        ("192.168.0.10", NODES, "virtual_ip: the node address 192.168.0.11 is on none of the host's interfaces"),
    ],
)
def test_virtual_ip_fails(endpoint: t.Any, nodes: t.Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        virtual_ip(endpoint, nodes, host="mini1", control_planes=["mini1", "mini2"])
