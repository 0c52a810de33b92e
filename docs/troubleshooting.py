# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/troubleshooting.md from the findings in the code: `make docs`. With --check it only tells whether it differs.

A finding is made in one place, with its id, what it says, why and the fix; this page is read from there, so that it
lists exactly what preflight, kubeadm's modules and verify can say. Values that are known at run time only are {braces}.
"""

from __future__ import annotations

import ast
import re
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/troubleshooting.md"
SECTIONS = {
    "Before anything is changed: preflight": ("_preflight/**/*", "preflight"),
    "NFS": ("_nfs/*", "nfs_*", "_addons/nfs"),
    "kubeadm": ("_kubeadm/*", "_kubeadm_*", "kubeadm_*"),
    "The proof: verify": ("_verify/**/*", "verify_*"),
}
INTRODUCTION = """# Troubleshooting

Every problem that this collection knows has an id, which its report shows in brackets: `ERROR [disk-too-full] mini1: ...`. Here are all of
them, with what they say, why it matters and what to do. Words in braces stand for values of your cluster.
"""


# Words in expressions that say nothing about the value, and what others are called.
NAMES = {"exc": "the reason", "text": "what was said", "none": "none"}
NOISE = {"join", "sorted", "get", "facts", "str", "for", "in", "if", "else", "or", "obj", "lower", "int"}


class Entry(t.NamedTuple):
    """One way in which an id is reported."""

    id: str
    severity: str
    message: str
    why: str
    fix: str


Scope = dict[str, list[ast.expr]]


def assigned(scope: ast.AST) -> Scope:
    """Every value that a name gets in a function or module, tuples taken apart."""
    values: Scope = {}
    for node in ast.walk(scope):
        for target in node.targets if isinstance(node, ast.Assign) else []:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts))
            for name, value in pairs:
                if isinstance(name, ast.Name):
                    values.setdefault(name.id, []).append(value)
    return values


def placeholder(node: ast.expr) -> str:
    """What a person would call a value: the last name in its expression."""
    names = re.findall(r"[A-Za-z][A-Za-z_]+", ast.unparse(node))
    plain = [name for name in names if name not in NOISE]
    name = plain[-1].strip("_").replace("_", " ").lower() if plain else "value"
    return "{" + NAMES.get(name, name) + "}"


def text(node: ast.expr | None, scope: Scope) -> str:
    """An expression as a person reads it."""
    if node is None:
        return ""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text(value, scope) for value in node.values)
    if isinstance(node, ast.FormattedValue):
        known = isinstance(node.value, ast.Name) and len(scope.get(node.value.id, [])) == 1
        inner = text(node.value, scope) if known else ""
        return inner if inner and len(inner) > 12 else placeholder(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text(node.left, scope) + text(node.right, scope)
    if isinstance(node, ast.IfExp):
        return " / ".join(filter(None, (text(node.body, scope), text(node.orelse, scope))))
    functions = {name: values for name, values in scope.items() if name.endswith("()")}
    if isinstance(node, ast.Name) and node.id in scope:
        return " / ".join(dict.fromkeys(text(value, functions) for value in scope[node.id]))
    if isinstance(node, ast.Call) and ast.unparse(node.func) + "()" in functions:
        return text(functions[ast.unparse(node.func) + "()"][0], {})
    return placeholder(node)


def alternatives(node: ast.expr | None, scope: Scope) -> list[ast.expr | None]:
    """The values that an expression can have: both sides of a condition, everything a name is set to."""
    if isinstance(node, ast.IfExp):
        return [node.body, *alternatives(node.orelse, scope)]
    if isinstance(node, ast.Name) and scope.get(node.id):
        return list(scope[node.id])
    return [node]


def chosen(node: ast.expr | None, scope: Scope, at: int, count: int) -> str:
    """The text that belongs to the id at this place where ids and texts alternate alike, else all of it."""
    some = alternatives(node, scope)
    return text(some[at], scope) if len(some) == count else text(node, scope)


def maker(function: ast.expr, scope: Scope) -> str:
    """The name of what makes a finding, also where a variable is set to one of the two."""
    values = scope.get(function.id, [function]) if isinstance(function, ast.Name) else []
    some = [part for value in values for part in alternatives(value, {})]
    return " or ".join(sorted({part.id for part in some if isinstance(part, ast.Name)}))


def called(node: ast.Call, scope: Scope) -> list[Entry]:
    """The entries of error(...), warning(...) and Cause(...)."""
    name = maker(node.func, scope)
    words = {keyword.arg: keyword.value for keyword in node.keywords}
    arguments = dict(enumerate(node.args))
    if name == "Cause" and len(node.args) >= 4:
        id_, message, fix, why = (arguments.get(at) for at in (1, 2, 3, 4))
        why = why or words.get("why")
    elif name in ("error", "warning", "error or warning") and node.args:
        id_, message, fix, why = node.args[0], arguments.get(1), words.get("fix"), words.get("why")
    else:
        return []
    some = alternatives(id_, scope)
    severity = "error" if name == "Cause" else name
    return [
        Entry(one.value, severity, *(chosen(part, scope, at, len(some)) for part in (message, why, fix)))
        for at, one in enumerate(some)
        if isinstance(one, ast.Constant)
    ]


def fallbacks(scope: Scope) -> list[Entry]:
    """What is said where no row of a table of causes matches: ``otherwise = (id, what, fix)``."""
    tuples = [value.elts for value in scope.get("otherwise", []) if isinstance(value, ast.Tuple)]
    return [
        Entry(text(parts[0], scope), "error", text(parts[1], scope), "", text(parts[2], scope))
        for parts in tuples
        if len(parts) == 3
    ]


def wrapped(tree: ast.Module, node: ast.Call, scope: Scope) -> list[Entry]:
    """The entries of a call of a function that hands its parameters on to error(...), as ``wrong(id, message, why)``."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and isinstance(node.func, ast.Name) and function.name == node.func.id:
            names = [argument.arg for argument in function.args.args]
            last = function.body[-1]
            inner = last.value if isinstance(last, ast.Return) else None
            first = inner.args[0] if isinstance(inner, ast.Call) and inner.args else None
            if isinstance(inner, ast.Call) and isinstance(first, ast.Name) and first.id in names:
                return called(inner, {**scope, **{name: [value] for name, value in zip(names, node.args)}})
    return []


