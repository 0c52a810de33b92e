# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our note on a host, which says what was begun and what was completed there."""

from __future__ import annotations

import json
import typing as t


def parse(text: str) -> dict[str, t.Any]:
    """The note as a mapping; {} where there is none, and where it was emptied, torn or overwritten with something else."""
    try:
        note = json.loads(text or "{}")
    except (RecursionError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


__all__ = ("parse",)
