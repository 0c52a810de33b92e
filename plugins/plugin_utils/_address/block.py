# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The nearest plan that works, as lines to copy into an inventory."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import VARIABLES, proposal


def _scalar(value: object) -> str:
    """Text as YAML; what holds a colon (IPv6) is quoted."""
    text = str(value)
    return json.dumps(text) if not text or ":" in text else text


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_scalar(item) for item in value) + "]"
    return _scalar(value)


def changes(plan: t.Mapping[str, object]) -> dict[str, object]:
    """Variable of the inventory -> value that makes the plan consistent, only those that must change."""
    wanted = proposal(plan)
    return {variable: wanted[key] for key, variable in VARIABLES.items() if wanted.get(key) != plan.get(key)}


def inventory_block(plan: t.Mapping[str, object]) -> list[str]:
    """The changes as YAML for group_vars, with a comment where they alone do not help; [] when nothing is to be moved."""
    moved = changes(plan)
    if not moved:
        return []
    wanted = proposal(plan)
    lines = [f"{name}: {_value(value)}" for name, value in moved.items()]
    if wanted.get("node_prefix_length") != plan.get("node_prefix_length"):
        lines.append(f"# and give nodes blocks of another size: node_prefix_length {wanted['node_prefix_length']}")
    rest = t.cast("list[str]", wanted.get("impossible", []))
    return lines + [f"# still to be solved by hand: {reason}" for reason in rest]


__all__ = ("changes", "inventory_block")
