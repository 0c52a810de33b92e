# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Room for the ranges of one address family: keep what is fine, move the fewest, prefer well-known places."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.input import Plan
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.rules import (
    SERVICE_PREFIXES,
    WIDEST,
    misplaced_endpoints,
    needed_blocks,
    routed,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.space import (
    Extent,
    first_fit,
    longest_gap,
    merged,
    nearest_fit,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import (
    BITS,
    PRIVATE,
    UNUSABLE,
    Span,
    address_text,
    block,
    read_address,
)

WELL_KNOWN = {"pods": "10.244.0.0", "services": "10.96.0.0"}
_SERVICE_DEFAULT = {4: 12, 6: 112}
_POD_BITS = 8  # 256 nodes, when the plan asks for no more
SHORTEST = 8  # no private space is larger than a /8
_MACHINES = ("nodes", "gateways", "dns_servers", "nfs_servers", "dhcp_ranges")
_LAN = {4: 24, 6: 64}


@dataclasses.dataclass(frozen=True)
class Slot:
    """One range of pods or services: where it is, the sizes it may have (best first), and whether it can stay."""

    key: str
    family: int
    span: t.Optional[Span]
    prefixes: tuple[int, ...]
    fits: bool
    stays: bool

    @property
    def stubbornness(self) -> int:
        """Which of two slots to keep: the well-known one, else the pods."""
        known = self.span is not None and self.span.text.split("/")[0] == WELL_KNOWN[self.key]
        return (2 if known else 0) + (1 if self.key == "pods" else 0)


@dataclasses.dataclass(frozen=True)
class Choice:
    """What stays and what moves, in one family."""

    moved: tuple[Slot, ...]
    kept: tuple[Span, ...]
    endpoints: tuple[Span, ...]
    pools: tuple[Span, ...]
    cost: tuple[int, ...]


def _pod_prefixes(plan: Plan, family: int, span: t.Optional[Span], widen: bool) -> tuple[tuple[int, ...], bool]:
    """(sizes from the best to the smallest possible, whether the present one is possible)"""
    node_block, needed = plan.blocks[family], needed_blocks(plan)
    least = max(needed - 1, 0).bit_length()
    roomy = least if ((1 << least) - needed) * 4 >= 1 << least else least + 1
    spare = -1 if span is None else node_block - span.prefix
    fits = least <= spare <= WIDEST
    want = spare if fits else WIDEST if spare > WIDEST else max(_POD_BITS, roomy)
    if widen:
        want = max(want, roomy)
    want = min(want, WIDEST, node_block - SHORTEST)
    return tuple(node_block - bits for bits in range(want, least - 1, -1)), fits


def _service_prefixes(family: int, span: t.Optional[Span]) -> tuple[tuple[int, ...], bool]:
    widest, narrowest = SERVICE_PREFIXES[family]
    fits = span is not None and widest <= span.prefix <= narrowest
    want = (
        span.prefix
        if span is not None and fits
        else widest
        if span and span.prefix < widest
        else _SERVICE_DEFAULT[family]
    )
    return tuple(range(want, narrowest + 1)), fits


class Layout:
    """The search in one family. The order of everything is fixed, so equal plans give equal proposals."""

    def __init__(self, plan: Plan, family: int, seed: bytes) -> None:
        self.plan = plan
        self.family = family
        self.seed = seed
        self.unusable = [span for span in UNUSABLE if span.family == family]
        self.others = routed(plan, family)
        self.networks = plan.of("node_networks", family=family)
        self.machines = plan.of(*_MACHINES, family=family) + self.unusable
        self.outside = self.machines + self.networks + self.others
        self.endpoints = plan.of("endpoint", family=family)
        self.misplaced = [endpoint for _rule, endpoint, _other in misplaced_endpoints(plan)]
        self.pools = plan.of("load_balancer", family=family)

    def slot(self, key: str, spans: t.Sequence[Span], force: bool) -> Slot:
        """The slot of a key: of several ranges of one family, the first that can stay."""
        made = [self._slot(key, span, force) for span in spans] or [self._slot(key, None, force)]
        return next((slot for slot in made if slot.stays), made[0])

    def _slot(self, key: str, span: t.Optional[Span], force: bool) -> Slot:
        if key == "pods":
            prefixes, fits = _pod_prefixes(self.plan, self.family, span, force)
        else:
            prefixes, fits = _service_prefixes(self.family, span)
        stays = fits and not force and span is not None and not any(span.overlaps(other) for other in self.outside)
        return Slot(key, self.family, span, prefixes, fits, stays)

    def choices(self, slots: t.Sequence[Slot]) -> list[Choice]:
        """Everything that can stay together, fewest moves first."""
        result = []
        for pattern in itertools.product((False, True), repeat=len(slots)):
            moved = tuple(slot for slot, moves in zip(slots, pattern) if moves)
            kept = tuple(slot.span for slot in slots if slot not in moved and slot.span is not None)
            if not all(slot.stays or slot in moved for slot in slots) or _collide(kept):
                continue
            for endpoints in dict.fromkeys((tuple(self.endpoints), ())):
                taken = [*self.unusable, *kept, *self.misplaced]
                if any(end.overlaps(span) for end in endpoints for span in taken):
                    continue
                for pools in dict.fromkeys((self._staying_pools((*kept, *endpoints)), ())):
                    lost = (len(self.endpoints) - len(endpoints), len(self.pools) - len(pools))
                    cost = (len(moved) + sum(lost), *lost, sum(slot.stubbornness for slot in moved))
                    result.append(Choice(moved, kept, endpoints, pools, cost))
        return sorted(result, key=lambda choice: choice.cost)

    def _staying_pools(self, taken: t.Sequence[Span]) -> tuple[Span, ...]:
        fine = [pool for pool in self.pools if not any(pool.overlaps(span) for span in (*self.machines, *taken))]
        stay: list[Span] = []
        # Of ranges that overlap each other, taking what ends first keeps the most.
        for pool in sorted(fine, key=lambda pool: pool.last):
            if not stay or stay[-1].last < pool.first:
                stay.append(pool)
        return tuple(stay)

    def solve(self, slots: t.Sequence[Slot]) -> t.Optional[dict[str, list[Span]]]:
        """The spans of this family per key, or None when there is no room."""
        for choice in self.choices(slots):
            for polite in (True, False):
                sizes = [slot.prefixes for slot in choice.moved]
                if not all(sizes) or self._place(choice, [prefixes[-1] for prefixes in sizes], polite) is None:
                    continue
                for indexes in sorted(itertools.product(*(range(len(prefixes)) for prefixes in sizes)), key=sum):
                    placed = self._place(choice, [sizes[at][index] for at, index in enumerate(indexes)], polite)
                    if placed is not None:
                        return placed
        return None

    def _place(self, choice: Choice, prefixes: t.Sequence[int], polite: bool) -> t.Optional[dict[str, list[Span]]]:
        """Find room for all that moves; ``polite`` also leaves the networks alone that machines are probably in."""
        core = list(choice.kept)
        taken = [*self.outside, *choice.endpoints, *choice.pools, *(self._neighbourhoods if polite else ())]
        for slot, prefix in sorted(
            ((slot, prefixes[at]) for at, slot in enumerate(choice.moved)), key=lambda pair: pair[1]
        ):
            found = self._core(slot, prefix, merged([*taken, *core]))
            if found is None:
                return None
            core.append(found)
        endpoints: list[Span] = []
        for end in self.endpoints:
            place = (
                end if end in choice.endpoints else self._near(end, [*self.machines, *core, *choice.pools, *endpoints])
            )
            if place is None:
                return None
            endpoints.append(place)
        pools = self._place_pools(choice, [*core, *endpoints])
        if pools is None:
            return None
        return {
            "pods": _of(core, "pods"),
            "services": _of(core, "services"),
            "endpoint": endpoints,
            "load_balancer": pools,
        }

    def _place_pools(self, choice: Choice, taken: t.Sequence[Span]) -> t.Optional[list[Span]]:
        stay = list(choice.pools)
        result: list[Span] = []
        done: list[Span] = []
        for pool in self.pools:
            place: t.Optional[Span] = pool
            if pool in stay:
                stay.remove(pool)
            else:
                place = self._near(pool, [*self.machines, *taken, *choice.pools, *done])
            if place is None:
                return None
            result.append(place)
            done.append(place)
        return result

    @functools.cached_property
    def _neighbourhoods(self) -> list[Span]:
        """The usual network around each machine whose network the plan does not name."""
        machines = self.plan.of(*_MACHINES, family=self.family)
        return [self._around(span) for span in machines if not any(network.holds(span) for network in self.networks)]

    def _around(self, span: Span) -> Span:
        return block("", self.family, span.first, _LAN[self.family])

    def _core(self, slot: Slot, prefix: int, taken: t.Sequence[Extent]) -> t.Optional[Span]:
        # A range of the wrong size grows or shrinks where it is; services that grow would reach far from there.
        in_place = (
            slot.span is not None and not slot.fits and not (slot.key == "services" and slot.span.prefix > prefix)
        )
        bases = [slot.span.first] if slot.span is not None and in_place else []
        areas: list[Extent] = [(span.first, span.last) for span in PRIVATE if span.family == self.family]
        if self.family == 4:
            known = read_address(WELL_KNOWN[slot.key], slot.key).first
            bases.append(known)
            areas.insert(0, (known, areas[0][1]))
        else:
            areas = [*self._unique_local(), *areas]
        size = 1 << (BITS[self.family] - prefix)
        for base in bases:
            span = block(slot.key, self.family, base, prefix)
            if (
                any(space.holds(span) for space in PRIVATE)
                and first_fit((span.first, span.last), size, taken) is not None
            ):
                return span
        for area in areas:
            start = first_fit(area, size, taken)
            if start is not None:
                return block(slot.key, self.family, start, prefix)
        return None

    def _unique_local(self) -> t.Iterator[Extent]:
        """Two /48 as RFC 4193 makes them, but with a random number that comes from the plan, the same each time."""
        for counter in (b"0", b"1"):
            global_id = int.from_bytes(hashlib.sha256(counter + self.seed).digest()[:5], "big")
            first = (0xFD << 120) | (global_id << 80)
            yield first, first + (1 << 80) - 1

    def _near(self, span: Span, taken: t.Sequence[Span]) -> t.Optional[Span]:
        """The nearest room for a pool or an address: in its network, then smaller there, then anywhere private."""
        inside = sorted(
            (net for net in self.networks + self.others if net.first <= span.first <= net.last),
            key=lambda net: net.size,
        )
        near = list(dict.fromkeys(inside + self.networks))
        private = sorted(
            (space for space in PRIVATE if space.family == self.family), key=lambda space: not space.holds(span)
        )
        # The ends of node networks are left out, and networks elsewhere as long as there is other room.
        ends = [
            end
            for net in self.networks
            for end in (net._replace(last=net.first), net._replace(first=net.last))
            if net.size > 2
        ]
        avoid: list[Span] = [*ends, *(net for net in self.others if net not in inside)]
        tries: list[tuple[list[Span], bool, list[Span]]] = [
            (near or self._guessed_networks(span), False, avoid),
            (near, True, avoid),
            *((private, shrink, taboo) for taboo in ([*ends, *self.others], []) for shrink in (False, True)),
        ]
        for areas, shrink, taboo in tries:
            free = merged([*taken, *taboo])
            for area in areas:
                # The ends of an area are no addresses of machines.
                found = _fit(span, (area.first + 1, area.last - 1) if area.size > 2 else area[1:3], free, shrink)
                if found is not None:
                    return found
        return None

    def _guessed_networks(self, span: Span) -> list[Span]:
        around = (span, *self.plan.of("nodes", family=self.family)[:1])
        return [self._around(one) for one in around if not any(space.overlaps(one) for space in self.unusable)]


def _of(spans: t.Iterable[Span], key: str) -> list[Span]:
    return [span for span in spans if span.key == key]


def _collide(spans: t.Iterable[Span]) -> bool:
    return any(one.overlaps(other) for one, other in itertools.combinations(spans, 2))


def _fit(span: Span, area: Extent, taken: t.Sequence[Extent], shrink: bool) -> t.Optional[Span]:
    """A pool or an address moved into an area, in the notation it had."""
    as_block = "/" in span.text
    size = span.size
    if shrink:
        room = min(longest_gap(area, taken), size)
        size = 1 << (room.bit_length() - 1) if as_block and room else room
    while size:
        start = nearest_fit(area, size, size if as_block else 1, span.first, taken)
        if start is not None:
            last = start + size - 1
            text = address_text(span.family, start)
            if as_block:
                text = block("", span.family, start, BITS[span.family] - size.bit_length() + 1).text
            elif "-" in span.text:
                text = f"{text}-{address_text(span.family, last)}"
            return span._replace(first=start, last=last, text=text)
        size = size // 2 if shrink else 0
    return None


__all__ = ("SHORTEST", "Layout", "Slot")
