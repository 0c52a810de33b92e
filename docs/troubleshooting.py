# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/troubleshooting.md from the catalogue of findings: `make docs`. With --check it only tells whether it differs."""

from __future__ import annotations

import sys
import types
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog.registry import (
    LATER,
    PREFLIGHT,
    shelf,
    shown,
)

PAGE = ROOT / "docs/troubleshooting.md"
INTRODUCTION = """# Troubleshooting

Every problem that this collection knows has an id, which its report shows in brackets: `ERROR [disk-too-full] mini1: ...`. Here are all of
them, with what they say, why it matters and what to do. Words in braces stand for values of your cluster.
"""
WHEN = {"Before anything is changed": PREFLIGHT, "During a run, and in the proof": LATER}


def one_line(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|").replace("<", "&lt;")


def entry(kind: Kind, severities: t.Iterable[str]) -> t.Iterator[str]:
    """What a row says."""
    what, why, fix = (one_line(shown(text, kind.samples)) for text in (kind.what, kind.why, kind.fix))
    yield f"- {' or '.join(severities)}: {what}"
    if why:
        yield f"  - why: {why}"
    yield f"  - fix: {fix}"


def section(module: types.ModuleType) -> t.Iterator[str]:
    """A shelf: a heading per id, below it every way in which it is said."""
    yield from (f"### {(module.__doc__ or '').rstrip('.')}", "")
    rows = list(shelf(module).values())
    for id_ in sorted({kind.id for kind in rows}):
        yield from (f"#### {id_}", "")
        ways: dict[tuple[str, str, str], list[Kind]] = {}
        for kind in rows:
            if kind.id == id_:
                ways.setdefault((kind.what, kind.why, kind.fix), []).append(kind)
        for same in ways.values():
            yield from entry(same[0], [kind.severity for kind in same])
        yield ""


def page() -> str:
    """The whole page."""
    lines = [INTRODUCTION]
    for when, shelves in WHEN.items():
        lines += [f"## {when}", "", *(line for module in shelves for line in section(module))]
    return "\n".join([*lines, "Made from the catalogue by `make docs`.", ""])


def main() -> int:
    """Write or compare the page."""
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        print("docs/troubleshooting.md differs from the catalogue of findings; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
