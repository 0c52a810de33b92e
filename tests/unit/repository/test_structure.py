# SPDX-License-Identifier: GPL-3.0-or-later
"""The two houses: ``module_utils`` may travel to a host, ``plugin_utils`` never leaves the control node. Imports go down only."""

from __future__ import annotations

import ast
import functools
import re
import sys
import typing as t
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
PREFIX = "ansible_collections.homelab.kubernetes.plugins."
# Whoever is further down imports nobody above; within a line only packages of other topics are free, and no circle is.
LAYERS = (
    ("action", "callback", "doc_fragments", "filter", "lookup", "modules", "test"),
    ("plugin_utils",),
    ("module_utils",),
)
# Packages and files within a house, the upper first; those of one line know nothing of each other.
ORDER = {
    "module_utils": (
        ("_verify",),
        ("_host", "_nfs", "_sources"),
        ("_containerd", "_firewall", "_kubeadm", "_kubelet"),
        ("_catalog", "_cni", "_inventory"),
        ("_findings",),
        ("_files", "_ip", "_text", "_urls"),
    ),
    "module_utils._verify": (
        ("lan", "run"),
        ("legs",),
        ("session",),
        ("causes", "ask", "results"),
        ("spread",),
        ("mark", "objects", "silence"),
    ),
    "plugin_utils": (
        ("_picture", "_progress", "_summary"),
        ("_preflight",),
        (
            "_addons",
            "_ports",
            "_proxy",
            "_kubeadm_drift",
            "_kubeconfig",
            "_inventory_text",
            "_join_command",
        ),
        ("_address", "_dispatch", "_packages", "_templates", "_yaml"),
        ("_roles",),
        ("_catalog", "_libraries"),
        ("_requirements",),
    ),
    "plugin_utils._preflight": (
        ("cluster", "table"),
        ("asked", "rules"),
        ("sources", "storage"),
        ("checks",),
        ("context", "addresses", "facts", "report"),
        ("cards", "variables"),
    ),
}
LONGEST, FULLEST = 400, 12
DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")


@functools.cache
def files() -> dict[str, Path]:
    """Dotted name below plugins -> file."""
    return {".".join(p.relative_to(PLUGINS).with_suffix("").parts): p for p in sorted(PLUGINS.rglob("*.py"))}


def imported(path: Path) -> t.Iterator[str]:
    """The modules of this collection that a file imports, also inside functions: AnsiballZ packs all of them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
            base = (node.module or "").removeprefix(PREFIX)
            yield from (f"{base}.{a.name}" if f"{base}.{a.name}" in files() else base for a in node.names)


@functools.cache
def graph() -> dict[str, set[str]]:
    return {name: set(imported(path)) for name, path in files().items()}


def reached(starts: t.Iterable[str]) -> set[str]:
    """Everything that these need, themselves left out."""
    found: set[str] = set()
    todo = list(starts)
    while todo:
        new = graph()[todo.pop()] - found
        found |= new
        todo += new
    return found


def of(kind: str) -> list[str]:
    return [name for name in files() if name.startswith(f"{kind}.")]


def test_every_import_is_of_a_file() -> None:
    assert {name for some in graph().values() for name in some} <= set(files())


def test_no_module_needs_the_control_node() -> None:
    assert [name for name in reached(of("modules")) if name.startswith("plugin_utils.")] == []


def test_what_may_travel_is_what_a_module_uses() -> None:
    """The rest belongs to plugin_utils."""
    assert sorted(set(of("module_utils")) - reached(of("modules"))) == []


def test_nothing_lies_about() -> None:
    assert sorted(set(of("plugin_utils")) - reached(name for kind in LAYERS[0] for name in of(kind))) == []


def test_arrows_go_down() -> None:
    height = {kind: number for number, kinds in enumerate(LAYERS) for kind in kinds}
    kind = {name: name.partition(".")[0] for name in files()}
    assert [(a, b) for a in graph() for b in graph()[a] if height[kind[b]] < height[kind[a]]] == []
    # What two plugins share is a file of its own.
    assert [(a, b) for a in graph() for b in graph()[a] if kind[b] in LAYERS[0]] == []


@pytest.mark.parametrize("place", ORDER)
def test_arrows_go_down_within_a_house(place: str) -> None:
    depth = place.count(".") + 1
    height = {part: number for number, parts in enumerate(ORDER[place]) for part in parts}
    part = {name: name.split(".")[depth] for name in of(place)}
    assert set(part.values()) == set(height)
    pairs = {(part[a], part[b]) for a in part for b in graph()[a] if b in part and part[a] != part[b]}
    assert sorted((a, b) for a, b in pairs if height[a] >= height[b]) == []


@pytest.mark.parametrize("name", of("module_utils") + of("plugin_utils"))
def test_no_circle(name: str) -> None:
    assert name not in reached([name])


def length(path: Path) -> int:
    """Lines of a long file without the documentation that Ansible wants inside it."""
    text = path.read_text()
    if len(text.splitlines()) <= LONGEST:
        return 0
    blocks = (node for node in ast.parse(text).body if isinstance(node, ast.Assign))
    told = [n for n in blocks if isinstance(n.targets[0], ast.Name) and n.targets[0].id in DOCUMENTATION]
    return len(text.splitlines()) - sum((node.end_lineno or 0) - node.lineno + 1 for node in told)


@pytest.mark.parametrize("folder", ["plugins", "mirror", "docs", "roles", "molecule", "tests"])
def test_files_are_small(folder: str) -> None:
    found = sorted((PLUGINS.parent / folder).rglob("*.py"))
    assert [(path.name, n) for path in found if (n := length(path)) > LONGEST] == []


def test_folders_are_small() -> None:
    folders = {path.parent for path in files().values() if path.parts[len(PLUGINS.parts)].endswith("_utils")}
    full = {folder: len(list(folder.glob("*.py"))) for folder in folders}
    assert {str(folder.relative_to(PLUGINS)): n for folder, n in full.items() if n > FULLEST} == {}


def test_no_unit_test_starts_ansible() -> None:
    """What a playbook does is an integration test: a run takes seconds, and there are hundreds of unit tests a second."""
    command = re.compile(r"""["']ansible-playbook["']|["']-m["'],\s*["']ansible["']""")
    found = [path for path in (PLUGINS.parent / "tests/unit").rglob("*.py") if path != Path(__file__)]
    assert [path.name for path in found if command.search(path.read_text())] == []


def foreign(names: t.Iterable[str]) -> set[tuple[str, str]]:
    """(file, library) of every import that neither Python nor Ansible itself answers."""
    known = sys.stdlib_module_names | {"ansible", "ansible_collections"}
    found = set()
    for name in names:
        for node in ast.walk(ast.parse(files()[name].read_text())):
            parts = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            parts += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            found |= {(name, top) for full in parts if (top := full.partition(".")[0]) not in known}
    return found


def test_what_travels_needs_python_alone() -> None:
    """A bare host has Python and nothing else."""
    assert foreign(of("module_utils")) == set()


def test_a_library_that_may_be_missing_is_imported_in_one_place() -> None:
    """There it is told how to install it. Jinja and PyYAML are Ansible's own."""
    found = foreign(name for name in files() if not name.startswith(("module_utils.", "modules.")))
    libraries = {(name, library) for name, library in found if library not in ("jinja2", "yaml")}
    assert libraries == {("plugin_utils._libraries", "jmespath"), ("plugin_utils._libraries", "netaddr")}
