# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles say the same in their defaults, their specs and their README, and use every variable they offer."""

from __future__ import annotations

import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import OURS

ROOT = Path(__file__).parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


def load(role: str, file: str) -> dict[str, t.Any]:
    path = ROOT / "roles" / role / file
    return dict(yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


@pytest.mark.parametrize("role", ROLES)
def test_specs_equal_defaults_by_value(role: str) -> None:
    defaults = load(role, "defaults/main.yml")
    options = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert list(options) == list(defaults)
    for name, value in defaults.items():
        if "{{" in str(value):
            assert "default" not in options[name], f"{name}: a computed default cannot be stated as a value"
        else:
            assert options[name]["default"] == value, name
        if options[name]["type"] == "list":
            assert "elements" in options[name], name


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_known_before_the_role_has_looked_at_anything(role: str) -> None:
    """Ansible validates them first: one that asks for a registered result ends the role where it is used alone."""
    known = load(role, "vars/main.yml")
    todo = [str(value) for value in load(role, "defaults/main.yml").values()]
    told: set[str] = set()
    while todo:
        names = set(re.findall(r"\b_+[a-z]\w*", todo.pop())) - told
        told |= names
        todo += [str(known[name]) for name in names if name in known]
    assert sorted(name for name in told if name.startswith("__")) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_variable_is_used(role: str) -> None:
    """By the role itself, in a default of another one, or in a playbook; the role cluster is there for the variables of others.

    What the file sets and what a comment says is no use. Plugins are not searched, because preflight names every variable; only
    where a node is, one of them decides.
    """
    files = [p for p in (ROOT / "roles" / role).rglob("*") if p.suffix in (".yml", ".j2") and p.parts[-2] != "meta"]
    files += [*ROOT.glob("roles/*/defaults/main.yml"), *ROOT.glob("playbooks/*.yml")]
    files += (
        [*ROOT.glob("roles/*/vars/main.yml"), ROOT / "plugins/module_utils/_inventory.py"] if role == "cluster" else []
    )
    text = "\n".join(re.sub(r"(?m)^[a-z_]+:|(?:^|\s)#.*", "", path.read_text()) for path in set(files))
    unused = [name for name in load(role, "defaults/main.yml") if not re.search(rf"\b{name}\b", text)]
    assert unused == []


def entered(node: t.Any) -> t.Iterator[tuple[str, str]]:
    """Role and task file of whatever imports or includes a role, in plays, blocks and tasks."""
    for item in node if isinstance(node, list) else []:
        for keyword in ("import_role", "include_role"):
            given = item.get(f"ansible.builtin.{keyword}")
            role = given["name"].rpartition(".")[2] if given else ""
            for name in OURS if role == "{{ cluster_cni }}" else filter(None, [role]):
                yield name, given.get("tasks_from", "main")
        for key in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always"):
            yield from entered(item.get(key))


def test_a_role_is_entered_where_it_has_a_spec() -> None:
    """Unless that is for its variables alone, and does nothing."""
    files = [*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]
    found = {row for path in files for row in entered(yaml.safe_load(path.read_text()))}
    assert {(role, "main") for role in ("cluster", *OURS)} <= found
    specs = {role: load(role, "meta/argument_specs.yml")["argument_specs"] for role in ROLES}
    assert [
        (role, file) for role, file in sorted(found) if file not in specs[role] and load(role, f"tasks/{file}.yml")
    ] == []


def local_work(node: t.Any, place: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Plays, blocks and tasks that run on the control node, with where they are."""
    if isinstance(node, list):
        for item in node:
            yield from local_work(item, place)
    elif isinstance(node, dict):
        here = f"{place}: {node.get('name', '')}"
        if "localhost" in (node.get("delegate_to"), node.get("hosts")) or node.get("connection") == "local":
            yield here, node
        for key in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always"):
            yield from local_work(node.get(key), place)


def test_nothing_becomes_root_on_the_control_node() -> None:
    """The keyword become would lose against ``ansible_become: true`` for ``all``, which reaches localhost as well."""
    files = [path for folder in ("roles", "playbooks", "molecule") for path in (ROOT / folder).rglob("*.yml")]
    found = [row for path in files for row in local_work(yaml.safe_load(path.read_text()), str(path.relative_to(ROOT)))]
    # set_fact is done by Ansible itself and starts no process.
    asked = [(place, node) for place, node in found if "ansible.builtin.set_fact" not in node]
    assert len(asked) > 10
    assert [place for place, node in asked if node.get("vars", {}).get("ansible_become") is not False] == []


def fetching(tasks: t.Any, role: str, environment: t.Any = None) -> t.Iterator[tuple[str, t.Any]]:
    """Tasks that fetch from a package source, with the environment that they, a block or an include around them have."""
    for task in tasks or []:
        own = task.get("environment", environment)
        included = task.get("ansible.builtin.include_tasks")
        if isinstance(included, dict):
            for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")):
                if path.stem in ("debian", "redhat"):
                    yield from fetching(yaml.safe_load(path.read_text()), role, included["apply"].get("environment"))
        if {"ansible.builtin.apt", "ansible.builtin.dnf", "homelab.kubernetes.apt_source"} & task.keys():
            yield f"{role}: {task['name']}", own
        for key in ("block", "rescue", "always"):
            yield from fetching(task.get(key), role, own)


def test_whatever_fetches_packages_goes_through_the_proxy() -> None:
    found = [
        row
        for role in ROLES
        for row in fetching(yaml.safe_load((ROOT / f"roles/{role}/tasks/main.yml").read_text()), role)
    ]
    assert len(found) >= 13
    assert [place for place, environment in found if environment != "{{ _cluster_environment }}"] == []


@pytest.mark.parametrize("script", ["roles.py", "troubleshooting.py"])
def test_generated_documentation_is_up_to_date(script: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""


def test_a_boolean_from_the_command_line_is_one() -> None:
    """``-e x=false`` is text, and true: every use goes through the bool filter, or to a module or variable as it is."""
    options = {
        name
        for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")
        for spec in yaml.safe_load(path.read_text())["argument_specs"].values()
        for name, option in spec.get("options", {}).items()
        if option.get("type") == "bool"
    }
    name, default = rf"\b(?:{'|'.join(sorted(options))})\b", r"(?:\s*\|\s*default\([^)]*\))?"
    passed_on = re.compile(rf'\s*(?:- )?\w+: "\{{\{{ {name}{default} \}}\}}"')
    files = [*(ROOT / "roles").glob("*/[tvd]*/*.yml"), *(ROOT / "playbooks").glob("*.yml")]
    # An option of another role counts as itself, and a mapping of hosts to their values as none.
    asked = re.compile(r"lookup\('homelab\.kubernetes\.role_option', '(\w+)'(?:\)|, (hosts=)[^)]*\))")
    lines = [
        (path, asked.sub(lambda match: "" if match[2] else match[1], line))
        for path in files
        for line in path.read_text().splitlines()
        if not line.lstrip().startswith("#")
    ]
    bare = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path, line in lines
        if re.search(rf"{name}(?!:|{default}\s*\|\s*bool)", line) and not passed_on.fullmatch(line)
    ]
    assert bare == []


def test_versions_agree() -> None:
    """The tested versions, the floor, the pins of requirements.txt and what README.md promises are one list."""
    matrix = yaml.safe_load((ROOT / "tests/versions/matrix.yml").read_text())
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    assert runtime["requires_ansible"] == f">={matrix[0]['core']}.0"
    readme = " ".join((ROOT / "README.md").read_text().split())
    floor = f"Python {matrix[0]['pythons'][0]} or later"
    assert f"ansible-core {matrix[0]['core']} or later" in readme
    assert floor in readme
    assert ", ".join(f"{row['core']} (Python {' and '.join(row['pythons'])})" for row in matrix) in readme
    pinned = re.findall(r"(?m)^ansible==([0-9.]+);", (ROOT / "requirements.txt").read_text())
    assert pinned == [matrix[0]["ansible"], matrix[-1]["ansible"]]


def test_ci_runs_what_is_supported() -> None:
    matrix = yaml.safe_load((ROOT / "tests/versions/matrix.yml").read_text())
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    supported = [f"{row['core']}-python{python}" for row in matrix for python in row["pythons"]]
    assert jobs["versions"]["strategy"]["matrix"]["version"] == supported
    pythons = sorted({python for row in matrix for python in row["pythons"]})
    assert jobs["versions"]["steps"][1]["with"]["python-version"].split() == pythons
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    (test,) = re.findall(r"(?m)^test: (.*?)  ##", (ROOT / "Makefile").read_text())
    ours = [target for job in ("static", "nodes") for target in jobs[job]["strategy"]["matrix"]["target"]]
    assert ours == test.split()
    assert set(ours) <= targets
    assert set(jobs["all"]["needs"]) == set(jobs) - {"all"}


def test_the_action_group_holds_every_module() -> None:
    modules = {p.stem for p in (ROOT / "plugins/modules").glob("*.py")}
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    assert modules == set(runtime["action_groups"]["all"])


def test_dependencies_are_declared_twice_alike() -> None:
    """galaxy.yml for an installation of the collection, requirements.yml for a clone on ansible-core alone."""
    declared = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    listed = yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]
    assert {entry["name"]: entry["version"] for entry in listed} == declared
