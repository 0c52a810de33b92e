# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why something in a cluster does not work: how a known text becomes a finding.

The causes themselves are rows of tables, by topic: ``api``, ``nodes``, ``pods`` and ``network`` beside this file. Everything
there is a plain function of plain dictionaries and texts. A new cause is a new row. The first row that matches wins, so the
more telling one stands first.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, Kind
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object, name_of


class Cause(t.NamedTuple):
    """A known text and what it means. The pattern's named groups are fields of the kind."""

    pattern: str
    kind: Kind


# Findings that waiting cannot cure.
FINAL = frozenset(
    {
        "api-certificate",
        "api-forbidden",
        "api-unauthorized",
        "image-name-invalid",
        "image-not-found",
        "image-not-on-node",
        "image-platform",
    }
)


def match(causes: t.Sequence[Cause], text: str) -> tuple[Kind, dict[str, str]] | None:
    """The kind of the first cause whose pattern is in the text, with what its groups caught."""
    for cause in causes:
        found = re.search(cause.pattern, text, re.DOTALL)
        if found:
            return cause.kind, {name: (group or "?").strip() for name, group in found.groupdict().items()}
    return None


def brief(text: str, limit: int = 300) -> str:
    """One line of bounded length, cut in its middle: Go's errors have their cause at the end.

    Ids of sandboxes and digests keep their first twelve digits.
    """
    line = re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1", " ".join(text.split()))
    end = 2 * limit // 3
    return line if len(line) <= limit else f"{line[: limit - end - 5]} ... {line[-end:]}"


def explain(
    causes: t.Sequence[Cause], text: str, place: str, *, otherwise: Kind, host: str = "", **values: t.Any
) -> Finding:
    """The finding for a text: of a known cause, or of the kind ``otherwise``, whose fields are the values."""
    kind, caught = match(causes, text) or (otherwise, values)
    return kind.at(host, said=brief(text), place=place, **caught)


def events_of(obj: Object, events: t.Iterable[Object]) -> list[Object]:
    """The events about an object, oldest first."""
    name, namespace = name_of(obj), obj["metadata"].get("namespace")
    mine = [
        event
        for event in events
        if (event.get("involvedObject") or {}).get("name") == name
        and (event.get("involvedObject") or {}).get("namespace") == namespace
    ]
    return sorted(mine, key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))


__all__ = ("FINAL", "Cause", "brief", "events_of", "explain", "match")
