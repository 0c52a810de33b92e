# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Addresses, networks and ranges as the address plan compares them: named whole numbers, and strict readers."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import netaddr

Version = t.Literal[4, 6]
BITS = {4: 32, 6: 128}
_LONGEST = 100  # two IPv6 addresses and what joins them fit well; anything longer is not an address
_QUOTED = 40


class MalformedError(ValueError):
    """A text that is no address, network or range; ``repaired`` is its only sensible reading, if there is one."""

    def __init__(self, reason: str, repaired: str = "") -> None:
        super().__init__(reason)
        self.repaired = repaired


class Span(t.NamedTuple):
    """All addresses from first to last of a family (4 or 6) under an input key; ``name`` is the key of a mapping."""

    family: int
    first: int
    last: int
    key: str
    name: str
    text: str

    @property
    def subject(self) -> str:
        return f"{self.key}.{self.name}" if self.name else self.key

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    @property
    def prefix(self) -> int:
        """The prefix length, for a span that is one CIDR block."""
        return BITS[self.family] - (self.size.bit_length() - 1)

    def range(self) -> netaddr.IPRange:
        """For sums and differences of few; whole numbers are ten times as fast, and a search compares thousands."""
        return netaddr.IPRange(address(self.family, self.first), address(self.family, self.last))

    def overlaps(self, other: Span) -> bool:
        return self.family == other.family and self.first <= other.last and other.first <= self.last

    def holds(self, other: Span) -> bool:
        return self.family == other.family and self.first <= other.first and other.last <= self.last


def quote(value: object) -> str:
    """A value for a message: as Python shows it, ASCII only, and never longer than a line."""
    text = str(value)
    return ascii(text) if len(text) <= _QUOTED else f"{text[:_QUOTED]!a}... ({len(text)} characters)"


def address(family: int, number: int) -> netaddr.IPAddress:
    return netaddr.IPAddress(number, t.cast("Version", family))


def address_text(family: int, number: int) -> str:
    return str(address(family, number))


def block(key: str, family: int, first: int, prefix: int) -> Span:
    """The CIDR block of a key that holds an address, written the usual way."""
    network = netaddr.IPNetwork((first, prefix), version=t.cast("Version", family)).cidr
    return Span(family, network.first, network.last, key, "", str(network))


def network(text: str) -> netaddr.IPNetwork:
    """The network that a host or a person wrote, for sums. Raises ValueError; netaddr alone would overlook host bits."""
    return netaddr.IPNetwork(str(_ip.network(text)))


def range_text(addresses: netaddr.IPRange) -> str:
    """A CIDR when the addresses are one block of more than one, else ``a-b``."""
    blocks = addresses.cidrs()
    return str(blocks[0]) if len(blocks) == 1 and addresses.size > 1 else str(addresses)


def _check_text(text: str) -> None:
    if len(text) > _LONGEST:
        raise MalformedError("is far too long for addresses")
    if not text.isascii():
        raise MalformedError("has characters that no address has")
    if text != text.strip():
        raise MalformedError("has white space around it", text.strip())
    if not text:
        raise MalformedError("is empty; a comma too many?")


def _without_port(text: str) -> str:
    found = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+(?:\.\d+){3}):\d+", text)
    return (found[1] or found[2]) if found else ""


def _number(text: str) -> tuple[int, int]:
    """(family, number) of exactly one address."""
    if re.search(r"(?:^|\.)0\d", text) and re.fullmatch(r"[\d.]+", text):
        raise MalformedError("has leading zeros, which some programs read as octal")
    if "%" in text:
        raise MalformedError("has a zone, which means something on one host only")
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        bare = _without_port(text)
        if bare:
            raise MalformedError("has a port or brackets; only the address belongs here", bare) from None
        if ":" not in text and re.search(r"[g-zG-Z]", text):
            raise MalformedError("is a name; an address belongs here, names may change what they mean") from None
        raise MalformedError("is not an IPv4 or IPv6 address") from None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    if mapped:
        raise MalformedError(
            "is an IPv4 address written as IPv6, which Kubernetes does not take for either", str(mapped)
        )
    return found.version, int(found)


def read_address(text: str, key: str, name: str = "") -> Span:
    """One address, nothing else: no prefix, port, zone or name."""
    _check_text(text)
    if "/" in text:
        try:
            family, number = _number(text.split("/", 1)[0])
        except MalformedError:
            raise MalformedError("is not an address") from None
        raise MalformedError("is a network; one address belongs here", address_text(family, number))
    family, number = _number(text)
    return Span(family, number, number, key, name, text)


