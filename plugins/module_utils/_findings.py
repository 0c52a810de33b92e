# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a check found: one shape for the address plan, preflight, verify and everything that reports to a person."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import masked

Severity = t.Literal["error", "warning"]


class Finding(t.TypedDict):
    """One thing that is wrong, or will be.

    ``id`` is stable kebab-case and never reused; ``host`` is an inventory name or "" for the whole cluster; ``subjects``
    are the variables or input keys concerned; ``message`` says what is wrong with value and place; ``why`` what would
    break; ``fix`` is a concrete thing to do.
    """

    id: str
    severity: Severity
    host: str
    subjects: list[str]
    message: str
    why: str
    fix: str


class Kind(t.NamedTuple):
    """A row of the catalogue (``_catalog/``): what a finding of this id says, with ``{fields}`` for what one run knows.

    Two rows have one id where the same fault shows itself in two ways. An error stops a run before any change, a warning is
    printed and lets it go on. ``why`` is "" where the reason is what a program said. Braces that are meant are doubled.
    ``samples`` are values for the documentation of those fields that are sentences themselves.
    """

    id: str
    what: str
    fix: str
    why: str = ""
    severity: Severity = "error"
    samples: t.Mapping[str, str] = {}

    def at(self, host: str = "", *, subjects: t.Iterable[str] = (), said: str = "", **values: t.Any) -> Finding:
        """The finding of a host ("" for the whole cluster), without the logins of addresses: it ends in terminals and logs.

        ``said`` is what a program said: the reason where the row has none, and told beside the row's own. Raises KeyError for a
        missing field.
        """
        return Finding(
            id=self.id,
            severity=self.severity,
            host=host,
            subjects=list(subjects),
            message=masked(self.what.format(**values)),
            why=masked(" ".join(filter(None, (self.why.format(**values), said)))),
            fix=masked(self.fix.format(**values)),
        )


def ordered(findings: t.Iterable[Finding]) -> list[Finding]:
    """Errors first, then by id, host and message, so that two runs print the same report."""
    return sorted(findings, key=lambda f: (f["severity"] != "error", f["id"], f["host"], f["message"]))


def errors(findings: t.Iterable[Finding]) -> list[Finding]:
    """Only what stops a run."""
    return [f for f in findings if f["severity"] == "error"]


def render(findings: t.Iterable[Finding]) -> list[str]:
    """The report a person reads: headlines, below them why and fix, indented; what several hosts share stands once.

    What hosts said moves no cursor.
    """
    alike: dict[tuple[str, str, str, str], dict[str, list[str]]] = {}
    for f in ordered(findings):
        messages = alike.setdefault((f["severity"], f["id"], f["why"], f["fix"]), {})
        messages.setdefault(f["message"], []).append(f["host"])
    lines: list[str] = []
    for (severity, id_, why, fix), messages in alike.items():
        for message, hosts in messages.items():
            place = ", ".join(filter(None, hosts))
            lines.append(f"{severity.upper()} [{id_}]{f' {place}:' if place else ''} {message}")
        lines += [f"    why: {why}"] if why else []
        lines.append(f"    fix: {fix}")
    return [one_line(line) for line in lines]


__all__ = ("Finding", "Kind", "Severity", "errors", "ordered", "render")
