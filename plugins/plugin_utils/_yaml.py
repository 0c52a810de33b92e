# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""YAML that came from a host, read so that no text of a host can hold up or end a run on the control node.

Kubernetes reads its YAML as JSON, so only what JSON has is read here. An alias repeats a part of a file in a few bytes; some
lines of them stand for gigabytes, or for a value that contains itself. Nothing that kubeadm or the API writes has one.
"""

from __future__ import annotations

import json
import typing as t

import yaml

# Characters of a file; etcd keeps no object above 1.5 MiB, and kubeadm's files have some thousand.
LARGEST = 256 * 1024
# Levels of a document, and characters of a number; Python's recursion and its conversion of numbers have limits of their own.
DEEPEST, LONGEST = 64, 64
_PREFIX = "tag:yaml.org,2002:"
_NUMBERS = (f"{_PREFIX}int", f"{_PREFIX}float")
_PLAIN = (*_NUMBERS, *(_PREFIX + kind for kind in ("bool", "map", "null", "seq", "str")))


class _RefusedError(yaml.YAMLError):
    """YAML that no file of kubeadm or Kubernetes has; the message says so in words of ours."""


class _Loader(yaml.SafeLoader):
    """JSON's kinds of values, without aliases and tags: 2026-11-21 and << are text."""

    depth = 0

    def compose_node(self, parent: t.Any, index: t.Any) -> t.Any:
        """The next node."""
        event = t.cast("t.Any", self).peek_event()
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError(f"line {line} has a YAML alias")
        if event.tag is not None:
            raise _RefusedError(f"line {line} has a YAML tag")
        self.depth += 1
        if self.depth > DEEPEST:
            raise _RefusedError(f"line {line} is nested more than {DEEPEST} levels deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and len(node.value) > LONGEST:
            raise _RefusedError(f"line {line} has a number of more than {LONGEST} characters")
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: str) -> list[t.Any]:
    """The documents of a YAML text of a host. Raises ValueError with a reason that quotes nothing of the text."""
    if len(text) > LARGEST:
        raise ValueError(f"it has more than {LARGEST // 1024} kB")
    try:
        return list(yaml.load_all(text, Loader=_Loader))
    except _RefusedError as exc:
        raise ValueError(str(exc)) from exc
    except (LookupError, ValueError, yaml.YAMLError) as exc:
        # PyYAML takes 0x_ for a number and then fails on it.
        mark = getattr(exc, "problem_mark", None)
        raise ValueError(f"line {mark.line + 1} is no YAML" if mark else "it is no YAML") from exc


def text(value: t.Any) -> str:
    """A value as YAML, keys in the order they have. Ansible's texts know where they come from, which YAML's writer cannot represent."""
    return str(yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False, allow_unicode=True))


__all__ = ("documents", "text")