def entries(source: str) -> list[Entry]:
    """All findings that a file can make, in its order."""
    tree = ast.parse(source)
    outer = assigned(ast.Module([node for node in tree.body if isinstance(node, ast.Assign)], []))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and isinstance(function.body[-1], ast.Return):
            outer[f"{function.name}()"] = [function.body[-1].value or ast.Constant("")]
    found = []
    for part in tree.body:
        for function in [node for node in ast.walk(part) if isinstance(node, ast.FunctionDef)] or [part]:
            scope = {**outer, **assigned(function)}
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            found += [e for node in calls for e in called(node, scope) or wrapped(tree, node, scope)]
            found += fallbacks(scope)
    return list(dict.fromkeys(found))


def address_plan() -> list[Entry]:
    """The catalog of the address plan, which is a table already."""
    sys.path.insert(0, str(ROOT / "collections"))
    from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.catalog import RULES

    fix = "The report proposes the nearest free range, as one block to copy into group_vars."
    return [Entry(id_, rule.severity, rule.breaks, rule.why, fix) for id_, rule in RULES.items()]


def sections() -> t.Iterator[tuple[str, list[Entry]]]:
    """Titles with their entries."""
    for title, patterns in SECTIONS.items():
        files = sorted({path for pattern in patterns for path in (ROOT / "plugins").rglob(f"{pattern}.py")})
        yield title, [entry for path in files for entry in entries(path.read_text())]
    yield "The address plan", address_plan()


def one_line(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|").replace("<", "&lt;")


def page() -> str:
    """The whole page: a heading per id, below it every way in which it is said."""
    lines = [INTRODUCTION]
    for title, found in sections():
        lines += [f"## {title}", ""]
        for id_ in sorted({entry.id for entry in found}):
            same = [entry for entry in found if entry.id == id_]
            lines += [f"### {id_}", ""]
            for message in dict.fromkeys(entry.message for entry in same):
                ways = [entry for entry in same if entry.message == message]
                lines.append(f"- {' or '.join(dict.fromkeys(entry.severity for entry in ways))}: {one_line(message)}")
                whys = dict.fromkeys(entry.why for entry in ways if entry.why)
                fixes = dict.fromkeys(entry.fix for entry in ways)
                lines += [f"  - why: {one_line(why)}" for why in whys] + [f"  - fix: {one_line(fix)}" for fix in fixes]
            lines.append("")
    return "\n".join([*lines, "Made from the code by `make docs`.", ""])


def main() -> int:
    """Write or compare the page."""
    if "--check" not in sys.argv:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        print("docs/troubleshooting.md differs from the findings in the code; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
