# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name chooses a function, and what is given wrongly is told before it runs."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _dispatch


class Shape(t.TypedDict):
    name: str


def paint(
    things: t.Sequence[t.Mapping[str, t.Any]],
    *,
    colour: str,
    coats: int = 1,
    dry: bool = False,
    shape: Shape | None = None,
    limits: t.Mapping[str, int] | None = None,
    names: t.Sequence[str] = (),
    anything: t.Any = None,
) -> list[str]:
    label = shape["name"] if shape else ""
    return [f"{thing['name']} {colour} {coats} {dry} {label} {limits} {list(names)} {anything}" for thing in things]


def count(things: t.Iterable[str]) -> list[str]:
    return [str(len(list(things)))]


KNOWN: dict[str, t.Callable[..., list[str]]] = {"paint": paint, "count": count}
THING = [{"name": "door"}]


class Marked(str):
    """A text as Ansible has it, which remembers where it comes from."""


@pytest.mark.parametrize(
    ("name", "given", "options", "expected"),
    [
        ("paint", THING, {"colour": "red"}, ["door red 1 False  None [] None"]),
        ("paint", tuple(THING), {"colour": Marked("red"), "coats": 2}, ["door red 2 False  None [] None"]),
        ("paint", THING, {"colour": "red", "shape": {"name": "x"}, "dry": True}, ["door red 1 True x None [] None"]),
        ("paint", THING, {"colour": "", "shape": None, "limits": None}, ["door  1 False  None [] None"]),
        ("paint", THING, {"colour": "", "names": ["a"], "anything": 5}, ["door  1 False  None ['a'] 5"]),
        ("paint", [], {"colour": "red"}, []),
        (Marked("count"), {"a": 1, "b": 2}.keys(), {}, ["2"]),
    ],
)
def test_results(name: str, given: t.Any, options: dict[str, t.Any], expected: list[str]) -> None:
    assert _dispatch.call(KNOWN, name, given, options) == expected


RED = {"colour": "red"}
WRONG: list[tuple[t.Any, t.Any, dict[str, t.Any], str]] = [
    ("mow", THING, {}, '"mow" is not known; there are paint, count'),
    (["paint"], THING, {}, "\"['paint']\" is not known; there are paint, count"),
    (None, THING, {}, '"None" is not known; there are paint, count'),
    (
        "paint",
        THING,
        {"color": "red"},
        'paint has no option "color"; there are colour, coats, dry, shape, limits, names, anything',
    ),
    ("count", [], RED, 'count has no option "colour"; there are none'),
    (
        "paint",
        THING,
        {"things": []},
        'paint has no option "things"; there are colour, coats, dry, shape, limits, names, anything',
    ),
    ("paint", THING, {}, "paint needs colour"),
    ("paint", "door", RED, "paint: input is text, but must be a list"),
    ("paint", THING[0], RED, "paint: input is a mapping, but must be a list"),
    ("paint", None, RED, "paint: input is nothing, but must be a list"),
    ("paint", ["door"], RED, "paint: input has an item that is text, but must be a mapping"),
    ("paint", THING, {"colour": 5}, "paint: colour is a whole number, but must be text"),
    ("paint", THING, {"colour": None}, "paint: colour is nothing, but must be text"),
    ("paint", THING, {**RED, "coats": "2"}, "paint: coats is text, but must be a whole number"),
    ("paint", THING, {**RED, "coats": True}, "paint: coats is true or false, but must be a whole number"),
    ("paint", THING, {**RED, "coats": 2.5}, "paint: coats is float, but must be a whole number"),
    ("paint", THING, {**RED, "dry": "no"}, "paint: dry is text, but must be true or false"),
    ("paint", THING, {**RED, "dry": 1}, "paint: dry is a whole number, but must be true or false"),
    ("paint", THING, {**RED, "shape": ["x"]}, "paint: shape is a list, but must be a mapping"),
    ("paint", THING, {**RED, "limits": "x"}, "paint: limits is text, but must be a mapping"),
    ("paint", THING, {**RED, "names": "a"}, "paint: names is text, but must be a list"),
    ("paint", THING, {**RED, "names": [1]}, "paint: names has an item that is a whole number, but must be text"),
    ("paint", [{}], RED, "paint: a value has another shape than documented: KeyError('name')"),
    (
        "paint",
        THING,
        {**RED, "shape": {"title": 1}},
        "paint: a value has another shape than documented: KeyError('name')",
    ),
]


@pytest.mark.parametrize(("name", "given", "options", "error"), WRONG)
def test_errors(name: t.Any, given: t.Any, options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        _dispatch.call(KNOWN, name, given, options)


def test_what_the_function_itself_complains_of_stays() -> None:
    def refuse(_given: object) -> list[str]:
        raise ValueError("not today")

    with pytest.raises(ValueError, match=r"^not today$"):
        _dispatch.call({"refuse": refuse}, "refuse", 1, {})
