# SPDX-License-Identifier: GPL-3.0-or-later
"""What is pinned, and how it is compared with what a registry says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from mirror.components import load, parse_component
from mirror.outdated import (
    ROLE_MODULES,
    Answer,
    Pin,
    Row,
    action_pins,
    component_pins,
    in_line,
    judged,
    matrix_pins,
    newest,
    release,
    requirement_pins,
    role_pins,
    rows_text,
)
from mirror.paths import COMPONENTS_FILE
from mirror.process import MirrorError, capture
from mirror.registries import all_pins, listed_versions, module_versions, tag_names

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v1.37.2", (1, 37, 2)),
        ("26.10.1", (26, 10, 1)),
        ("v7", (7,)),
        ("6.0.12.20261113", (6, 0, 12, 20261113)),
        ("v28.5.2+incompatible", (28, 5, 2)),
        ("1.2.0", (1, 2)),
        ("0", (0,)),
        ("v3.8.0-alpha.0", None),
        ("2.22.0rc1", None),
        ("v0.0.0-20161109143554-76bb4ee9f0ab", None),
        ("main", None),
        ("", None),
    ],
)
def test_release(version: str, expected: tuple[int, ...] | None) -> None:
    assert release(version) == expected


@pytest.mark.parametrize(
    ("version", "line", "expected"),
    [
        ("v2.3.7", "2.3", True),
        ("v2.30.0", "2.3", False),
        ("2.3", "2.3", True),
        ("13.8.0", "13", True),
        ("130.0.0", "13", False),
        ("v1", "", True),
    ],
)
def test_in_line(version: str, line: str, expected: bool) -> None:
    assert in_line(version, line) is expected


@pytest.mark.parametrize(
    ("versions", "line", "expected"),
    [
        (["v1.9.1", "v1.10.0", "v1.10.0-rc.1"], "", "v1.10.0"),
        (["v2.4.2", "v2.3.7", "v2.3.10", "v2.30.1"], "2.3", "v2.3.10"),
        (["v3.0.0-rc.1"], "", ""),
        (["v2.4.2"], "2.3", ""),
        ([], "", ""),
    ],
)
def test_newest(versions: list[str], line: str, expected: str) -> None:
    assert newest(versions, line) == expected


@pytest.mark.parametrize(
    ("version", "line", "why", "answer", "expected"),
    [
        ("v1.2.0", "", "", Answer(["v1.2.0", "v1.3.0-rc.1"]), ("v1.2.0", "")),
        ("v1.2", "", "", Answer(["v1.2.0"]), ("v1.2.0", "")),
        ("v1.9.1", "", "", Answer(["v1.9.1", "v1.10.0"]), ("v1.10.0", "behind")),
        ("v0.0.37", "", "", Answer(["v0.0.30"]), ("v0.0.30", "nothing as new is listed")),
        ("v2.3.7", "2.3", "reason", Answer(["v2.3.7", "v2.4.2"]), ("v2.4.2", "held at 2.3: reason")),
        ("v2.3.6", "2.3", "reason", Answer(["v2.3.7", "v2.4.2"]), ("v2.4.2", "behind v2.3.7; held at 2.3: reason")),
        ("v2.3.6", "2.3", "reason", Answer(["v2.3.7"]), ("v2.3.7", "behind; held at 2.3: reason")),
        ("v2.3.7", "2.3", "reason", Answer(["v2.3.7"]), ("v2.3.7", "")),
        ("v1.14.6", "", "reason", Answer(["v1.15.0"]), ("v1.15.0", "held: reason")),
        ("v1.0.0-2025-a0db", "", "reason", Answer(), ("?", "held: reason; no release is listed")),
        ("v1", "", "", Answer(problem="nobody there"), ("?", "nobody there")),
        ("v1", "", "reason", Answer(problem="nobody there"), ("?", "held: reason; nobody there")),
    ],
)
def test_judged(version: str, line: str, why: str, answer: Answer, expected: tuple[str, str]) -> None:
    row = judged(Pin("file", "name", version, line=line, why=why), answer)
    assert (row.newest, row.remark) == expected


def test_rows_text() -> None:
    rows = [
        Row(Pin("one.yml", "kubernetes", "v1.37.1"), "v1.37.2", "behind"),
        Row(Pin("one.yml", "etcd", "v3.7.1"), "v3.7.1", ""),
        Row(Pin("two.txt", "x", "1"), "?", "nobody there"),
    ]
    assert rows_text(rows) == (
        "one.yml\n"
        "  kubernetes  v1.37.1  v1.37.2  behind\n"
        "  etcd        v3.7.1   v3.7.1\n"
        "\n"
        "two.txt\n"
        "  x  1  ?  nobody there\n"
        "\n"
        "3 pins: 1 behind, 1 unknown here\n"
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ruff==0.17.6", ("ruff", "0.17.6", "ruff", "3.11")),
        (
            "molecule-plugins[docker]==26.10.12  # a reason",
            ("molecule-plugins", "26.10.12", "molecule-plugins", "3.11"),
        ),
        ('ansible==12.3.0; python_version < "3.12"', ("ansible (Python < 3.12)", "12.3.0", "ansible", "3.11")),
        ('ansible==14.5.0 ; python_version >= "3.12"', ("ansible (Python >= 3.12)", "14.5.0", "ansible", "3.12")),
        ("-r requirements.txt", None),
        ("# ruff==1", None),
        ("ansible-core>=2.19", None),
        ("", None),
    ],
)
def test_requirement_pins(line: str, expected: tuple[str, ...] | None) -> None:
    found = [(pin.name, pin.version, pin.address, pin.python) for pin in requirement_pins("x", f"{line}\n", "3.11")]
    assert found == ([expected] if expected else [])


def test_matrix_pins() -> None:
    row: dict[str, Any] = {"core": "2.20", "ansible": "13.8.0", "pythons": ["3.12", "3.13"]}
    why = "brings ansible-core 2.20"
    assert list(matrix_pins("x", [row])) == [
        Pin("x", "ansible for ansible-core 2.20", "13.8.0", "pypi", "ansible", "3.12", "13", why)
    ]


def test_action_pins() -> None:
    sha = "3d3c42e5aac5ba805825da76410c181273ba90b1"
    text = (
        f"      - uses: actions/checkout@{sha} # v7.0.1\n"
        f"      - uses: actions/checkout@{sha} # v7.0.1\n"
        f"      - uses: owner/name/folder@{sha} # v2\n"
        "      - uses: ./local\n"
    )
    assert [(pin.name, pin.version) for pin in action_pins("x", text)] == [
        ("actions/checkout", "v7.0.1"),
        ("owner/name", "v2"),
    ]


@pytest.mark.parametrize(
    ("defaults", "expected"),
    [
        ({"flannel_version": "v0.28.10"}, [("flannel_version", "v0.28.10", "go", "github.com/flannel-io/flannel")]),
        ({"kubeadm_kubernetes_version": "{{ cluster_kubernetes_version }}"}, []),
        ({"containerd_version": ""}, []),
        ({"nfs_server_versions": ["4.2"]}, []),
        ({"verify_image": "registry.k8s.io/e2e-test-images/agnhost:2.66.1"}, [("verify_image", "2.66.1", "", "")]),
        ({"metrics_server_image": "registry.invalid/x:{{ metrics_server_version }}"}, []),
        ({"new_version": "1.2"}, [("new_version", "1.2", "", "")]),
    ],
)
def test_role_pins(defaults: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert [(pin.name, pin.version, pin.registry, pin.address) for pin in role_pins("x", defaults)] == expected


GO_MOD = """\
module homelab.invalid/mirror/tool

