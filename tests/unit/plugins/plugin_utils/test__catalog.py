# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of findings: whole, without rows that nobody uses, readable, and the only place that makes findings."""

from __future__ import annotations

import ast
import fnmatch
import re
import string
import types
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog.registry import (
    IDS,
    LATER,
    PREFLIGHT,
    PREFLIGHT_IDS,
    SYMPTOMS,
    Symptom,
    explained,
    shelf,
    shown,
)

ROOT = Path(__file__).parents[4]
SHELVES = (*PREFLIGHT, *LATER)
ROWS = [(module, name, kind) for module in SHELVES for name, kind in shelf(module).items()]
EACH = pytest.mark.parametrize(
    ("module", "name", "kind"), ROWS, ids=[f"{m.__name__.rsplit('.', 1)[1]}.{n}" for m, n, _kind in ROWS]
)


class Used(t.NamedTuple):
    shelf: str
    name: str
    fields: t.Optional[set[str]]
    where: str


def path_of(module: types.ModuleType) -> str:
    """``module_utils._catalog.pods``"""
    return ".".join(module.__name__.split(".")[-3:])


def uses() -> t.Iterator[Used]:
    """Every place that names a row, with the fields it gives where it raises it in the same breath."""
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        tree = ast.parse(file.read_text())
        shelves = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("._catalog"):
                house = ".".join((node.module or "").split(".")[-2:])
                shelves.update({alias.asname or alias.name: f"{house}.{alias.name}" for alias in node.names})
        calls = {
            node.func.value: node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "at"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in shelves:
                call, fields = calls.get(node), None
                if call and all(keyword.arg for keyword in call.keywords):
                    fields = {str(keyword.arg) for keyword in call.keywords} - {"host", "subjects", "said"}
                yield Used(shelves[node.value.id], node.attr, fields, f"{file.name}:{node.lineno}")


USES = list(uses())


def fields_of(kind: Kind) -> set[str]:
    texts = (kind.what, kind.why, kind.fix)
    return {name for text in texts for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def test_every_shelf_is_in_the_registry() -> None:
    files = {".".join(file.with_suffix("").parts[-3:]) for file in (ROOT / "plugins").glob("*/_catalog/*.py")}
    assert files - {"plugin_utils._catalog.registry"} == {path_of(module) for module in SHELVES}


@EACH
def test_a_reader_learns_something(module: types.ModuleType, name: str, kind: Kind) -> None:
    """No text is nothing but placeholders, and every row says what to do. Only what a program said may stand for a reason."""
    for text in (kind.what, kind.fix, *filter(None, [kind.why])):
        words = re.sub(r"\{[a-z_]+\}", "", shown(text, kind.samples))
        assert re.search(r"[A-Za-z]{2}", words), f"{name}: {text}"
    assert re.fullmatch(r"[a-z0-9]+(-[A-Za-z0-9]+)*", kind.id), kind.id
    assert set(kind.samples) <= fields_of(kind)


@EACH
def test_somebody_raises_it(module: types.ModuleType, name: str, kind: Kind) -> None:
    own = Path(str(module.__file__)).read_text()
    used = any((use.shelf, use.name) == (path_of(module), name.split("[")[0]) for use in USES)
    # The address plan takes its table whole, and a test there demands a row of findings for each id.
    assert used or "_catalog.addresses import KINDS" in (ROOT / "plugins/plugin_utils/_address/plan.py").read_text()
    assert used or name.startswith("KINDS["), f"nobody raises {name}: {own.count(name)}"


def test_whoever_raises_it_gives_its_fields() -> None:
    rows = {(path_of(module), name): kind for module, name, kind in ROWS}
    wrong = {
        use.where: (sorted(use.fields), sorted(fields_of(rows[use.shelf, use.name])))
        for use in USES
        if use.fields is not None and use.fields != fields_of(rows[use.shelf, use.name])
    }
    assert wrong == {}


def test_findings_are_made_in_one_place() -> None:
    """``Finding(...)`` is written in ``_findings.py`` alone, and no dictionary pretends to be one."""
    made = {
        file.name
        for file in (ROOT / "plugins").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Finding", "Kind")
    }
    shelves = {Path(str(module.__file__)).name for module in SHELVES}
    assert made - shelves == {"_findings.py"}


def test_what_preflight_can_ignore_is_documented() -> None:
    """docs/reference/preflight.md explains each id but those of the address plan, which have a page of their own."""
    documented = (ROOT / "docs/reference/preflight.md").read_text() + (
        ROOT / "docs/reference/address-plan.md"
    ).read_text()
    plan = {kind.id for module in PREFLIGHT for name, kind in shelf(module).items() if name.startswith("KINDS[")}
    assert [id_ for id_ in sorted(PREFLIGHT_IDS - plan) if f"`{id_}`" not in documented] == []


SEEN = [symptom for symptoms in SYMPTOMS.values() for symptom in symptoms]


def test_every_id_explains_a_symptom() -> None:
    """A person who sees pods Pending finds the id without knowing that there are ids."""
    assert sorted(IDS - {id_ for symptom in SEEN for id_ in explained(symptom)}) == []


@pytest.mark.parametrize("symptom", SEEN, ids=lambda symptom: symptom.seen)
def test_every_pattern_of_a_symptom_is_some_id(symptom: Symptom) -> None:
    assert [pattern for pattern in symptom.ids if not fnmatch.filter(IDS, pattern)] == []
    assert symptom.ids


def test_ids_of_a_symptom_stand_in_the_order_of_its_patterns() -> None:
    likely = Symptom("", ("nfs-write-*", "nfs-mount-*", "nfs-mount-failed"))
    assert explained(likely) == ["nfs-write-refused", "nfs-mount-failed", "nfs-mount-refused"]
