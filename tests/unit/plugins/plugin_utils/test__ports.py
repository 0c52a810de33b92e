# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a node."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._ports import (
    Opening,
    client_networks,
    firewall_ports,
    node_peers,
)

PODS = "10.244.0.0/16"


def short(item: Opening) -> str:
    """An opening on one line."""
    way = "through" if item["route"] else "in"
    return f"{way} {item['source'] or '*'}>{item['destination'] or '*'} {item['port'] or '*'}/{item['protocol']}"


LAN = "192.168.0.0/24"


def services(*sources: str) -> list[str]:
    """The NodePorts, for each of the sources."""
    return [f"in {source}>* 30000:32767/{protocol}" for protocol in ("tcp", "udp") for source in sources]


FROM_PODS = [f"in {PODS}>* 10250/tcp", f"through {PODS}>* */any"]
PORTS: list[tuple[list[str], dict[str, t.Any], list[str]]] = [
    ([], {"control_plane": False, "cni": "none", "pod_cidrs": []}, []),
    (
        ["192.168.0.11"],
        {"control_plane": False, "cni": "flannel", "pod_cidrs": [PODS], "clients": [LAN]},
        [
            *services(PODS, LAN),
            "in 192.168.0.11>* 10250/tcp",
            "in 192.168.0.11>* 8472/udp",
            *FROM_PODS,
            f"through {LAN}>{PODS} */any",
        ],
    ),
    (
        ["192.168.0.12", "192.168.0.13"],
        {
            "control_plane": True,
            "cni": "flannel",
            "pod_cidrs": [PODS],
            "clients": ["10.1.0.0/24"],
            "control_planes": ["192.168.0.13"],
            "load_balancer": True,
        },
        [
            *(f"in {source}>* 6443/tcp" for source in ("10.1.0.0/24", PODS, "192.168.0.12/31")),
            *services("10.1.0.0/24", PODS, "192.168.0.12/31"),
            "in 192.168.0.12>* 10250/tcp",
            "in 192.168.0.13>* 10250/tcp",
            "in 192.168.0.12>* 8472/udp",
            "in 192.168.0.13>* 8472/udp",
            "in 192.168.0.12>* 7946/tcp",
            "in 192.168.0.13>* 7946/tcp",
            "in 192.168.0.12>* 7946/udp",
            "in 192.168.0.13>* 7946/udp",
            "in 192.168.0.13>* 2379:2380/tcp",
            *FROM_PODS,
            f"through 10.1.0.0/24>{PODS} */any",
            f"through 192.168.0.12/31>{PODS} */any",
        ],
    ),
    # Control planes tell each other who holds a virtual IP, in its family; workers have nothing to do with it.
    (
        ["192.168.0.12", "fd00::12", "192.168.0.21"],
        {
            "control_plane": True,
            "cni": "none",
            "pod_cidrs": [],
            "control_planes": ["192.168.0.12", "fd00::12"],
            "virtual_ip": "192.168.0.10",
        },
        [
            *(f"in {source}>* 6443/tcp" for source in ("192.168.0.12", "192.168.0.21", "fd00::12")),
            *services("192.168.0.12", "192.168.0.21", "fd00::12"),
            *(f"in {source}>* 10250/tcp" for source in ("192.168.0.12", "192.168.0.21", "fd00::12")),
            *(f"in {source}>* 2379:2380/tcp" for source in ("192.168.0.12", "fd00::12")),
            "in 192.168.0.12>* */vrrp",
        ],
    ),
    (
        ["192.168.0.11"],
        {
            "control_plane": False,
            "cni": "none",
            "pod_cidrs": [],
            "control_planes": ["192.168.0.11"],
            "virtual_ip": "192.168.0.10",
        },
        [*services("192.168.0.11"), "in 192.168.0.11>* 10250/tcp"],
    ),
    # haproxy beside an API server has a port of its own, for whoever reaches the API; a worker has none.
    (
        ["192.168.0.12"],
        {
            "control_plane": True,
            "cni": "none",
            "pod_cidrs": [PODS],
            "clients": [LAN],
            "api_ports": [8443, 6443],
        },
        [
            *(f"in {source}>* {port}/tcp" for port in (6443, 8443) for source in (PODS, LAN)),
            *services(PODS, LAN),
            "in 192.168.0.12>* 10250/tcp",
            *FROM_PODS,
            f"through {LAN}>{PODS} */any",
        ],
    ),
    (
        ["192.168.0.11"],
        {"control_plane": False, "cni": "none", "pod_cidrs": [], "api_ports": [8443]},
        [*services("192.168.0.11"), "in 192.168.0.11>* 10250/tcp"],
    ),
    # Everybody, where that is asked for; the family that is not asked for stays shut.
    (
        [],
        {"control_plane": True, "cni": "none", "pod_cidrs": [], "clients": ["0.0.0.0/0"]},
        ["in 0.0.0.0/0>* 6443/tcp", *services("0.0.0.0/0")],
    ),
    (
        ["fd00::2", "fd00::2", "10.0.0.2"],
        {
            "control_plane": False,
            "cni": "calico",
            "pod_cidrs": ["fd00:10::/56"],
            "clients": ["0.0.0.0/0", "::/0"],
        },
        [
            *services("0.0.0.0/0", "::/0"),
            "in 10.0.0.2>* 10250/tcp",
            "in fd00::2>* 10250/tcp",
            "in 10.0.0.2>* 4789/udp",
            "in fd00::2>* 4789/udp",
            "in fd00:10::/56>* 10250/tcp",
            "through fd00:10::/56>* */any",
            "through ::/0>fd00:10::/56 */any",
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
        [
            *services("10.0.0.2"),
            "in 10.0.0.2>* 10250/tcp",
            "in 10.0.0.2>* 4789/udp",
            "in 10.0.0.2>* 51820:51821/udp",
        ],
    ),
    (
        ["10.0.0.2"],
        {"control_plane": False, "cni": "calico", "pod_cidrs": [], "encapsulation": "none"},
        [*services("10.0.0.2"), "in 10.0.0.2>* 10250/tcp", "in 10.0.0.2>* 179/tcp"],
    ),
]


@pytest.mark.parametrize(("peers", "options", "lines"), PORTS)
def test_firewall_ports(peers: list[str], options: dict[str, t.Any], lines: list[str]) -> None:
    assert [short(item) for item in firewall_ports(peers, **options)] == lines


@pytest.mark.parametrize(
    ("api_ports", "ports"), [((), [6443, 10250]), ([6443], [6443, 10250]), ([8443], [6443, 8443, 10250])]
)
def test_a_node_reaches_the_api_at_all_its_ports(api_ports: t.Sequence[int], ports: list[int]) -> None:
    ips = {"cp1": "192.168.0.11", "w1": "192.168.0.21", "w2": "192.168.0.22"}
    found = node_peers("w1", ips, control_plane=["cp1"], cni="none", api_ports=api_ports)
    assert {name: peer["tcp"] for name, peer in found.items()} == {"cp1": ports, "w2": [10250]}


@pytest.mark.parametrize("control_plane", [True, False])
@pytest.mark.parametrize("cni", ["flannel", "calico"])
def test_nobody_is_let_in_who_was_not_named(control_plane: bool, cni: str) -> None:
    found = firewall_ports(
        ["192.168.0.11", "fd00::12"],
        control_plane=control_plane,
        cni=cni,
        pod_cidrs=[PODS, "fd00:10::/56"],
        clients=[LAN],
        control_planes=["fd00::12"],
        load_balancer=True,
    )
    assert [item for item in found if item["source"] in ("", "0.0.0.0/0", "::/0")] == []
    etcd = {item["source"] for item in found if item["port"].startswith("23")}
    assert etcd == ({"fd00::12"} if control_plane else set())
    # Packets pass from one family to the same.
    assert [
        o for o in found if o["source"] and o["destination"] and (":" in o["source"]) != (":" in o["destination"])
    ] == []


CARDS = [
    {"name": "lo", "addresses": ["127.0.0.1/8", "::1/128"]},
    {"name": "eno1", "addresses": ["192.168.0.11/24", "fe80::1/64", "fd00:168::11/64", "2001:db8::11/64"]},
    {"name": "eno2", "addresses": ["10.2.0.11/16"]},
    {"name": "wg0", "addresses": ["10.9.0.1/32"]},
]


@pytest.mark.parametrize(
    ("addresses", "ranges", "networks"),
    [
        (["192.168.0.11"], [], ["192.168.0.0/24"]),
        (["192.168.0.11", "fd00:168::11"], [], ["192.168.0.0/24", "fd00:168::/64"]),
        # A network of its own for services; a card of none of them is nobody's.
        (["10.2.0.11"], ["192.168.0.200-192.168.0.219"], ["10.2.0.0/16", "192.168.0.0/24"]),
        (["10.2.0.11"], ["192.168.0.192/26"], ["10.2.0.0/16", "192.168.0.0/24"]),
        (["10.9.0.1"], [], ["10.9.0.1/32"]),
        (["192.0.2.1", "mini1", "fe80::1%eno1"], ["nonsense", "192.168.0.9-192.168.0.1"], []),
    ],
)
def test_clients_are_who_shares_a_network(addresses: list[str], ranges: list[str], networks: list[str]) -> None:
    assert client_networks(addresses, CARDS, ranges) == networks


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
    (
        [],
        {"control_plane": True, "cni": "none", "pod_cidrs": [], "clients": ["the LAN"]},
        "'the LAN' does not appear to be an IPv4 or IPv6 network",
    ),
    (
        [],
        {"control_plane": True, "cni": "none", "pod_cidrs": [], "control_planes": ['fe80::1%x" accept']},
        "'fe80::1%x\" accept' has a zone (%), which means something on one host only; write the address without it",
    ),
]


@pytest.mark.parametrize(("peers", "options", "message"), FAIL)
def test_firewall_ports_fail(peers: list[str], options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        firewall_ports(peers, **options)
