# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Write TOML: tables, strings, booleans, numbers and lists, which is all that containerd's files hold."""

from __future__ import annotations

import json
import re
import typing as t

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def _string(value: str) -> str:
    """A basic string; JSON escapes the same characters but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _string(key)


def _dotted(path: t.Sequence[str]) -> str:
    return ".".join(_key(part) for part in path)


def _value(value: t.Any, path: t.Sequence[str]) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item, path) for item in value) + "]"
    if isinstance(value, dict):
        pairs = (f"{_key(key)} = {_value(item, [*path, key])}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    raise ValueError(f"{_dotted(path)} is {value!r}: TOML has strings, numbers, booleans, lists and tables only")


def _table(table: t.Mapping[str, t.Any], path: list[str]) -> t.Iterator[str]:
    """The lines of a table: its own values first, because a header ends the table before it."""
    for key in table:
        if not isinstance(key, str):
            raise ValueError(f"the key {key!r} in {_dotted(path) or 'the document'} is not a string")
    values = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if path and (values or not table):
        yield ""
        yield f"[{_dotted(path)}]"
    for key, value in values.items():
        yield f"{_key(key)} = {_value(value, [*path, key])}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _table(value, [*path, key])


def dumps(document: t.Mapping[str, t.Any]) -> str:
    """The document as TOML text; ValueError names the place of a value that TOML cannot hold."""
    return "\n".join(_table(document, [])).lstrip("\n") + "\n"


__all__ = ("dumps",)
