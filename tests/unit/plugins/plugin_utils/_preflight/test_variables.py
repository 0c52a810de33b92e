# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables judged against role options."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import variables
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import Problem

TYPES: list[tuple[t.Any, dict[str, t.Any], str | None]] = [
    ("10.244.0.0/16", {"type": "str"}, None),
    (10, {"type": "str", "default": "x"}, "v is the number 10, but must be text"),
    (1.37, {"default": "1.37.2"}, "v is the number 1.37, but must be text"),
    (True, {"type": "str"}, "v is the boolean true, but must be text"),
    (["a"], {"type": "str"}, 'v is the list ["a"], but must be text'),
    ({"a": 1}, {"type": "path"}, 'v is the mapping {"a": 1}, but must be text'),
    # Cut only after the login is out: a long one would lose the sign by which it is known.
    (["http://anna:" + "x" * 90 + "@m"], {"type": "str"}, 'v is the list ["http://***@m"], but must be text'),
    (None, {"type": "str", "default": "x"}, "v is empty (null), but must be text"),
    (None, {"type": "str"}, None),
    ("a,b", {"type": "list"}, 'v is the text "a,b", but must be a list'),
    ([10], {"type": "list", "elements": "str"}, "v holds the number 10, but every element must be text"),
    ([], {"type": "list", "elements": "str"}, None),
    ([{}], {"type": "list", "elements": "dict"}, None),
    ("a=b", {"type": "dict"}, 'v is the text "a=b", but must be a mapping'),
    # Converted by Ansible and by roles, because -e gives text.
    ("true", {"type": "bool"}, None),
    ("5", {"type": "int"}, None),
    ("y", {"type": "bool"}, 'v is the text "y", but must be true or false'),
    ("maybe", {"type": "bool"}, 'v is the text "maybe", but must be true or false'),
    ("5.5", {"type": "int"}, 'v is the text "5.5", but must be a whole number'),
    (True, {"type": "int"}, "v is the boolean true, but must be a whole number"),
    ("x" * 100_000, {"type": "list"}, f'v is the text "{"x" * 77}...", but must be a list'),
]


@pytest.mark.parametrize(("value", "option", "expected"), TYPES)
def test_type_problem(value: t.Any, option: dict[str, t.Any], expected: str | None) -> None:
    assert variables.type_problem("v", value, option) == expected


CHOICES = [
    ("flannel", None),
    ("weave", 'v is "weave", but must be one of flannel, calico, none'),
    (["flannel"], 'v is ["flannel"], but must be one of flannel, calico, none'),
]


@pytest.mark.parametrize(("value", "expected"), CHOICES)
def test_choice_problem(value: t.Any, expected: str | None) -> None:
    option = {"choices": ["flannel", "calico", "none"]}
    assert variables.choice_problem("v", value, option) == expected
    assert variables.choice_problem("v", value, {}) is None


FIXES: list[tuple[t.Any, dict[str, t.Any], str]] = [
    ("flanel", {"choices": ["calico", "flannel"], "default": "calico"}, "v: flannel"),
    ("weave", {"choices": ["calico", "flannel"], "default": "flannel"}, "v: flannel"),
    ("weave", {"choices": ["calico", "flannel"]}, "v: calico"),
    (10, {"default": "10.244.0.0/16"}, 'write it like the default, v: "10.244.0.0/16"'),
    (10, {"description": ["The node address.", "More."]}, "set v as its description says: The node address."),
    (10, {}, "correct v"),
]


@pytest.mark.parametrize(("value", "option", "expected"), FIXES)
def test_fix_for(value: t.Any, option: dict[str, t.Any], expected: str) -> None:
    assert variables.fix_for("v", value, option) == expected


UNKNOWN = [
    ("cluster_pod_cird", "cluster_pod_cidr"),
    ("cluster_zzz", ""),
    ("flanel_version", "flannel_version"),
]
KNOWN = ["cluster_pod_cidr", "_cluster_pod_cird", "ansible_pod_cidr", "other", "pod_cidr"]


@pytest.mark.parametrize(("name", "near"), UNKNOWN)
def test_unknown(name: str, near: str) -> None:
    options = ["cluster_pod_cidr", "flannel_version"]
    assert variables.unknown([name, *KNOWN], options, ["cluster", "flannel"]) == {name: near}


HOSTS = ["a", "b", "c"]
GROUPS = [
    (["a", "b", "c"], "", "v is bad (all.yml:3)"),
    (["b"], "b", "v is bad (all.yml:3)"),
    (["c", "a"], "", "v is bad for a, c (all.yml:3)"),
]


@pytest.mark.parametrize(("names", "host", "message"), GROUPS)
def test_findings_are_told_once(names: list[str], host: str, message: str) -> None:
    problems = [Problem(name, "v", "v is bad", "do it", "all.yml:3") for name in names]
    (invalid,) = variables.invalid_findings(problems, HOSTS)
    assert (invalid["id"], invalid["severity"], invalid["host"], invalid["message"], invalid["fix"]) == (
        "variable-invalid",
        "error",
        host,
        message,
        "do it",
    )
    (unknown,) = variables.unknown_findings(problems, HOSTS)
    assert (unknown["id"], unknown["severity"], unknown["message"]) == ("variable-unknown", "warning", message)


@pytest.mark.parametrize("value", [True, "true", "Yes", "on", 1, "1"])
def test_what_is_yes(value: object) -> None:
    assert variables.yes(value)


@pytest.mark.parametrize("value", [False, None, "", "y", "t", "no", 0, "2", "maybe"])
def test_what_is_not(value: object) -> None:
    """As Ansible's filter bool has it."""
    assert not variables.yes(value)
