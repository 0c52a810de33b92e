# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
import re
import time
import typing as t

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._yaml import documents
from hypothesis import example, given
from hypothesis import strategies as st

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: &a {b: *a}", "line 1 has a YAML alias"),
        ("a: &a 1\nb: *a\n", "line 2 has a YAML alias"),
        ("a: *never", "line 1 has a YAML alias"),
        (BOMB, "line 2 has a YAML alias"),
        ("a: &a {b: c}\nd:\n  <<: *a\n", "line 3 has a YAML alias"),
        ("x" * (256 * 1024 + 1), "it has more than 256 kB"),
        ("[" * 100_000, "line 1 is nested more than 64 levels deep"),
        ("- " * 100_000, "line 1 is nested more than 64 levels deep"),
        ("{a: " * 65, "line 1 is nested more than 64 levels deep"),
        ("a: 1\nb: " + "1" * 5000, "line 2 has a number of more than 64 characters"),
        ("a: 0x" + "f" * 100_000, "line 1 has a number of more than 64 characters"),
        ("a: 1" + ":59" * 10_000, "line 1 has a number of more than 64 characters"),
        ("a: 1\nb: [", "line 2 is no YAML"),
        ("a: !!python/name:os.system x", "line 1 has a YAML tag"),
        ("a: !!binary aGVsbG8=", "line 1 has a YAML tag"),
        ("a: !!set {b}", "line 1 has a YAML tag"),
        ("? [a]\n: b", "line 1 is no YAML"),
        ("a: \x00", "it is no YAML"),
        ("a: 0x_", "it is no YAML"),
    ],
)
def test_what_is_refused(text: str, error: str) -> None:
    began = time.monotonic()
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        documents(text)
    assert time.monotonic() - began < 5


def test_what_is_read() -> None:
    assert documents("") == []
    assert documents("a: 1\n---\nb: &name [x, 1.5, true, null, '1']\n") == [
        {"a": 1},
        {"b": ["x", 1.5, True, None, "1"]},
    ]
    # Text to Kubernetes, a date and a merge to YAML.
    assert documents("a: 2026-11-21\n<<: {b: 1}\n") == [{"a": "2026-11-21", "<<": {"b": 1}}]


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@given(st.dictionaries(st.text(max_size=9), plain))
def test_json_is_read_as_what_it_is(value: t.Any) -> None:
    assert documents(yaml.safe_dump(value)) == [value]


@given(st.text(alphabet="ab:&*-!<>[]{}? \n'\"|#%@0x1_.", max_size=60))
@example("*a")
@example("!!int ''")
@example("1__: .")
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        json.dumps(documents(text))
