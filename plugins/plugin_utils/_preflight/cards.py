# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which addresses a host has, on which of its cards, and whether another machine has them too."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import POD_NETWORKS

Facts = t.Mapping[str, t.Any]
Seen = t.Mapping[str, Facts]

# Devices of a cluster that already runs here: their networks are the plan itself, not a conflict with it.
OUR_DEVICES = (
    *(pattern for network in POD_NETWORKS.values() for pattern in network.links),
    "kube-ipvs0",
    "kube-bridge",
    "lo",
    "veth*",
)

# Networks that a machine makes for itself alone: of Docker (names of twelve digits), libvirt, Podman, LXC and Incus.
PRIVATE_DEVICES = ("docker0", "br-????????????", "virbr*", "podman*", "lxcbr*", "lxdbr*", "incusbr*")


class Card(t.NamedTuple):
    """An address that a host could use among the nodes: nobody else has it, and no pod network made it."""

    host: str
    device: str
    address: str
    network: str

    def __str__(self) -> str:
        return f"{self.address} ({self.device})"

    @property
    def family(self) -> int:
        return 6 if ":" in self.address else 4


def server_host(url: str) -> str:
    """The host of an API server's address, an IP address in its one spelling; "" for none."""
    match = re.fullmatch(r"https://(\[[^]]+\]|[^:/]+).*", url)
    host = match.group(1).strip("[]") if match else ""
    return address_of(host) or host


def server_port(url: str) -> int:
    """The port of an API server's address; 443 where it names none."""
    match = re.fullmatch(r"https://(?:\[[^]]+\]|[^:/]+):([0-9]{1,5})/?", url)
    return int(match.group(1)) if match else 443


def address_of(text: str) -> t.Optional[str]:
    """The address in one spelling (IPv4-mapped IPv6 is IPv4), None when it is no address."""
    try:
        address = _ip.address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def addresses(facts: Facts) -> t.Dict[str, t.Tuple[str, str]]:
    """Address -> (network, interface) of everything a host has."""
    return {
        str(found.ip): (str(found.network), interface["name"])
        for interface in facts["interfaces"]
        for found in map(_ip.interface, interface["addresses"])
    }


def is_local(address: str) -> bool:
    """Whether an address means this host, or this cable, whoever has it."""
    parsed = _ip.address(address)
    return parsed.is_loopback or parsed.is_link_local


def same_machine(one: Facts, other: Facts) -> bool:
    """Whether two names lead to one machine; a copy of a machine has its id, and network cards of its own."""

    def identity(facts: Facts) -> t.Tuple[str, t.FrozenSet[str]]:
        return facts["machine_id"], frozenset(interface["mac"] for interface in facts["interfaces"])

    return identity(one) == identity(other)


def elsewhere(seen: Seen, name: str, address: str) -> t.List[str]:
    """Other machines that have an address of this host on a card of theirs, whatever the inventory says.

    A second name for one machine is no other machine; the address plan tells that.
    """
    if name not in seen:
        return []
    return [
        other
        for other, facts in seen.items()
        if other != name and not same_machine(facts, seen[name]) and address in addresses(facts)
    ]


def cards(seen: Seen, name: str) -> t.List[Card]:
    """The addresses that a host could use, those first whose network it shares with another host."""
    found = [
        Card(name, device, address, network)
        for address, (network, device) in addresses(seen[name]).items()
        if not is_local(address)
        and not any(fnmatch.fnmatchcase(device, pattern) for pattern in (*OUR_DEVICES, *PRIVATE_DEVICES))
        and not elsewhere(seen, name, address)
    ]
    shared = {network for other in seen if other != name for network, _device in addresses(seen[other]).values()}
    return sorted(found, key=lambda card: card.network not in shared)


__all__ = (
    "OUR_DEVICES",
    "Card",
    "Facts",
    "Seen",
    "address_of",
    "addresses",
    "cards",
    "elsewhere",
    "is_local",
    "same_machine",
    "server_host",
    "server_port",
)
