# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Addresses and networks out of text that a person or a host wrote.

Python takes any text behind a ``%`` for the zone of an IPv6 address (RFC 4007) and keeps it, blanks and brackets included,
so that an address can carry words into a file or a firewall rule. Nothing that is written there needs a zone: a link-local
address means something on one host only. Every function raises ValueError that quotes the text.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Interface = t.Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]

# Longer than any address with a prefix or a netmask.
_SHAPE = re.compile(r"[0-9A-Fa-f:./]{1,64}")


def _checked(text: str, kind: str) -> str:
    shown = ascii(text if len(text) <= 64 else text[:61] + "...")
    if "%" in text:
        raise ValueError(f"{shown} has a zone (%), which means something on one host only; write the {kind} without it")
    if not _SHAPE.fullmatch(text):
        raise ValueError(f"{shown} does not appear to be an IPv4 or IPv6 {kind}")
    return text


def address(text: str) -> Address:
    """One address: ``192.0.2.11`` or ``2001:db8::11``."""
    return ipaddress.ip_address(_checked(text, "address"))


def network(text: str) -> Network:
    """One network without host bits, or one address, which is a network of itself."""
    return ipaddress.ip_network(_checked(text, "network"))


def interface(text: str) -> Interface:
    """An address with the prefix of its network: ``192.0.2.11/24``."""
    return ipaddress.ip_interface(_checked(text, "interface"))


def canonical(text: str) -> str:
    """An address or network in its one spelling; a network of one address is that address."""
    found = network(text)
    return str(found.network_address if found.prefixlen == found.max_prefixlen else found)


def summary(texts: t.Iterable[str]) -> t.List[Network]:
    """Networks and addresses added up: the fewest networks that hold the same addresses, those of IPv4 first."""
    found = [network(text) for text in texts]
    four = [one for one in found if isinstance(one, ipaddress.IPv4Network)]
    six = [one for one in found if isinstance(one, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six)]


__all__ = ("Address", "Interface", "Network", "address", "canonical", "interface", "network", "summary")
