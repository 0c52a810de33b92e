# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Several functions of one kind behind one filter: a name chooses, and what is given wrongly is told before the function runs.

Jinja calls a filter with whatever a template holds. A text for a boolean would be true whatever it says, and an option that is
written wrongly would end in Python's own words about a function that nobody who writes templates knows.
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing as t

Result = t.TypeVar("Result")

# A text is also a sequence, and a boolean also a number: the first that fits counts.
_WORDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (str, "text"),
    (collections.abc.Mapping, "a mapping"),
    (collections.abc.Sequence, "a list"),
    (types.NoneType, "nothing"),
)


def _word(class_: object) -> str:
    """What a class is called; "" for one that is not in the table, which takes any value."""
    return next((word for base, word in _WORDS if isinstance(class_, type) and issubclass(class_, base)), "")


def problem(value: object, hint: t.Any) -> str:
    """Why a value is none of a type hint: ``is text, but must be a list``; "" when it is."""
    if t.get_origin(hint) in (t.Union, types.UnionType):
        return "" if any(not problem(value, part) for part in t.get_args(hint)) else problem(value, t.get_args(hint)[0])
    wanted = _word(t.get_origin(hint) or hint)
    found = _word(type(value)) or type(value).__name__
    if wanted and found != wanted:
        return f"is {found}, but must be {wanted}"
    if wanted == "a list":
        parts = (problem(item, part) for part in t.get_args(hint) for item in t.cast("t.Sequence[object]", value))
        return next((f"has an item that {part}" for part in parts if part), "")
    return ""


def call(
    known: t.Mapping[str, t.Callable[..., Result]], name: object, given: object, options: t.Mapping[str, object]
) -> Result:
    """What the function of a name makes of ``given``; its keyword parameters are its options.

    Raises ValueError for a name or an option that is not known, an option that is missing, a value of another type than the
    function's hints say, and a value of another shape than the function finds.
    """
    if not isinstance(name, str) or name not in known:
        raise ValueError(f'"{name}" is not known; there are {", ".join(known)}')
    function = known[name]
    hints = t.get_type_hints(function)
    first, *others = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in others]
    for option in options:
        if option not in names:
            raise ValueError(f'{name} has no option "{option}"; there are {", ".join(names) or "none"}')
    missing = [one.name for one in others if one.default is one.empty and one.name not in options]
    if missing:
        raise ValueError(f"{name} needs {', '.join(missing)}")
    for what, value, hint in (("input", given, first.name), *((key, value, key) for key, value in options.items())):
        if wrong := problem(value, hints[hint]):
            raise ValueError(f"{name}: {what} {wrong}")
    try:
        return function(given, **options)
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError(f"{name}: a value has another shape than documented: {exc!r}") from None


__all__ = ("call", "problem")
