# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an address plan looks like from outside: a mapping of text, read into spans and written back in its shape."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import (
    BITS,
    MalformedError,
    Span,
    quote,
    read_address,
    read_network,
    read_range,
)

Reader = t.Callable[[str, str, str], Span]
Rewriter = t.Callable[[str], t.Optional[str]]


def _route(text: str, key: str, name: str) -> Span:
    return read_network(text, key, name, bare=True)


READERS: dict[str, Reader] = {
    "pods": read_network,
    "services": read_network,
    "nodes": read_address,
    "node_networks": read_network,
    "load_balancer": read_range,
    "endpoint": read_address,
    "gateways": read_address,
    "dns_servers": read_address,
    "nfs_servers": read_address,
    "dhcp_ranges": read_range,
    "other_networks": _route,
}
MAPPINGS = ("nodes", "other_networks")
NUMBERS = ("node_prefix_length", "max_nodes", "max_pods")
# "impossible" is what a proposal adds; it is no part of the plan.
KEYS = (*READERS, *NUMBERS, "impossible")

_DEFAULT_BLOCK = {4: 24, 6: 64}
_FAMILY_NAMES = {"ipv4": 4, "ipv6": 6}
_LARGEST = 2**31 - 1
_PAIR = 100
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (float, "a fraction"),
    (str, "text"),
    (list, "a list"),
    (tuple, "a list"),
    (dict, "a mapping"),
)


class Problem(t.NamedTuple):
    """A value that cannot be read."""

    subject: str
    value: str
    reason: str
    repaired: str


@dataclasses.dataclass
class Plan:
    """The plan as numbers; what could not be read is in ``problems`` and nowhere else."""

    spans: dict[str, list[Span]]
    node_names: list[str]
    blocks: dict[int, int]
    max_nodes: int
    max_pods: int
    problems: list[Problem]
    unknown: list[str]

    def of(self, *keys: str, family: int = 0) -> list[Span]:
        """The spans of some keys, of one family if given."""
        return [span for key in keys for span in self.spans[key] if family in (0, span.family)]


def _wrong_type(place: str, wanted: str, value: object) -> TypeError:
    if value is None:
        return TypeError(f"{place} must be {wanted}, not null")
    got = next((name for kind, name in _TYPES if isinstance(value, kind)), type(value).__name__)
    return TypeError(f"{place} must be {wanted}, not {got}")


def _split(text: str) -> list[str]:
    # A hundred kilobytes of commas are one mistake, not fifty thousand.
    return text.split(",") if len(text) <= _PAIR else [text]


def _texts(place: str, value: object) -> t.Iterator[str]:
    """The texts of ``a``, ``a,b`` or a list of them; None and "" are nothing."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        yield from _split(value)
        return
    if not isinstance(value, (list, tuple)):
        raise _wrong_type(place, "text or a list of texts", value)
    for position, item in enumerate(value, 1):
        if item is not None and not isinstance(item, str):
            raise _wrong_type(f"item {position} of {place}", "text", item)
        yield from _split(item) if item else ()


def _entries(key: str, value: object) -> t.Iterator[tuple[str, t.Iterator[str]]]:
    """(name, texts) of a key; the name is empty where the key is no mapping."""
    if key not in MAPPINGS:
        if key == "endpoint" and not (value is None or isinstance(value, str)):
            raise _wrong_type(key, "text", value)
        yield "", _texts(key, value)
        return
    if value is None or value == "":
        return
    if not isinstance(value, t.Mapping):
        raise _wrong_type(key, f"a mapping of name to {'address' if key == 'nodes' else 'network'}", value)
    for name, inner in value.items():
        if not isinstance(name, str):
            raise _wrong_type(f"a name in {key}", "text", name)
        yield name, _texts(f"{key}.{quote(name)[1:-1]}", inner)


def repair(key: str, text: str) -> str:
    """What a text means when it is written badly but plainly; empty when nobody can tell."""
    for _round in range(3):
        try:
            return READERS[key](text, key, "").text
        except MalformedError as exc:
            text = exc.repaired
    return ""


def _read_spans(key: str, value: object, problems: list[Problem]) -> list[Span]:
    spans = []
    for name, texts in _entries(key, value):
        for text in texts:
            try:
                spans.append(READERS[key](text, key, name))
            except MalformedError as exc:
                problems.append(Problem(f"{key}.{name}" if name else key, quote(text), str(exc), repair(key, text)))
    return spans


def _number(place: str, value: object, highest: int, problems: list[Problem]) -> int:
    """A whole number from 1, 0 when none is given; digits as text count, as ``-e`` passes them."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise _wrong_type(place, "a whole number", value)
    number = value if isinstance(value, int) else 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        number = int(value)
    if 1 <= number <= highest:
        return number
    shown = quote(value) if isinstance(value, str) else str(value) if abs(value) <= _LARGEST else "a huge number"
    problems.append(Problem(place, shown, f"is not a whole number from 1 to {highest}", ""))
    return 0


def _read_blocks(value: object, families: t.Sequence[int], problems: list[Problem]) -> dict[int, int]:
    """The node block of each family: one number is for the family of the pods (of both: the one that it fits)."""
    key = "node_prefix_length"
    blocks = dict(_DEFAULT_BLOCK)
    if isinstance(value, t.Mapping):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise _wrong_type(f"a key of {key}", "text", name)
            family = _FAMILY_NAMES.get(name, 0)
            if not family:
                problems.append(Problem(key, quote(name), "is not a key of it; those are ipv4 and ipv6", ""))
                continue
            blocks[family] = _number(f"{key}.{name}", inner, BITS[family], problems) or blocks[family]
        return blocks
    only = families[0] if len(set(families)) == 1 else 0
    number = _number(key, value, BITS[only or 6], problems)
    if number:
        blocks[only or (4 if number <= BITS[4] else 6)] = number
    return blocks


def read(plan: t.Mapping[str, object]) -> Plan:
    """Read a whole plan. A wrong type raises TypeError; a wrong value is a problem."""
    if not isinstance(plan, t.Mapping):
        raise _wrong_type("an address plan", "a mapping", plan)
    for key in plan:
        if not isinstance(key, str):
            raise _wrong_type("a key of an address plan", "text", key)
    problems: list[Problem] = []
    spans = {key: _read_spans(key, plan.get(key), problems) for key in READERS}
    families = [span.family for span in spans["pods"] or spans["services"]]
    return Plan(
        spans=spans,
        node_names=list(t.cast("t.Mapping[str, object]", plan.get("nodes") or {})),
        blocks=_read_blocks(plan.get("node_prefix_length"), families, problems),
        max_nodes=_number("max_nodes", plan.get("max_nodes"), _LARGEST, problems),
        max_pods=_number("max_pods", plan.get("max_pods"), _LARGEST, problems),
        problems=problems,
        unknown=[key for key in plan if key not in KEYS],
    )


def rewrite(value: object, change: Rewriter) -> object:
    """The same shape with every text changed; a text for which ``change`` returns None goes away."""
    if isinstance(value, t.Mapping):
        return {name: rewrite(inner, change) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [kept for kept in (rewrite(item, change) for item in value) if kept != ""]
    if not isinstance(value, str) or not value:
        return value
    return ",".join(text for text in map(change, _split(value)) if text is not None)


__all__ = ("KEYS", "MAPPINGS", "READERS", "Plan", "Problem", "read", "repair", "rewrite")
