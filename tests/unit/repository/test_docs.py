# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation names exists: variables, files, make targets, ids of findings."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "mirror/README.md",
        ROOT / "molecule/README.md",
    ]
)
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


@functools.cache
def variables() -> set[str]:
    """Options of all roles, extra variables of playbooks, and variables of the lab."""
    files = [*ROOT.glob("roles/*/meta/argument_specs.yml"), *ROOT.glob("inventories/lab/group_vars/all/*.yml")]
    known = set()
    for file in files:
        content = yaml.safe_load(file.read_text()) or {}
        specs = content.get("argument_specs")
        known |= {name for spec in specs.values() for name in spec.get("options", {})} if specs else set(content)
    plays = "\n".join(file.read_text() for file in ROOT.glob("playbooks/*.yml"))
    return known | set(re.findall(r"\b([a-z]+(?:_[a-z0-9]+)+) \| default", plays))


def code(text: str) -> str:
    """What a page shows as code: only there a word is a name."""
    return "\n".join(re.findall(r"(?s)```.*?```|`[^`\n]+`", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_variable_exists(page: Path) -> None:
    others = {path.stem for path in (ROOT / "plugins").rglob("*.py")} | set(ROLES)
    words = set(re.findall(rf"(?<![\w./-])(?:{'|'.join(ROLES)})_[a-z0-9_]+\b(?![./(])", code(page.read_text())))
    assert words - variables() - others == set()


def anchors(page: Path) -> set[str]:
    """What its headings are called in an address, as GitHub and the site make it of their text."""
    text = re.sub(r"(?s)```.*?```", "", page.read_text())
    headings = (re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", line) for line in re.findall(r"(?m)^#+ (.+)$", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]*)(?:#([^)]*))?\)", page.read_text())
    assert [link for link, _anchor in links if not (page.parent / link).exists()] == []
    assert [
        f"{link}#{anchor}"
        for link, anchor in links
        if anchor and anchor not in anchors(page.parent / link if link else page)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert set(re.findall(r"(?<![-\w])make ([a-z-]+)", code(page.read_text()))) - targets == set()


@pytest.mark.parametrize("scenario", sorted((ROOT / "molecule").glob("*/molecule.yml")), ids=lambda p: p.parent.name)
def test_scenarios_are_small_and_explained(scenario: Path) -> None:
    assert scenario.is_symlink() or len(scenario.read_text().splitlines()) <= 15
    assert f"`{scenario.parent.name}`" in (ROOT / "molecule/README.md").read_text()


def test_every_page_stands_on_one_of_four_shelves() -> None:
    """And is in the index: Sphinx complains of a page that no other one names only where it sees the page."""
    assert [path.name for path in (ROOT / "docs").glob("*.md")] == ["index.md"]
    assert {path.name for path in (ROOT / "docs").iterdir() if list(path.glob("*.md"))} - {"decisions"} == {
        "tutorial",
        "how-to",
        "reference",
        "explanation",
    }
    index = (ROOT / "docs/index.md").read_text()
    named = [
        f"{shelf}/{path.stem}"
        for shelf in ("tutorial", "reference", "explanation")
        for path in (ROOT / "docs" / shelf).glob("*.md")
    ]
    assert [name for name in named if f"\n{name}\n" not in index] == []
    guides = (ROOT / "docs/how-to/README.md").read_text()
    assert [path.name for path in (ROOT / "docs/how-to").glob("[a-z]*.md") if f"({path.name})" not in guides] == []
