# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control node lacks, in one line each."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._requirements import (
    ANSIBLE_CORE,
    FACTS,
    LIBRARIES,
    missing,
)

ROOT = Path(__file__).parents[4]
OLD = "ansible-core 2.17.1 is too old, 2.19 or later is needed"
PIP = "/usr/bin/python3 -m pip install --upgrade"
ALL = set(LIBRARIES)


@pytest.mark.parametrize(
    ("ansible", "python", "libraries", "expected"),
    [
        ("2.19.0", (3, 11), ALL, []),
        ("2.22.0rc1", (3, 14), ALL, []),
        ("2.17.1", (3, 12), ALL, [f"{OLD}: {PIP} 'ansible-core>=2.19'"]),
        (
            "2.17.1",
            (3, 10),
            ALL,
            [
                f"{OLD}, and Python 3.10 is too old for it: "
                "python3.11 -m venv .venv && .venv/bin/pip install -r requirements.txt"
            ],
        ),
        (
            "2.20.1",
            (3, 12),
            set(),
            [
                f"the Python library jmespath is missing: {PIP} 'jmespath>=1.0.1'",
                f"the Python library kubernetes is missing: {PIP} 'kubernetes>=24.2.0'",
                f"the Python library netaddr is missing: {PIP} 'netaddr>=1.0.0'",
            ],
        ),
    ],
)
def test_missing(ansible: str, python: tuple[int, int], libraries: set[str], expected: list[str]) -> None:
    assert missing(ansible, python, "/usr/bin/python3", libraries.__contains__, False) == expected


def test_facts_that_become_variables_are_told() -> None:
    assert missing("2.19.0", (3, 11), "/usr/bin/python3", lambda name: True, True) == [FACTS]


def test_the_floors_are_those_of_the_metadata() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())
    assert runtime["requires_ansible"] == f">={'.'.join(map(str, ANSIBLE_CORE))}.0"
    lines = (ROOT / "meta/ee-requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == list(LIBRARIES.values())
