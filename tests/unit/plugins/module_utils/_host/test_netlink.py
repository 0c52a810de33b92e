# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's rtnetlink answers, as bytes taken from a real host."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import netlink as network


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


ETH0 = bytes.fromhex("00000100040000004310010000000000") + (
    attribute(3, b"eth0\0") + attribute(4, bytes.fromhex("78050000")) + attribute(1, bytes.fromhex("02fc00000001"))
)
DOCKER0 = bytes.fromhex("00000100050000000210010000000000") + (
    attribute(3, b"docker0\0")
    + attribute(4, bytes.fromhex("dc050000"))
    + attribute(1, bytes.fromhex("02428ca05a50"))
    # Nested attributes carry a flag in their type.
    + attribute(18 | 0x8000, attribute(1, b"bridge\0"))
)
ADDRESSES = [
    "021880000400000008000100c000020208000200c000020208000400c00002ff090003006574683000000000080008008000000014000600"
    "ffffffffffffffff1500000015000000",
    "021080000500000008000100ac11000108000200ac11000108000400ac11ffff0c000300646f636b65723000080008008000000014000600"
    "ffffffffffffffffbefc0000befc0000",
    "0a4082000400000014000100fd00000000000000000000000000000214000600ffffffffffffffff15000000150000000800080082000000",
]


def test_interfaces() -> None:
    assert network.interfaces([ETH0, DOCKER0], map(bytes.fromhex, ADDRESSES)) == [
        {
            "name": "docker0",
            "kind": "bridge",
            "mac": "02:42:8c:a0:5a:50",
            "mtu": 1500,
            "up": False,
            "addresses": ["172.17.0.1/16"],
        },
        {
            "name": "eth0",
            "kind": "",
            "mac": "02:fc:00:00:00:01",
            "mtu": 1400,
            "up": True,
            "addresses": ["192.0.2.2/24", "fd00::2/64"],
        },
    ]


NAMES = {1: "lo", 4: "eth0", 5: "docker0"}
ROUTES = [
    pytest.param(
        "02000000fe0300010000000008000f00fe00000008000500c00002010800040004000000",
        [{"dst": "0.0.0.0/0", "dev": "eth0", "gateway": "192.0.2.1", "table": 254}],
        id="default",
    ),
    pytest.param(
        "02100000fe02fd010000000008000f00fe00000008000100ac11000008000700ac1100010800040005000000",
        [{"dst": "172.17.0.0/16", "dev": "docker0", "gateway": "", "table": 254}],
        id="connected",
    ),
    pytest.param(
        "02080000ff02fe020000000008000f00ff000000080001007f000000080007007f0000010800040001000000", [], id="local"
    ),
    pytest.param(
        "0a400000fe0200010000000008000f00fe00000014000100fd0000000000000000000000000000000800060000010000080004000400000024000c00"
        "00000000000000000000000000000000000000000000000000000000000000000500140000000000",
        [{"dst": "fd00::/64", "dev": "eth0", "gateway": "", "table": 254}],
        id="v6",
    ),
    pytest.param(
        "0a400000fe0200010000000008000f00fe00000014000100fe8000000000000000000000000000000800060000010000080004000400000024000c00"
        "00000000000000000000000000000000000000000000000000000000000000000500140000000000",
        [],
        id="link-local",
    ),
    pytest.param(
        struct.pack("=8BI", 2, 24, 0, 0, 52, 3, 0, 1, 0).hex()
        + attribute(1, bytes([10, 8, 0, 0])).hex()
        + attribute(15, struct.pack("=I", 51820)).hex()
        + attribute(4, struct.pack("=I", 9)).hex(),
        [{"dst": "10.8.0.0/24", "dev": "9", "gateway": "", "table": 51820}],
        id="vpn-in-its-own-table",
    ),
    pytest.param(
        struct.pack("=8BI", 2, 0, 0, 0, 254, 3, 0, 1, 0).hex()
        + attribute(
            9,
            b"".join(
                struct.pack("=HBBi", 16, 0, 0, index) + attribute(5, bytes([192, 0, 2, index])) for index in (4, 5)
            ),
        ).hex(),
        [
            {"dst": "0.0.0.0/0", "dev": "docker0", "gateway": "192.0.2.5", "table": 254},
            {"dst": "0.0.0.0/0", "dev": "eth0", "gateway": "192.0.2.4", "table": 254},
        ],
        id="multipath",
    ),
]


@pytest.mark.parametrize(("payload", "expected"), ROUTES)
def test_routes(payload: str, expected: list[network.Route]) -> None:
    assert network.routes([bytes.fromhex(payload)], NAMES) == expected


def changed(payload: str, offset: int, value: int) -> bytes:
    data = bytearray.fromhex(payload)
    data[offset] = value
    return bytes(data)


IPV6 = ADDRESSES[2]
DEFAULT6 = (
    struct.pack("=8BI", 10, 0, 0, 0, 254, 9, 0, 1, 0) + attribute(5, bytes(16)) + attribute(4, struct.pack("=I", 4))
)


@pytest.mark.parametrize(
    ("addresses", "routes", "cards"),
    [
        (list(map(bytes.fromhex, ADDRESSES)), [], set()),
        # An address that expires; one of IPv4 comes from DHCP.
        ([changed(IPV6, 2, 0x00)], [], {"eth0"}),
        ([changed(ADDRESSES[0], 2, 0x00)], [], set()),
        # A default route of a router (RTPROT_RA), and one that somebody has set (RTPROT_STATIC).
        ([], [DEFAULT6], {"eth0"}),
        ([], [changed(DEFAULT6.hex(), 5, 4)], set()),
    ],
)
def test_what_came_from_a_router(addresses: list[bytes], routes: list[bytes], cards: set[str]) -> None:
    assert network.advertised(addresses, routes, NAMES) == cards


def test_names() -> None:
    assert network.names([ETH0, DOCKER0]) == {4: "eth0", 5: "docker0"}


def test_messages() -> None:
    one = struct.pack("=IHHII", 17, network.NEWLINK, 0, 1, 0) + b"x" + b"\0" * 3
    end = struct.pack("=IHHII", 16, network.DONE, 0, 1, 0)
    assert list(network.messages(one + end)) == [(network.NEWLINK, b"x"), (network.DONE, b"")]
    assert list(network.messages(b"\0" * 16)) == []
    assert list(network.messages(b"short")) == []


def test_request() -> None:
    assert len(network.request(network.GETROUTE)) == 20


def neighbour(state: int, address: str, mac: str = "02fc00000009", family: int = 2) -> bytes:
    header = struct.pack("=BxxxiHBB", family, 4, state, 0, 1)
    return header + attribute(1, ipaddress.ip_address(address).packed) + attribute(2, bytes.fromhex(mac))


def test_neighbours_are_those_that_have_just_answered() -> None:
    given = [
        neighbour(0x2, "192.0.2.9"),
        neighbour(0x2, "fd00::9", family=10),
        neighbour(0x4, "192.0.2.10"),  # stale
        neighbour(0x20, "192.0.2.11", ""),  # failed
        neighbour(0x2, "192.0.2.12", family=7),  # of a bridge
        struct.pack("=BxxxiHBB", 2, 4, 0x2, 0, 1),
    ]
    assert network.neighbours(given) == {"192.0.2.9": "02:fc:00:00:00:09", "fd00::9": "02:fc:00:00:00:09"}
