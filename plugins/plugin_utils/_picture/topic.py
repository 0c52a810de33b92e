# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a picture of an address plan is about: ranges, machines and mistakes, ready to be drawn in any format."""

from __future__ import annotations

import dataclasses
import math
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.block import inventory_block
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.input import read
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import findings
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import Span, address_text, block

RANGES = ("pods", "services", "node_networks", "load_balancer", "dhcp_ranges", "other_networks")
MACHINES = ("nodes", "endpoint", "gateways", "dns_servers", "nfs_servers")
TITLES = {
    "pods": "Pods",
    "services": "Services",
    "node_networks": "Node network",
    "load_balancer": "LoadBalancer pool",
    "dhcp_ranges": "DHCP range",
    "other_networks": "Other network",
    "endpoint": "API endpoint",
    "gateways": "gateway",
    "dns_servers": "DNS server",
    "nfs_servers": "NFS server",
}
# Without a host nobody knows the prefix of its network; these are what homes have.
_ASSUMED = {4: 24, 6: 64}


@dataclasses.dataclass(frozen=True)
class Topic:
    """A cluster to draw. ``plan`` is the input of the address check."""

    name: str
    plan: t.Mapping[str, object]
    control_plane: t.Sequence[str] = ()
    endpoint: str = ""
    subtitle: str = ""

    def role(self, node: str) -> str:
        return "control plane" if node in self.control_plane else "worker"


@dataclasses.dataclass(frozen=True)
class Item:
    """A range or a machine with its name for people; ``bad`` when an error concerns it."""

    span: Span
    title: str
    bad: bool
    assumed: bool = False

    @property
    def address(self) -> str:
        """A machine's, or the first of a range."""
        return address_text(self.span.family, self.span.first)

    @property
    def bits(self) -> float:
        """How often one address was doubled: the length of a bar."""
        return math.log2(self.span.size)


@dataclasses.dataclass(frozen=True)
class Drawing:
    """Everything that a picture shows."""

    topic: Topic
    ranges: list[Item]
    machines: list[Item]
    findings: list[Finding]
    block: list[str]

    @property
    def networks(self) -> list[Item]:
        return [item for item in self.ranges if item.span.key == "node_networks"]

    def inside(self, network: Item, items: t.Iterable[Item]) -> list[Item]:
        return [item for item in items if network.span.holds(item.span)]

    def touching(self, network: Item, items: t.Iterable[Item]) -> list[Item]:
        return [item for item in items if network.span.overlaps(item.span)]

    def places(self) -> list[tuple[Span, list[Item]]]:
        """What lies together: each network of nodes, and each set of ranges that overlap, with all that is inside."""
        areas = [item.span for item in self.networks]
        for item in self.ranges:
            apart = item.span.key in ("pods", "services", "other_networks")
            others = [other for other in self.ranges if other is not item and other.span.overlaps(item.span)]
            if apart and others and not any(area == item.span or area.holds(item.span) for area in areas):
                areas.insert(0, item.span)
        things = [*self.ranges, *self.machines]
        return [(area, [item for item in things if item.span.overlaps(area)]) for area in areas]


def _networks(spans: t.Sequence[Span], nodes: t.Iterable[Span]) -> list[Span]:
    """The networks that must be assumed, because no given one holds the node."""
    assumed: list[Span] = []
    for node in nodes:
        if not any(network.holds(node) for network in [*spans, *assumed]):
            assumed.append(block("node_networks", node.family, node.first, _ASSUMED[node.family]))
    return assumed


def drawing(topic: Topic) -> Drawing:
    """Read and judge a plan. Raises TypeError for a wrong type."""
    parsed = read(topic.plan)
    found = findings(topic.plan)
    bad = {subject for finding in found if finding["severity"] == "error" for subject in finding["subjects"]}

    def item(span: Span, assumed: bool = False) -> Item:
        # The check does not know of a network that is only assumed; what swallows its nodes swallows it too.
        lost = assumed and any(span.overlaps(other) for other in parsed.of("pods", "services"))
        return Item(span, span.name or TITLES.get(span.key, span.key), lost or span.subject in bad, assumed)

    ranges = [item(span) for key in RANGES for span in parsed.of(key)]
    assumed = [item(span, True) for span in _networks(parsed.of("node_networks"), parsed.of("nodes"))]
    at = sum(one.span.key in ("pods", "services", "node_networks") for one in ranges)
    machines = [item(span) for key in MACHINES for span in parsed.of(key)]
    return Drawing(topic, ranges[:at] + assumed + ranges[at:], machines, found, inventory_block(topic.plan))


def counted(number: int) -> str:
    """A number of addresses for people."""
    if number > 10**7:
        return f"2^{number.bit_length() - 1}"
    return f"{number:,}"


__all__ = ("Drawing", "Item", "Topic", "counted", "drawing")
