# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Does a whole address plan hold together, and if not, which plan near it does?"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, ordered
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.input import Plan, read
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.proposal import propose
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.rules import (
    MOVABLE,
    Issue,
    errors,
    issues,
    routed,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import PRIVATE
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog.addresses import KINDS

VARIABLES = {
    "pods": "cluster_pod_cidr",
    "services": "cluster_service_cidr",
    "load_balancer": "cluster_load_balancer_ranges",
    "endpoint": "cluster_endpoint",
}
_SHOWN = 5


def _texts(value: object) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _texts(item)]
    return [] if value is None or value == "" else str(value).split(",")


def _change(key: str, old: object, new: object) -> str:
    """What to write where: the whole value, or of the pools only those that move."""
    if key == "load_balancer":
        was, now = _texts(old), _texts(new)
        pairs = [f"{one} by {now[at]}" for at, one in enumerate(was) if at < len(now) and now[at] != one]
        more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
        return f"replace {', '.join(pairs[:_SHOWN])}{more} in load_balancer (inventory: {VARIABLES[key]})"
    text = str(new) if isinstance(new, (int, dict)) else ",".join(_texts(new))
    return f"set {key} to {text}" + (f" (inventory: {VARIABLES[key]}: {text})" if key in VARIABLES else "")


def _no_room(plan: Plan) -> str:
    """What fills the private space, largest first."""
    spans = plan.of("node_networks", "dhcp_ranges") + routed(plan)
    filling = sorted(
        (span for span in spans if any(span.overlaps(space) for space in PRIVATE)), key=lambda span: -span.size
    )
    names = ", ".join(dict.fromkeys(f"{span.subject} {span.text}" for span in filling[:_SHOWN]))
    return f"no private range is left beside {names or 'the rest of the plan'}: make one of them smaller"


class _Fixes:
    """The fixes of one plan. Searching costs more than checking, so a consistent plan is never searched."""

    def __init__(self, plan: t.Mapping[str, object], parsed: Plan) -> None:
        self.plan = plan
        self.parsed = parsed
        self.proposals: dict[tuple[str, ...], dict[str, object]] = {}

    def of(self, issue: Issue) -> str:
        keys = [key for key in issue.move if key in (*MOVABLE, "node_prefix_length")]
        if not keys:
            return issue.fix
        # What is only a warning stays where it is unless it is told to go.
        force = issue.move if KINDS[issue.id].severity == "warning" else ()
        if force not in self.proposals:
            self.proposals[force] = propose(self.plan, force)
        new = self.proposals[force]
        changes = [_change(key, self.plan.get(key), new.get(key)) for key in keys if new.get(key) != self.plan.get(key)]
        # One of two colliding ranges moves; where both do, both are named.
        way = " and ".join(changes)
        return " or ".join(filter(None, (issue.fix, way))) or _no_room(self.parsed)


def _message(issue: Issue) -> str:
    return KINDS[issue.id].what.format(what=issue.what)


def _reason(issue: Issue) -> str:
    message, subjects = _message(issue), ", ".join(issue.subjects)
    return message if message.startswith(f"{subjects}: ") else f"{subjects}: {message}"


def findings(plan: t.Mapping[str, object]) -> list[Finding]:
    """All that is wrong with a plan, errors first; [] for a consistent one. Raises TypeError for a wrong type only."""
    parsed = read(plan)
    fixes = _Fixes(plan, parsed)
    return ordered(
        KINDS[issue.id].at(issue.host, subjects=issue.subjects, what=issue.what, instead=fixes.of(issue))
        for issue in issues(parsed)
    )


def consistent(plan: t.Mapping[str, object]) -> bool:
    """Whether a plan has no errors; warnings do not count."""
    return not errors(read(plan))


def proposal(plan: t.Mapping[str, object]) -> dict[str, object]:
    """The nearest plan without errors, the same plan when it has none.

    Where no such plan exists, what can be moved is moved, and ``impossible`` lists what stands in the way.
    """
    given = {key: value for key, value in plan.items() if key != "impossible"} if isinstance(plan, t.Mapping) else plan
    if consistent(given):
        return dict(given)
    result = propose(given)
    parsed = read(result)
    left = errors(parsed)
    if left:
        reasons = [_reason(issue) for issue in left]
        stuck = any(issue.id.startswith(("pods-overlap", "services-overlap")) for issue in left)
        result["impossible"] = [*reasons, *([_no_room(parsed)] if stuck else [])]
    return result


__all__ = ("VARIABLES", "consistent", "findings", "proposal")
