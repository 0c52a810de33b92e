# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster has an address that moves, and what each control plane is told about it."""

from __future__ import annotations

import ipaddress
import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.virtual_ip import (
    instance,
    router_id,
    virtual_address,
)
from hypothesis import given
from hypothesis import strategies as st

NODES = {
    "mini1": ["192.168.0.11", "fd00::11"],
    "mini2": ["192.168.0.12", "FD00:0::12"],
    "mini3": ["192.168.0.13"],
    "mini4": ["mini4.lan"],
}


@pytest.mark.parametrize(
    ("endpoint", "provider", "address"),
    [
        ("192.168.0.10", "keepalived", "192.168.0.10"),
        ("FD00:0::10", "keepalived", "fd00::10"),
        # Somebody else keeps it.
        ("192.168.0.10", "none", ""),
        # An address of a host, in whatever spelling, whatever its role.
        ("192.168.0.11", "keepalived", ""),
        ("192.168.0.13", "keepalived", ""),
        ("fd00:0:0::12", "keepalived", ""),
        # Names, and nothing.
        ("k8s.home.lan", "keepalived", ""),
        ("mini4.lan", "keepalived", ""),
        ("", "keepalived", ""),
        ("192.168.0.10/24", "keepalived", ""),
        ("fe80::1%eth0", "keepalived", ""),
    ],
)
def test_an_address_of_no_host_is_kept(endpoint: str, provider: str, address: str) -> None:
    assert virtual_address(endpoint, NODES, provider) == address


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("192.168.0.10", 10),
        ("192.168.0.255", 255),
        ("192.168.1.0", 255),
        ("fd00::10", 16),
        ("fd00::1:0", 255),
        ("2001:db8::beef", 0xEF),
    ],
)
def test_the_number_of_the_virtual_router(address: str, number: int) -> None:
    assert router_id(address) == number


@given(st.ip_addresses())
def test_every_address_has_a_number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert 1 <= router_id(str(address)) <= 255


def card(name: str, *addresses: str) -> dict[str, t.Any]:
    return {"name": name, "addresses": addresses}


CARDS = [card("lo", "127.0.0.1/8"), card("eno1", "10.2.0.11/16"), card("eno2", "192.168.0.11/24", "fd00::11/64")]


@pytest.mark.parametrize(
    ("address", "host", "control_planes", "cards", "expected"),
    [
        (
            "192.168.0.10",
            "mini1",
            ["mini1", "mini2", "mini3"],
            CARDS,
            {
                "address": "192.168.0.10",
                "router_id": 10,
                "control_planes": {"mini1": "192.168.0.11", "mini2": "192.168.0.12", "mini3": "192.168.0.13"},
                "source": "192.168.0.11",
                "interface": "eno2",
                "peers": ["192.168.0.12", "192.168.0.13"],
                "unicast": ["192.168.0.12", "192.168.0.13"],
                "priority": 254,
            },
        ),
        # It holds the address just now, on a card that is not first.
        (
            "192.168.0.10",
            "mini3",
            ["mini1", "mini2", "mini3"],
            [card("br0", "192.168.0.13/24", "192.168.0.10/32")],
            {
                "address": "192.168.0.10",
                "router_id": 10,
                "control_planes": {"mini1": "192.168.0.11", "mini2": "192.168.0.12", "mini3": "192.168.0.13"},
                "source": "192.168.0.13",
                "interface": "br0",
                "peers": ["192.168.0.11", "192.168.0.12"],
                "unicast": ["192.168.0.11", "192.168.0.12"],
                "priority": 234,
            },
        ),
        (
            "fd00::10",
            "mini2",
            ["mini1", "mini2"],
            [card("eth0", "192.168.0.12/24", "fd00::12/64")],
            {
                "address": "fd00::10",
                "router_id": 16,
                "control_planes": {"mini1": "fd00::11", "mini2": "fd00::12"},
                "source": "fd00::12",
                "interface": "eth0",
                "peers": ["fd00::11"],
                "unicast": ["fd00::11"],
                "priority": 244,
            },
        ),
        # Alone.
        (
            "192.168.0.10",
            "mini1",
            ["mini1"],
            CARDS,
            {
                "address": "192.168.0.10",
                "router_id": 10,
                "control_planes": {"mini1": "192.168.0.11"},
                "source": "192.168.0.11",
                "interface": "eno2",
                "peers": [],
                "unicast": ["127.0.0.1"],
                "priority": 254,
            },
        ),
    ],
)
def test_what_a_control_plane_is_told(
    address: str, host: str, control_planes: list[str], cards: list[dict[str, t.Any]], expected: dict[str, t.Any]
) -> None:
    assert instance(address, host, control_planes, NODES, cards) == expected


def test_alone_with_ipv6_the_network_is_told() -> None:
    found = instance("fd00::10", "mini1", ["mini1"], NODES, CARDS)
    assert (found["peers"], found["unicast"]) == ([], [])


def test_priorities_differ_and_are_possible() -> None:
    nodes = {f"mini{number}": [f"192.168.0.{number}"] for number in range(1, 10)}
    hosts = list(nodes)
    cards = [card("eth0", *(f"192.168.0.{number}/24" for number in range(1, 10)))]
    found = [instance("192.168.0.99", host, hosts, nodes, cards)["priority"] for host in hosts]
    assert len(set(found)) == len(hosts)
    assert all(1 <= priority <= 254 for priority in found)


@pytest.mark.parametrize(
    ("address", "host", "message"),
    [
        ("fd00::10", "mini3", "mini3 has no IPv6 address as a node, the family of the virtual IP fd00::10"),
        ("fd00::10", "mini1", "mini3 has no IPv6 address as a node, the family of the virtual IP fd00::10"),
        ("192.168.0.10", "mini4", "mini4 has no IPv4 address as a node, the family of the virtual IP 192.168.0.10"),
        ("192.168.0.10", "mini2", "the node address 192.168.0.12 is on none of the host's interfaces"),
    ],
)
def test_what_cannot_be(address: str, host: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        instance(address, host, ["mini1", "mini2", "mini3", "mini4"][: 4 if host == "mini4" else 3], NODES, CARDS)
