# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a node."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import Opening, firewall_ports

PODS = "10.244.0.0/16"


def short(item: Opening) -> str:
    """An opening on one line."""
    way = "through" if item["route"] else "in"
    return f"{way} {item['source'] or '*'}>{item['destination'] or '*'} {item['port'] or '*'}/{item['protocol']}"


SERVICES = ["in *>* 30000:32767/tcp", "in *>* 30000:32767/udp"]
POD_TRAFFIC = [f"in {PODS}>* 10250/tcp", f"through {PODS}>* */any", f"through *>{PODS} */any"]
PORTS: list[tuple[list[str], dict[str, t.Any], list[str]]] = [
    ([], {"control_plane": False, "cni": "none", "pod_cidrs": []}, SERVICES),
    (
        ["192.168.0.11"],
        {"control_plane": False, "cni": "flannel", "pod_cidrs": [PODS]},
        [*SERVICES, "in 192.168.0.11>* 10250/tcp", "in 192.168.0.11>* 8472/udp", *POD_TRAFFIC],
    ),
    (
        ["192.168.0.12"],
        {"control_plane": True, "cni": "flannel", "pod_cidrs": [PODS], "load_balancer": True},
        [
            "in *>* 6443/tcp",
            *SERVICES,
            "in 192.168.0.12>* 10250/tcp",
            "in 192.168.0.12>* 8472/udp",
            "in 192.168.0.12>* 7946/tcp",
            "in 192.168.0.12>* 7946/udp",
            "in 192.168.0.12>* 2379:2380/tcp",
            *POD_TRAFFIC,
        ],
    ),
    (
        ["fd00::2", "fd00::2", "10.0.0.2"],
        {"control_plane": False, "cni": "calico", "pod_cidrs": []},
        [
            *SERVICES,
            "in 10.0.0.2>* 10250/tcp",
            "in fd00::2>* 10250/tcp",
            "in 10.0.0.2>* 4789/udp",
            "in fd00::2>* 4789/udp",
        ],
    ),
    (
        ["10.0.0.2"],
        {
            "control_plane": False,
            "cni": "calico",
            "pod_cidrs": [],
            "encapsulation": "vxlan_cross_subnet",
            "wireguard": True,
        },
        [*SERVICES, "in 10.0.0.2>* 10250/tcp", "in 10.0.0.2>* 4789/udp", "in 10.0.0.2>* 51820:51821/udp"],
    ),
    (
        ["10.0.0.2"],
        {"control_plane": False, "cni": "calico", "pod_cidrs": [], "encapsulation": "none"},
        [*SERVICES, "in 10.0.0.2>* 10250/tcp", "in 10.0.0.2>* 179/tcp"],
    ),
]


@pytest.mark.parametrize(("peers", "options", "lines"), PORTS)
def test_firewall_ports(peers: list[str], options: dict[str, t.Any], lines: list[str]) -> None:
    assert [short(item) for item in firewall_ports(peers, **options)] == lines


FAIL: list[tuple[list[str], dict[str, t.Any], str]] = [
    (
        [],
        {"control_plane": True, "cni": "weave", "pod_cidrs": []},
        "unknown CNI 'weave'; known are calico, flannel, none",
    ),
    (
        ["mini1"],
        {"control_plane": True, "cni": "none", "pod_cidrs": []},
        "'mini1' does not appear to be an IPv4 or IPv6 address",
    ),
    ([], {"control_plane": True, "cni": "none", "pod_cidrs": ["10.0.0.1/8"]}, "10.0.0.1/8 has host bits set"),
]


@pytest.mark.parametrize(("peers", "options", "message"), FAIL)
def test_firewall_ports_fail(peers: list[str], options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        firewall_ports(peers, **options)
