# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One address for the API that moves between control planes: whether a cluster has one, and what keepalived is told on each host.

``cluster_endpoint`` is such an address where no host has it for its own. VRRPv3 (RFC 5798) decides who holds it.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip

KEEPALIVED = "keepalived"
# A host that takes the address over waits for (256 - priority) / 256 of the interval first (RFC 5798, Skew_Time): 4 ms, 24 ms, ...
_HIGHEST, _STEP = 254, 10

Nodes = t.Mapping[str, t.Sequence[str]]


class Instance(t.TypedDict, total=False):
    """A VRRP instance. Without an ``address`` there is none; all but ``address`` and ``router_id`` are about one host.

    ``control_planes`` are the addresses of all of them by name, ``source`` is the host's own, on ``interface``, and ``peers`` are
    the others'. ``unicast`` are the addresses that are told who holds the address: without any, keepalived tells the whole
    network (multicast).
    """

    address: str
    router_id: int
    control_planes: dict[str, str]
    source: str
    interface: str
    peers: list[str]
    unicast: list[str]
    priority: int


def _address(text: str) -> str:
    """An address in its one spelling, "" for a name: that is somebody else's business."""
    with contextlib.suppress(ValueError):
        return str(_ip.address(text))
    return ""


def virtual_address(endpoint: str, nodes: Nodes, provider: str = KEEPALIVED) -> str:
    """The address that the control planes are to keep, "" for none: a name, or an address that a host has for its own."""
    address = _address(endpoint) if provider == KEEPALIVED else ""
    own = {_address(text) for texts in nodes.values() for text in texts}
    return "" if address in own else address


def router_id(address: str) -> int:
    """The virtual router's number, 1 to 255: the last byte of its address, so that two addresses of a /24 never have the same."""
    return (int(_ip.address(address)) & 0xFF) or 255


def source_of(address: str, host: str, nodes: Nodes) -> str:
    """The node address of a host in the family of the virtual one. Raises ValueError where it has none."""
    family = _ip.address(address).version
    own = (_address(text) for text in nodes[host])
    found = next((text for text in own if text and _ip.address(text).version == family), "")
    if not found:
        raise ValueError(f"{host} has no IPv{family} address as a node, the family of the virtual IP {address}")
    return found


def interface_of(address: str, interfaces: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """The interface that has an address. Raises ValueError where none has."""
    for interface in interfaces:
        if any(_ip.interface(text).ip == _ip.address(address) for text in interface["addresses"]):
            return str(interface["name"])
    raise ValueError(f"the node address {address} is on none of the host's interfaces")


def instance(
    address: str,
    host: str,
    control_planes: t.Sequence[str],
    nodes: Nodes,
    interfaces: t.Iterable[t.Mapping[str, t.Any]],
) -> Instance:
    """What keepalived is told on a control plane.

    The first of the group has the highest priority: it decides only who begins where several could, because nobody takes the
    address from who holds it. A host that is alone tells itself; where that is IPv6, keepalived's packets find no way there.
    Raises ValueError.
    """
    sources = {name: source_of(address, name, nodes) for name in dict.fromkeys([host, *control_planes])}
    source, peers = sources[host], [sources[name] for name in control_planes if name != host]
    return Instance(
        address=address,
        router_id=router_id(address),
        control_planes={name: sources[name] for name in control_planes},
        source=source,
        interface=interface_of(source, interfaces),
        peers=peers,
        unicast=peers or ([] if ":" in address else ["127.0.0.1"]),
        priority=max(1, _HIGHEST - _STEP * list(control_planes).index(host)),
    )


__all__ = ("KEEPALIVED", "Instance", "instance", "interface_of", "router_id", "source_of", "virtual_address")
