# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Findings for programs: JSON for scripts, JUnit XML for CI systems."""

from __future__ import annotations

import json
import re
import typing as t
from xml.etree import ElementTree

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, errors, ordered, render
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line


def as_json(
    findings: t.Iterable[Finding],
    *,
    ignored: t.Collection[str] = (),
    hosts: t.Iterable[str] = (),
    proposal: t.Mapping[str, object] | None = None,
) -> str:
    """``ok``, the hosts looked at, all findings (each with ``ignored``), and the variables of a plan that works."""
    found = ordered(findings)
    kept = [finding for finding in found if finding["id"] not in ignored]
    report = {
        "ok": not errors(kept),
        "errors": len(errors(kept)),
        "warnings": len(kept) - len(errors(kept)),
        "hosts": sorted(hosts),
        "findings": [{**finding, "ignored": finding["id"] in ignored} for finding in found],
        "proposal": dict(proposal or {}),
    }
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    # Halves of characters, which no file can hold, as JSON writes them.
    return re.sub(r"[\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", text)


def _printable(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return re.sub("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def _case(suite: ElementTree.Element, finding: Finding, ignored: bool, name: str) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", name=finding["id"], classname=_printable(f"{name}.{finding['host'] or 'cluster'}")
    )
    text = _printable("\n".join(render([finding])))
    if ignored:
        ElementTree.SubElement(case, "skipped", message="preflight_ignore").text = text
    elif finding["severity"] == "error":
        message = _printable(one_line(finding["message"]))
        ElementTree.SubElement(case, "failure", type=finding["id"], message=message).text = text
    else:
        ElementTree.SubElement(case, "system-out").text = text


def as_junit(
    findings: t.Iterable[Finding],
    *,
    name: str,
    ignored: t.Collection[str] = (),
    hosts: t.Iterable[str] = (),
) -> str:
    """A failure per error, a skipped case per ignored finding, a passed one per warning and per host without errors."""
    found = ordered(findings)
    failed = [finding for finding in errors(found) if finding["id"] not in ignored]
    skipped = sum(finding["id"] in ignored for finding in found)
    good = sorted(set(hosts) - {finding["host"] for finding in failed})
    counts = {"tests": len(found) + len(good), "failures": len(failed), "skipped": skipped, "errors": 0}
    suite = ElementTree.Element("testsuite", {"name": name, **{key: str(value) for key, value in counts.items()}})
    for finding in found:
        _case(suite, finding, finding["id"] in ignored, name)
    for host in good:
        ElementTree.SubElement(suite, "testcase", name="no error", classname=_printable(f"{name}.{host}"))
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


__all__ = ("as_json", "as_junit")
