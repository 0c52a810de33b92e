# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Interfaces, addresses, routes and neighbours out of the kernel's rtnetlink(7) answers.

A minimal system has no ``ip`` command, and /proc shows neither all IPv4 addresses nor the routes of all tables (VPNs use
their own); the kernel tells everyone who asks. Only parsing: the module holds the socket.
"""

from __future__ import annotations

import ipaddress
import struct
import typing as t

NEWLINK, GETLINK, NEWADDR, GETADDR, NEWROUTE, GETROUTE, NEWNEIGH, GETNEIGH = 16, 18, 20, 22, 24, 26, 28, 30
ERROR, DONE = 2, 3
REQUEST_DUMP = 0x301

_UP = 0x1
_AF_INET, _AF_INET6 = 2, 10
_UNICAST, _CLONED = 1, 0x200
_TABLE_LOCAL = 255
# linux/if_addr.h, linux/rtnetlink.h
_PERMANENT, _PROTOCOL_RA = 0x80, 9

_IFLA_ADDRESS, _IFLA_IFNAME, _IFLA_MTU, _IFLA_LINKINFO, _INFO_KIND = 1, 3, 4, 18, 1
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_NDA_DST, _NDA_LLADDR = 1, 2
_REACHABLE = 0x2
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_MULTIPATH, _RTA_TABLE = 1, 4, 5, 9, 15


class Interface(t.TypedDict):
    """A network card or virtual device; ``kind`` is empty for hardware, else bridge, veth, vxlan, wireguard ..."""

    name: str
    kind: str
    mac: str
    mtu: int
    up: bool
    addresses: t.List[str]


class Route(t.TypedDict):
    """Where packets to ``dst`` leave; ``gateway`` is empty for networks at the device itself."""

    dst: str
    dev: str
    gateway: str
    table: int


def request(kind: int) -> bytes:
    """The question for everything of one kind (GETLINK, GETADDR, GETROUTE, GETNEIGH)."""
    return struct.pack("=IHHIIBxxx", 20, kind, REQUEST_DUMP, 1, 0, 0)


def messages(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    """(type, payload) of every message in one datagram."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if length < 16:
            return
        yield kind, data[16:length]
        data = data[(length + 3) & ~3 :]


def _attributes(data: bytes) -> dict[int, bytes]:
    result: dict[int, bytes] = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        # The two highest bits are flags (nested, byte order).
        result[kind & 0x3FFF] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return result


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("utf-8", "replace")


def _number(data: bytes) -> int:
    return int(struct.unpack_from("=I", data)[0])


def interfaces(links: t.Iterable[bytes], addresses: t.Iterable[bytes]) -> list[Interface]:
    """NEWLINK and NEWADDR payloads -> interfaces with their addresses as ``192.0.2.1/24``."""
    by_index: dict[int, Interface] = {}
    for payload in links:
        index, flags = struct.unpack_from("=iI", payload, 4)
        values = _attributes(payload[16:])
        info = _attributes(values.get(_IFLA_LINKINFO, b""))
        by_index[index] = Interface(
            name=_text(values.get(_IFLA_IFNAME, b"")),
            kind=_text(info.get(_INFO_KIND, b"")),
            mac=values.get(_IFLA_ADDRESS, b"").hex(":"),
            mtu=_number(values[_IFLA_MTU]) if _IFLA_MTU in values else 0,
            up=bool(flags & _UP),
            addresses=[],
        )
    for payload in addresses:
        family, prefix, _flags, _scope, index = struct.unpack_from("=BBBBI", payload)
        values = _attributes(payload[8:])
        # On a point-to-point device IFA_ADDRESS is the other end; IFA_LOCAL is this one.
        raw = values.get(_IFA_LOCAL) or values.get(_IFA_ADDRESS)
        if family in (_AF_INET, _AF_INET6) and raw and index in by_index:
            by_index[index]["addresses"].append(f"{ipaddress.ip_address(raw)}/{prefix}")
    return sorted(by_index.values(), key=lambda i: i["name"])


