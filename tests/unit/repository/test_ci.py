# SPDX-License-Identifier: GPL-3.0-or-later
"""What CI runs, and in which order."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location("scenarios", ROOT / ".ci/scenarios.py")
assert SPEC
assert SPEC.loader
ci = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(ci)
ALL = list(ci.SCENARIOS)


@pytest.mark.parametrize(
    ("files", "turn", "expected"),
    [
        ([], 0, ALL),
        ([], 2, [*ALL[2:], *ALL[:2]]),
        ([], 2 + len(ALL), [*ALL[2:], *ALL[:2]]),
        (["README.md"], 0, ALL),
        (["molecule/single/verify.yml"], 0, ["single", *[name for name in ALL if name != "single"]]),
        (["roles/calico/tasks/main.yml"], 1, ["calico", *ALL[1:7], *ALL[8:], ALL[0]]),
        (["plugins/module_utils/_firewall/ufw.py"], 0, ["firewall", *[name for name in ALL if name != "firewall"]]),
    ],
)
def test_what_was_touched_comes_first_and_the_rest_takes_turns(
    files: list[str], turn: int, expected: list[str]
) -> None:
    assert ci.order(files, turn) == expected


def test_whatever_is_touched_all_are_named() -> None:
    everything = [f"molecule/{name}/vars.yml" for name in ALL]
    assert ci.order(everything, 5) == ALL


def test_every_scenario_is_run_somewhere() -> None:
    folders = {path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml")}
    assert folders - set(ALL) == {"default", "nfs"}
