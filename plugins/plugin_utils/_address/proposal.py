# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The nearest address plan without errors."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.input import (
    READERS,
    Plan,
    read,
    repair,
    rewrite,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.layout import SHORTEST, Layout
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.rules import (
    CORE,
    MOVABLE,
    block_holds,
    primary_family,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import BITS, Span

_NAMES = {4: "ipv4", 6: "ipv6"}


def _repaired(plan: t.Mapping[str, object]) -> dict[str, object]:
    """The plan with all that is plain put right; what nobody can read goes away, from pods and services only."""

    def mend(key: str, text: str) -> t.Optional[str]:
        return repair(key, text) or (None if key in CORE else text)

    return {
        key: rewrite(value, lambda text, key=key: mend(key, text)) if key in READERS else value  # type: ignore[misc]
        for key, value in plan.items()
    }


def _widen_blocks(parsed: Plan) -> bool:
    """Make node blocks just large enough for ``max_pods``; whether that changed them."""
    before = dict(parsed.blocks)
    for family in {span.family for span in parsed.of(*CORE)} or {4}:
        fitting = (
            length for length in range(before[family], SHORTEST, -1) if block_holds(family, length) >= parsed.max_pods
        )
        parsed.blocks[family] = next(fitting, before[family])
    return parsed.blocks != before


def _block_lengths(parsed: Plan, families: t.Sequence[int]) -> object:
    """``node_prefix_length`` for pods of some families."""
    if len(families) == 1:
        return parsed.blocks[families[0]]
    return {_NAMES[family]: length for family, length in parsed.blocks.items()}


def _families(parsed: Plan, given: t.Sequence[str]) -> dict[str, list[int]]:
    """The families that pods and services need, in order, with one that all nodes have in front."""
    has = {key: list(dict.fromkeys(span.family for span in parsed.of(key))) for key in given}
    nodes: dict[str, set[int]] = {}
    for node in parsed.of("nodes"):
        nodes.setdefault(node.name, set()).add(node.family)
    possible = set(BITS).intersection(*nodes.values())
    current = primary_family(parsed)
    pods = has.get("pods") or [current]
    # Where pods and services disagree, the pods have it.
    wishes = [current, *pods, *BITS] if current in pods else [*pods, *BITS]
    primary = next((family for family in wishes if family in possible), current or 4)
    for key, families in has.items():
        if primary not in families:
            has[key] = [primary]
        elif primary != current:
            families.sort(key=lambda family: family != primary)
    # A second family of the services needs pods and nodes that have it.
    for family in [family for family in has.get("services", []) if family not in has.get("pods", BITS)]:
        if family in possible:
            has["pods"].append(family)
        else:
            has["services"].remove(family)
    return has


def _shaped(value: object, texts: t.Sequence[str]) -> object:
    """Ranges in the shape that they had: a list, or text with a comma."""
    return list(texts) if isinstance(value, (list, tuple)) else ",".join(texts)


def _replaced(value: object, old: t.Sequence[Span], new: t.Sequence[Span]) -> object:
    """The value with the texts of some spans exchanged, one for one within each family."""
    queues = {family: iter([span for span in new if span.family == family]) for family in BITS}
    pairs = [(span.text, next(queues[span.family]).text) for span in old]

    def change(text: str) -> str:
        # What cannot be read stands between them and stays.
        return pairs.pop(0)[1] if pairs and pairs[0][0] == text else text

    return rewrite(value, change)


def _place(parsed: Plan, families: t.Mapping[str, t.Sequence[int]], force: t.Collection[str]) -> dict[str, list[Span]]:
    """Where everything that may move goes; a family without room stays as it is."""
    seed = repr(sorted((span.subject, span.text) for span in parsed.of(*READERS))).encode()
    placed: dict[str, list[Span]] = {key: [] for key in MOVABLE}
    for family in BITS:
        layout = Layout(parsed, family, seed)
        keys = [key for key in families if family in families[key]]
        found = layout.solve([layout.slot(key, parsed.of(key, family=family), key in force) for key in keys])
        for key, spans in placed.items():
            spans += parsed.of(key, family=family) if found is None else found[key]
    return placed


def propose(plan: t.Mapping[str, object], force: t.Collection[str] = ()) -> dict[str, object]:
    """The plan with all conflicts solved that can be; pods or services in ``force`` move although they could stay."""
    before = read(plan)
    unreadable = {problem.subject for problem in before.problems}
    given = [key for key in CORE if before.spans[key] or key in unreadable]
    result = _repaired(plan)
    parsed = read(result)
    families = _families(parsed, given)
    widened = _widen_blocks(parsed)
    placed = _place(parsed, families, force)
    for key in given:
        texts = [span.text for family in families[key] for span in placed[key] if span.family == family]
        if texts != [span.text for span in parsed.of(key)] or key in unreadable:
            result[key] = _shaped(plan[key], texts)
    for key in ("endpoint", "load_balancer"):
        if placed[key] != parsed.of(key):
            result[key] = _replaced(result[key], parsed.of(key), placed[key])
    # A plain number means another family when the pods change theirs.
    moved = {span.family for span in before.of("pods")} != set(families.get("pods", ())) and bool(
        plan.get("node_prefix_length")
    )
    if widened or (moved and "node_prefix_length" not in unreadable):
        result["node_prefix_length"] = _block_lengths(parsed, families.get("pods") or families.get("services") or [4])
    return result


__all__ = ("propose",)