def _network_repair(start: str, repaired: str, length: str) -> str:
    """The network that a badly written start and a prefix length mean, if that is plain."""
    if not repaired or not re.fullmatch(r"\d{1,3}", length):
        return ""
    # An IPv4-mapped network counts 96 bits more.
    shift = 96 if ":" in start and ":" not in repaired else 0
    return f"{repaired}/{int(length) - shift}" if int(length) >= shift else ""


def read_network(text: str, key: str, name: str = "", *, bare: bool = False) -> Span:
    """``address/prefix`` without host bits; with ``bare`` also one address, as routes to one host are printed."""
    _check_text(text)
    start, slash, length = text.partition("/")
    try:
        family, number = _number(start)
    except MalformedError as exc:
        raise MalformedError(
            str(exc), _network_repair(start, exc.repaired, length) if slash else exc.repaired
        ) from None
    bits = BITS[family]
    if not slash:
        if bare:
            return Span(family, number, number, key, name, text)
        raise MalformedError("has no prefix length; a network is written as address/prefix")
    if not re.fullmatch(r"0|[1-9]\d{0,2}", length) or int(length) > bits:
        raise MalformedError(f"has the prefix length {quote(length)}; for IPv{family} it is a number from 0 to {bits}")
    hosts = (1 << (bits - int(length))) - 1
    if number & hosts:
        fixed = block(key, family, number, int(length)).text
        raise MalformedError(f"has host bits set; the network is {fixed}", fixed)
    return Span(family, number, number + hosts, key, name, text)


def read_range(text: str, key: str, name: str = "") -> Span:
    """``first-last`` or a network."""
    if "-" not in text or len(text) > _LONGEST:
        try:
            return read_network(text, key, name)
        except MalformedError as exc:
            if exc.repaired or "/" in text or "prefix" not in str(exc):
                raise
            fixed = f"{text}/{BITS[6 if ':' in text else 4]}"
            raise MalformedError("is one address; a range is written as address/prefix or first-last", fixed) from None
    _check_text(text)
    try:
        first, last = (read_address(end.strip(), key) for end in text.split("-", 1))
    except MalformedError as exc:
        raise MalformedError(str(exc)) from None
    if first.family != last.family:
        raise MalformedError("mixes IPv4 and IPv6")
    if first.first > last.first:
        raise MalformedError("is reversed: its last address comes before its first", f"{last.text}-{first.text}")
    return Span(first.family, first.first, last.last, key, name, text)


def _spans(rows: t.Mapping[str, str]) -> tuple[Span, ...]:
    return tuple(read_network(cidr, "", name) for cidr, name in rows.items())


# Where no machine, pod or service can have its address. The last IPv6 rows are all that is neither global (2000::/3)
# nor unique local (fc00::/7).
UNUSABLE = _spans(
    {
        "127.0.0.0/8": "loopback",
        "169.254.0.0/16": "link-local",
        "224.0.0.0/4": "multicast",
        "0.0.0.0/8": "unspecified",
        "240.0.0.0/4": "reserved",
        "::1/128": "loopback",
        "fe80::/10": "link-local",
        "ff00::/8": "multicast",
        "::/128": "unspecified",
        "::/3": "reserved",
        "4000::/2": "reserved",
        "8000::/2": "reserved",
        "c000::/3": "reserved",
        "e000::/4": "reserved",
        "f000::/5": "reserved",
        "f800::/6": "reserved",
        "fe00::/9": "reserved",
        "fec0::/10": "reserved",
    }
)

PRIVATE = _spans({"10.0.0.0/8": "", "172.16.0.0/12": "", "192.168.0.0/16": "", "fd00::/8": ""})

# Not routed on the Internet either: shared, benchmark and documentation space.
NOT_PUBLIC = PRIVATE + _spans(
    {
        "100.64.0.0/10": "",
        "192.0.0.0/24": "",
        "192.0.2.0/24": "",
        "198.18.0.0/15": "",
        "198.51.100.0/24": "",
        "203.0.113.0/24": "",
        "fc00::/8": "",
        "2001:db8::/32": "",
    }
)

__all__ = (
    "BITS",
    "NOT_PUBLIC",
    "PRIVATE",
    "UNUSABLE",
    "MalformedError",
    "Span",
    "address",
    "address_text",
    "block",
    "network",
    "quote",
    "range_text",
    "read_address",
    "read_network",
    "read_range",
)
