# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Judging variables against the options of the roles, and telling a person about it once."""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import masked
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import inventory as kinds

_NAMES = {"str": "text", "path": "text", "list": "a list", "dict": "a mapping"}
_CLASSES: dict[str, tuple[type, ...]] = {"str": (str,), "path": (str,), "list": (list, tuple), "dict": (dict,)}

# What Ansible's filter bool reads, in roles as here; it takes y and t, which a module would accept, for no.
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_BOOLEANS = {*_YES, *_NO}


def yes(value: t.Any) -> bool:
    """A boolean, which may have come as text or number."""
    return str(value).lower() in _YES


@dataclasses.dataclass(frozen=True)
class Problem:
    """One wrong variable of one host."""

    host: str
    variable: str
    message: str
    fix: str
    place: str = ""


def kind(value: t.Any) -> str:
    """What a person calls a value's type."""
    if value is None:
        return "empty (null)"
    names = {
        bool: "the boolean",
        int: "the number",
        float: "the number",
        str: "the text",
        list: "the list",
        dict: "the mapping",
    }
    return next((name for type_, name in names.items() if isinstance(value, type_)), type(value).__name__)


def shown(value: t.Any) -> str:
    """A value as it would be written, cut where it gets long, and without the logins of addresses."""
    text = masked(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False))
    text = text if len(text) <= 80 else text[:77] + "..."
    return f'"{text}"' if isinstance(value, str) else text


def described(value: t.Any) -> str:
    return kind(value) if value is None else f"{kind(value)} {shown(value)}"


def type_problem(name: str, value: t.Any, option: t.Mapping[str, t.Any]) -> str | None:
    """What is wrong with a value that Ansible's own validation would quietly convert, or None.

    Roles use the variable and not the converted copy, so a number where text belongs, or text where a list belongs,
    goes wrong later and elsewhere. Booleans and numbers given with ``-e`` are text, and roles expect that.
    """
    wanted = option.get("type", "str")
    if value is None:
        return (
            None
            if option.get("default") is None
            else f"{name} is empty (null), but must be {_NAMES.get(wanted, wanted)}"
        )
    if wanted in _CLASSES and not isinstance(value, _CLASSES[wanted]):
        return f"{name} is {described(value)}, but must be {_NAMES[wanted]}"
    # With -e these come as text.
    if wanted == "bool" and str(value).lower() not in _BOOLEANS:
        return f"{name} is {described(value)}, but must be true or false"
    if wanted == "int" and (isinstance(value, bool) or not re.fullmatch(r"-?[0-9]+", str(value))):
        return f"{name} is {described(value)}, but must be a whole number"
    elements = option.get("elements")
    if wanted == "list" and elements in _CLASSES:
        wrong = [element for element in value if not isinstance(element, _CLASSES[elements])]
        if wrong:
            return f"{name} holds {described(wrong[0])}, but every element must be {_NAMES[elements]}"
    return None


def choice_problem(name: str, value: t.Any, option: t.Mapping[str, t.Any]) -> str | None:
    """What is wrong with a value outside the option's choices."""
    choices = [str(choice) for choice in option.get("choices") or []]
    if not choices or str(value) in choices:
        return None
    return f"{name} is {shown(value)}, but must be one of {', '.join(choices)}"


def fix_for(name: str, value: t.Any, option: t.Mapping[str, t.Any]) -> str:
    """A line for the inventory: the nearest choice, the value in quotes, or the default."""
    choices = [str(choice) for choice in option.get("choices") or []]
    if choices:
        return f"{name}: {nearest(str(value), choices, 0.6) or option.get('default') or choices[0]}"
    default = option.get("default")
    if default is not None:
        return f"write it like the default, {name}: {json.dumps(default)}"
    description = option.get("description", "")
    first = description if isinstance(description, str) else next(iter(description), "")
    return f"set {name} as its description says: {first}" if first else f"correct {name}"


def nearest(name: str, names: t.Iterable[str], cutoff: float = 0.8) -> str:
    """The most similar name, empty when none is."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=cutoff)), "")


def unknown(defined: t.Iterable[str], options: t.Collection[str], roles: t.Iterable[str]) -> dict[str, str]:
    """Variables with the prefix of a role that are no option of any, with the nearest option (or "").

    A prefix may be what is misspelt: a name that is all but an option counts too.
    """
    prefixes = tuple(f"{role}_" for role in roles)
    others = [name for name in defined if name not in options and not name.startswith(("_", "ansible_"))]
    near = {name: nearest(name, options, 0.8 if name.startswith(prefixes) else 0.9) for name in others}
    return {name: option for name, option in near.items() if option or name.startswith(prefixes)}


def unknown_names(variable: str, what: str, given: t.Iterable[str], known: t.Collection[str]) -> list[Finding]:
    """``variable-invalid`` for each name in a list that nothing has: a slip of the pen would be obeyed in silence."""
    result = []
    for name in given:
        if name not in known:
            near = nearest(name, known, 0.6)
            instead = f"did you mean {near}?" if near else f"remove it; there are {', '.join(sorted(known))}"
            values = {"variable": variable, "name": shown(name), "what": what, "instead": instead}
            result.append(kinds.NAME_UNKNOWN.at(subjects=[variable], **values))
    return result


def grouped(problems: t.Iterable[Problem], hosts: t.Sequence[str]) -> t.Iterator[tuple[Problem, str, str]]:
    """Each distinct problem once: with its host, or with "" and the hosts in words when several have it."""
    owners: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        owners.setdefault((problem.variable, problem.message), []).append(problem)
    for same in owners.values():
        names = sorted({problem.host for problem in same})
        some = len(names) < len(hosts)
        place = f" ({same[0].place})" if same[0].place else ""
        words = f" for {', '.join(names)}" if some and len(names) > 1 else ""
        yield same[0], names[0] if some and len(names) == 1 else "", words + place


def invalid_findings(problems: t.Iterable[Problem], hosts: t.Sequence[str]) -> list[Finding]:
    """``variable-invalid`` errors, one for each variable and reason."""
    return [
        kinds.VARIABLE_INVALID.at(
            host, subjects=[problem.variable], problem=problem.message + where, instead=problem.fix
        )
        for problem, host, where in grouped(problems, hosts)
    ]


def unknown_findings(problems: t.Iterable[Problem], hosts: t.Sequence[str]) -> list[Finding]:
    """``variable-unknown`` warnings, one for each variable."""
    return [
        kinds.VARIABLE_UNKNOWN.at(
            host, subjects=[problem.variable], problem=problem.message + where, instead=problem.fix
        )
        for problem, host, where in grouped(problems, hosts)
    ]


__all__ = (
    "Problem",
    "choice_problem",
    "described",
    "fix_for",
    "grouped",
    "invalid_findings",
    "kind",
    "nearest",
    "shown",
    "type_problem",
    "unknown",
    "unknown_findings",
    "unknown_names",
)
