# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this control node lacks; the lines are told by the tests of what makes them."""

from __future__ import annotations

import importlib.util
import sys
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.lookup import missing_requirements
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._requirements import FACTS, LIBRARIES


def lines() -> list[str]:
    found: list[str] = missing_requirements.LookupModule().run([], {})
    return found


@pytest.fixture(autouse=True)
def good(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has everything."""
    monkeypatch.setattr(missing_requirements.constants, "INJECT_FACTS_AS_VARS", False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())


def test_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines() == []
    monkeypatch.delattr(missing_requirements.constants, "INJECT_FACTS_AS_VARS")
    assert lines() == []  # an Ansible that no longer can


def test_facts_that_would_become_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_requirements.constants, "INJECT_FACTS_AS_VARS", True)
    assert lines() == [FACTS]


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def find(asked: str) -> t.Any:
        return None if asked == name else object()

    monkeypatch.setattr(importlib.util, "find_spec", find)
    (line,) = lines()
    assert line.startswith(f"the Python library {name} is missing: ")
    assert f"{sys.executable} -m pip install --upgrade '{LIBRARIES[name]}'" in line


def test_the_version_of_ansible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_requirements, "__version__", "2.18.1")
    (line,) = lines()
    assert line.startswith("ansible-core 2.18.1 is too old, 2.19 or later is needed")
