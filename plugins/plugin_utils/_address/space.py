# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where there is room between addresses that are taken."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import Span

Extent = t.Tuple[int, int]


def merged(spans: t.Iterable[Span]) -> list[Extent]:
    """What some spans of one family take, in order, without overlaps."""
    result: list[Extent] = []
    for first, last in sorted((span.first, span.last) for span in spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def gaps(area: Extent, taken: t.Iterable[Extent]) -> t.Iterator[Extent]:
    """The free pieces of an area, in order."""
    start, end = area
    for first, last in taken:
        if last < start:
            continue
        if first > end:
            break
        if first > start:
            yield start, first - 1
        start = last + 1
    if start <= end:
        yield start, end


def first_fit(area: Extent, size: int, taken: t.Iterable[Extent]) -> t.Optional[int]:
    """Where the first free block of a size (a power of two) begins."""
    for first, last in gaps(area, taken):
        start = -(-first // size) * size
        if start + size - 1 <= last:
            return start
    return None


def nearest_fit(area: Extent, size: int, step: int, near: int, taken: t.Iterable[Extent]) -> t.Optional[int]:
    """Where the free run of a size begins that is nearest to an address; ``step`` is what it must be a multiple of."""
    best: t.Optional[int] = None
    for first, last in gaps(area, taken):
        lowest = -(-first // step) * step
        highest = (last - size + 1) // step * step
        if lowest > highest:
            continue
        start = min(max((near + step // 2) // step * step, lowest), highest)
        if best is None or abs(start - near) < abs(best - near):
            best = start
    return best


def longest_gap(area: Extent, taken: t.Iterable[Extent]) -> int:
    """The size of the largest free piece."""
    return max((last - first + 1 for first, last in gaps(area, taken)), default=0)


__all__ = ("Extent", "first_fit", "gaps", "longest_gap", "merged", "nearest_fit")
