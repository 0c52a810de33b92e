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


def _finding(
    severity: Severity, id_: str, message: str, fix: str, why: str, host: str, subjects: t.Sequence[str]
) -> Finding:
    """Without the logins of addresses, whatever a message quotes: findings end in terminals, logs and reports."""
    return Finding(
        id=id_,
        severity=severity,
        host=host,
        subjects=list(subjects),
        message=masked(message),
        why=masked(why),
        fix=masked(fix),
    )


def error(
    id_: str, message: str, *, fix: str, why: str = "", host: str = "", subjects: t.Sequence[str] = ()
) -> Finding:
    """A finding that stops a run before any change."""
    return _finding("error", id_, message, fix, why, host, subjects)


def warning(
    id_: str, message: str, *, fix: str, why: str = "", host: str = "", subjects: t.Sequence[str] = ()
) -> Finding:
    """A finding that is printed and lets the run go on."""
    return _finding("warning", id_, message, fix, why, host, subjects)


def ordered(findings: t.Iterable[Finding]) -> list[Finding]:
    """Errors first, then by id, host and message, so that two runs print the same report."""
    return sorted(findings, key=lambda f: (f["severity"] != "error", f["id"], f["host"], f["message"]))


def errors(findings: t.Iterable[Finding]) -> list[Finding]:
    """Only what stops a run."""
    return [f for f in findings if f["severity"] == "error"]


def render(findings: t.Iterable[Finding]) -> list[str]:
    """The report a person reads: a headline per finding, then why and fix, indented. What hosts said moves no cursor."""
    lines: list[str] = []
    for f in ordered(findings):
        place = f" {f['host']}:" if f["host"] else ""
        lines.append(f"{f['severity'].upper()} [{f['id']}]{place} {f['message']}")
        if f["why"]:
            lines.append(f"    why: {f['why']}")
        lines.append(f"    fix: {f['fix']}")
    return [one_line(line) for line in lines]


__all__ = ("Finding", "Severity", "error", "errors", "ordered", "render", "warning")