require example.invalid/tool v1.2.3

require (
	example.invalid/tool/part v1.2.3 // indirect
	example.invalid/tool/other v0.9.0 // indirect
	example.invalid/toolbox v1.0.0 // indirect
)

replace example.invalid/library => example.invalid/library v0.5.0

replace (
	example.invalid/a => example.invalid/a v0.37.2
	example.invalid/b => example.invalid/b v0.37.2
)
"""


def test_component_pins() -> None:
    raw: dict[str, Any] = {
        "version": "v1.2.3",
        "date": "",
        "go": {
            "binaries": {
                "tool": "example.invalid/tool/cmd/tool",
                "part": "example.invalid/tool/part",
                "other": "example.invalid/tool/other/cmd",
            }
        },
        "images": {
            "registry.invalid/tool:{version}": {"dockerfile": "x", "files": []},
            "registry.invalid/shell:1.37.0": {"dockerfile": "x", "files": []},
        },
    }
    held = {"tool": {"line": "1.2", "why": "reason"}}
    assert [
        (pin.name, pin.version, pin.address, pin.line)
        for pin in component_pins("x", parse_component("tool", raw), GO_MOD, held)
    ] == [
        ("tool", "v1.2.3", "example.invalid/tool", "1.2"),
        ("tool: example.invalid/tool/other", "v0.9.0", "example.invalid/tool/other", "1.2"),
        ("tool: example.invalid/library", "v0.5.0", "example.invalid/library", "1.2"),
        ("tool: example.invalid/a", "v0.37.2", "example.invalid/a", "1.2"),
        ("tool: registry.invalid/shell", "1.37.0", "", ""),
    ]


def test_a_module_of_another_version_has_the_release_s_name() -> None:
    raw: dict[str, Any] = {
        "version": "v3.28.5",
        "date": "",
        "go": {"module_version": "v0.9.0", "binaries": {"other": "example.invalid/tool/other"}},
    }
    first = next(component_pins("x", parse_component("calico", raw), GO_MOD, {}))
    assert (first.name, first.version, first.address) == ("calico", "v3.28.5", "example.invalid/tool/other")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aa\trefs/tags/v1\nbb\trefs/tags/v1.0.1\nbb\trefs/tags/v1.0.1^{}\n", ["v1", "v1.0.1", "v1.0.1"]),
        ("", []),
    ],
)
def test_tag_names(text: str, expected: Sequence[str]) -> None:
    assert tag_names(text) == expected


def test_what_clients_print() -> None:
    said = "ruff (0.17.6)\nAvailable versions: 0.17.6, 0.17.5\n  INSTALLED: 0.17.5\n  LATEST:    0.17.6\n"
    assert listed_versions(said) == ["0.17.6", "0.17.5"]
    assert listed_versions("") == []
    assert module_versions('{"Path": "x", "Versions": ["v1.0.0", "v1.1.0"]}') == ["v1.0.0", "v1.1.0"]
    assert module_versions('{"Path": "x"}') == []


def test_nobody_is_waited_for_without_end() -> None:
    with pytest.raises(MirrorError, match=r"^sleep 9 took more than 0.1 s$"):
        capture(["sleep", "9"], seconds=0.1)


def test_everything_pinned_is_listed() -> None:
    found = {(pin.place, pin.name.partition(" (")[0]): pin for pin in all_pins(load())}
    names = {name for _place, name in found}
    assert set(load().components) <= names
    assert set(ROLE_MODULES) <= names
    unknown = [key for key, pin in found.items() if key[1].endswith("_version") and not pin.registry]
    assert not unknown, "ROLE_MODULES says which Go module knows their releases"
    for file in ("requirements.txt", "requirements-dev.txt", "tests/package-tools.txt"):
        wanted = re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert {(file, name) for name in wanted} <= set(found)
    used = re.findall(r"uses: (\S+)@", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert {(".github/workflows/ci.yml", name) for name in used} <= set(found)


def test_what_is_held_says_why() -> None:
    raw = yaml.safe_load(COMPONENTS_FILE.read_text(encoding="utf-8"))
    assert set(raw["held"]) <= set(raw["components"])
    for reason in raw["held"].values():
        assert set(reason) <= {"line", "why"}
        assert reason["why"]
