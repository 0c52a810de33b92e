# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/reference/troubleshooting.md from the catalogue of findings: `make docs`. With --check it only tells whether it differs."""

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
    SYMPTOMS,
    explained,
    shelf,
    shown,
)

PAGE = ROOT / "docs/reference/troubleshooting.md"
INTRODUCTION = """# Troubleshooting

Begin with what you see. On a cluster that exists, let verify look for the cause; it changes nothing that is yours:

```sh
ansible-playbook playbooks/verify.yml -i inventories/homelab
```

Every problem that this collection knows has an id. Its report shows the id in brackets: `ERROR [disk-too-full] mini1: ...`. Each id is
explained below: what is wrong, why it matters, how to fix it. Words in braces stand for values of your cluster.

## By symptom
"""
WHEN = {"Ids of preflight": PREFLIGHT, "Ids of a run and of verify": LATER}


def one_line(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|").replace("<", "&lt;")


def index() -> t.Iterator[str]:
    """What a person sees, which is Markdown already, and the ids that may explain it."""
    for where, symptoms in SYMPTOMS.items():
        yield from (f"### {where}", "", "| you see | look at |", "|---|---|")
        for symptom in symptoms:
            links = ", ".join(f"[{id_}](#{id_.lower()})" for id_ in explained(symptom))
            yield f"| {symptom.seen} | {links} |"
        yield ""


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
    lines = [INTRODUCTION, *index()]
    for when, shelves in WHEN.items():
        lines += [f"## {when}", "", *(line for module in shelves for line in section(module))]
    return "\n".join([*lines, "Made from the catalogue by `make docs`.", ""])


def main() -> int:
    """Write or compare the page."""
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        print("docs/reference/troubleshooting.md differs from the catalogue of findings; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
