# SPDX-License-Identifier: GPL-3.0-or-later
"""All workflows of GitHub: whom they trust, how long they run, what they run. And the notes of a release, and the forms."""

from __future__ import annotations

import importlib.util
import re
import types
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = next(up for up in Path(__file__).parents if (up / "galaxy.yml").exists())
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
EACH = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


def script(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f".ci/{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def jobs(name: str) -> dict[str, t.Any]:
    loaded = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text())
    return dict(loaded["jobs"])


@EACH
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (.*)", workflow.read_text())
    assert used or "checkout" not in workflow.read_text()
    assert [line for line in used if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\S+", line)] == []


def test_an_action_has_one_pin_everywhere() -> None:
    pins = {line for path in WORKFLOWS for line in re.findall(r"uses: (.*)", path.read_text())}
    assert len({pin.split("@")[0] for pin in pins}) == len(pins)


@EACH
def test_a_job_may_read_and_ends(workflow: Path) -> None:
    """Writing is for the release alone, no clone keeps a token, and no text of strangers becomes a command."""
    text = workflow.read_text()
    loaded = yaml.safe_load(text)
    assert loaded["permissions"] == {"contents": "read"}
    assert [name for name, job in loaded["jobs"].items() if "timeout-minutes" not in job] == []
    assert [name for name, job in loaded["jobs"].items() if "permissions" in job] == (
        ["release"] if workflow.stem == "release" else []
    )
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    runs = [step["run"] for job in loaded["jobs"].values() for step in job["steps"] if "run" in step]
    assert [run for run in runs if re.search(r"\$\{\{(?! *(?:matrix|needs)\.)", run)] == []


@EACH
def test_make_knows_what_a_workflow_asks_of_it(workflow: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    assert set(re.findall(r"make ([a-z-]+) ", workflow.read_text())) - targets == set()


def test_every_scenario_runs_at_night() -> None:
    scenarios = jobs("nightly")["scenario"]["strategy"]["matrix"]["scenario"]
    assert scenarios == ["default", *script("scenarios").SCENARIOS, "nfs"]


NOTES = """\
# homelab\\.kubernetes 0\\.2 Release Notes

<a id="v0-2-0"></a>
## v0\\.2\\.0

<a id="bugfixes"></a>
### Bugfixes

* x \\- y\\.

<a id="v0-1-0"></a>
## v0\\.1\\.0

First\\.
"""


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.2.0", '<a id="bugfixes"></a>\n### Bugfixes\n\n* x \\- y\\.\n'), ("0.1.0", "First\\.\n")],
)
def test_a_release_says_what_the_changelog_says_of_it(version: str, expected: str) -> None:
    assert script("release").section(NOTES, version) == expected


@pytest.mark.parametrize(("changelog", "version"), [(NOTES, "0.2.1"), ("## v0\\.1\\.0\n\n", "0.1.0"), ("", "0.1.0")])
def test_a_version_without_a_section_is_not_released(changelog: str, version: str) -> None:
    message = (
        f"CHANGELOG.md has no section for v{version}; run `antsibull-changelog release` and commit it before the tag"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        script("release").section(changelog, version)


def test_a_tag_is_the_version_of_the_collection() -> None:
    release = script("release")
    assert release.version_of("v0.1.0", "name: x\nversion: 0.1.0\n") == "0.1.0"
    message = 'the tag is v0.2.0 and the version in galaxy.yml is "0.1.0": tag v0.1.0, or change galaxy.yml first'
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        release.version_of("v0.2.0", "version: 0.1.0\n")


def test_badges_and_forms_are_of_this_repository_and_its_versions() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    matrix = yaml.safe_load((ROOT / "tests/versions/matrix.yml").read_text())
    readme = (ROOT / "README.md").read_text()
    assert f"[![CI]({galaxy['repository']}/actions/workflows/ci.yml/badge.svg)]" in readme
    assert f"ansible-core {matrix[0]['core']} to {matrix[-1]['core']}](" in readme
    kubernetes = re.findall(r"\[!\[Kubernetes (\S+ to [\d.]+)\]", readme)
    assert f"| Kubernetes | {kubernetes[0]} with" in readme
    links = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/config.yml").read_text())["contact_links"]
    assert [link["url"] for link in links if not link["url"].startswith(galaxy["repository"])] == []


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.stem
)
def test_forms_are_what_github_reads(form: Path) -> None:
    loaded = yaml.safe_load(form.read_text())
    assert {"name", "description", "body"} <= set(loaded)
    ids = [item["id"] for item in loaded["body"]]
    assert len(set(ids)) == len(ids)
    assert {item["type"] for item in loaded["body"]} <= {"textarea", "input", "dropdown", "checkboxes", "markdown"}
    assert all(item["attributes"]["label"] for item in loaded["body"])
