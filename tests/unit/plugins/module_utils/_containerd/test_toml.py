# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TOML writer against Python's reader."""

from __future__ import annotations

import math
import re
import typing as t

import pytest
import tomllib
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd.toml import dumps
from hypothesis import given
from hypothesis import strategies as st

TEXTS: list[tuple[dict[str, t.Any], str]] = [
    ({}, "\n"),
    ({"version": 4}, "version = 4\n"),
    ({"a": {"b": {"c": True}}}, "[a.b]\nc = true\n"),
    ({"a": {"b": {}}}, "[a.b]\n"),
    ({"a": {"b": {"c": 1}, "d": 2}}, "[a]\nd = 2\n\n[a.b]\nc = 1\n"),
    ({"plugins": {"io.x.v1": {"on": False}}}, '[plugins."io.x.v1"]\non = false\n'),
    (
        {"host": {"http://m:5000": {"capabilities": ["pull", "resolve"]}}},
        '[host."http://m:5000"]\ncapabilities = ["pull", "resolve"]\n',
    ),
    ({"x": [{"a": 1}, {}]}, "x = [{a = 1}, {}]\n"),
    ({"": 1.5}, '"" = 1.5\n'),
]


@pytest.mark.parametrize(("document", "text"), TEXTS)
def test_dumps(document: dict[str, t.Any], text: str) -> None:
    assert dumps(document) == text
    assert tomllib.loads(text) == document


FAIL: list[tuple[dict[t.Any, t.Any], str]] = [
    ({"a": {"b c": None}}, 'a."b c" is None: TOML has strings, numbers, booleans, lists and tables only'),
    ({"a": [1, b"x"]}, "a is b'x': TOML has strings, numbers, booleans, lists and tables only"),
    ({"a": {1: 2}}, "the key 1 in a is not a string"),
    ({1: 2}, "the key 1 in the document is not a string"),
]


@pytest.mark.parametrize(("document", "message"), FAIL)
def test_dumps_fail(document: dict[t.Any, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dumps(document)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALAR = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(TEXT, VALUE, max_size=4))
def test_round_trip(document: dict[str, t.Any]) -> None:
    assert tomllib.loads(dumps(document)) == document


def test_not_a_number() -> None:
    assert math.isnan(tomllib.loads(dumps({"x": math.nan}))["x"])