def _hops(values: t.Mapping[int, bytes]) -> t.Iterator[tuple[int, bytes]]:
    """(interface index, gateway) of a route; a multipath route has several."""
    if _RTA_OIF in values:
        yield _number(values[_RTA_OIF]), values.get(_RTA_GATEWAY, b"")
    data = values.get(_RTA_MULTIPATH, b"")
    while len(data) >= 8:
        length, _flags, _hops, index = struct.unpack_from("=HBBi", data)
        if length < 8:
            return
        yield index, _attributes(data[8:length]).get(_RTA_GATEWAY, b"")
        data = data[(length + 3) & ~3 :]


def routes(payloads: t.Iterable[bytes], names: t.Mapping[int, str]) -> list[Route]:
    """NEWROUTE payloads -> unicast routes of all tables but ``local``; ``names`` maps interface indexes."""
    result: list[Route] = []
    for payload in payloads:
        family, prefix, _source, _tos, table, _protocol, _scope, kind, flags = struct.unpack_from("=8BI", payload)
        if family not in (_AF_INET, _AF_INET6) or kind != _UNICAST or flags & _CLONED:
            continue
        values = _attributes(payload[12:])
        table = _number(values[_RTA_TABLE]) if _RTA_TABLE in values else table
        if table == _TABLE_LOCAL:
            continue
        dst = ipaddress.ip_network(
            (values.get(_RTA_DST) or bytes(4 if family == _AF_INET else 16), prefix), strict=False
        )
        if dst.is_multicast or dst.is_link_local:
            continue
        for index, gateway in _hops(values):
            via = str(ipaddress.ip_address(gateway)) if gateway else ""
            result.append(Route(dst=str(dst), dev=names.get(index, str(index)), gateway=via, table=table))
    return sorted(result, key=lambda r: (r["table"], r["dst"], r["dev"]))


def advertised(addresses: t.Iterable[bytes], routes: t.Iterable[bytes], names: t.Mapping[int, str]) -> t.Set[str]:
    """The cards whose IPv6 came from a router: an address that expires, or a route of a router advertisement.

    What a DHCPv6 client has set expires too; its routes are the router's all the same.
    """
    result = set()
    for payload in addresses:
        family, _prefix, flags, _scope, index = struct.unpack_from("=BBBBI", payload)
        if family == _AF_INET6 and not flags & _PERMANENT:
            result.add(names.get(index, str(index)))
    for payload in routes:
        family, protocol = payload[0], payload[5]
        if family == _AF_INET6 and protocol == _PROTOCOL_RA:
            result |= {names.get(index, str(index)) for index, _gateway in _hops(_attributes(payload[12:]))}
    return result


def neighbours(payloads: t.Iterable[bytes]) -> dict[str, str]:
    """Address -> MAC of the machines that have just answered ARP or neighbour discovery; older answers say nothing of now."""
    result = {}
    for payload in payloads:
        family, _index, state = struct.unpack_from("=BxxxiH", payload)
        values = _attributes(payload[12:])
        if family in (_AF_INET, _AF_INET6) and state & _REACHABLE and _NDA_DST in values:
            result[str(ipaddress.ip_address(values[_NDA_DST]))] = values.get(_NDA_LLADDR, b"").hex(":")
    return result


def names(links: t.Iterable[bytes]) -> dict[int, str]:
    """Interface index -> name of NEWLINK payloads."""
    return {
        struct.unpack_from("=i", payload, 4)[0]: _text(_attributes(payload[16:]).get(_IFLA_IFNAME, b""))
        for payload in links
    }


__all__ = (
    "DONE",
    "ERROR",
    "GETADDR",
    "GETLINK",
    "GETNEIGH",
    "GETROUTE",
    "NEWADDR",
    "NEWLINK",
    "NEWNEIGH",
    "NEWROUTE",
    "Interface",
    "Route",
    "advertised",
    "interfaces",
    "messages",
    "names",
    "neighbours",
    "request",
    "routes",
)
