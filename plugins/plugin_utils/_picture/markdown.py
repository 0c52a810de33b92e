# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An address plan as Markdown: a Mermaid diagram, a table of ranges with bars, and the mistakes."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import address_text
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.topic import (
    Drawing,
    Item,
    Topic,
    counted,
    drawing,
)

_BAR = 24


def _quoted(*lines: str) -> str:
    """A label: Mermaid reads quotes, brackets and line ends as its own."""
    return '"' + "<br>".join(re.sub(r'["<>\[\]{}|`\n\r]', " ", line) for line in lines) + '"'


def _cell(text: str) -> str:
    return re.sub(r"[|\n\r]", " ", text)


def _network(shown: Drawing, at: int, network: Item) -> t.Iterator[str]:
    title = network.span.text + (" (assumed)" if network.assumed else "")
    yield f"    subgraph net{at}[{_quoted(title)}]"
    for number, node in enumerate(item for item in shown.machines if item.span.key == "nodes"):
        if network.span.holds(node.span):
            role, address = shown.topic.role(node.span.name), address_text(node.span.family, node.span.first)
            mark = ":::bad" if node.bad else ":::first" if role == "control plane" else ""
            yield f"        node{number}[{_quoted(node.span.name, role, address)}]{mark}"
    for number, pool in enumerate(item for item in shown.ranges if item.span.key == "load_balancer"):
        if network.span.holds(pool.span):
            yield f"        pool{number}([{_quoted(pool.title, pool.span.text)}]){':::bad' if pool.bad else ''}"
    yield "    end"


def _diagram(shown: Drawing) -> list[str]:
    lines = ["```mermaid", "flowchart LR", f"    api([{_quoted('API', shown.topic.endpoint)}])"]
    for at, network in enumerate(shown.networks):
        lines += _network(shown, at, network)
        lines.append(f"    api --> net{at}")
    for key in ("services", "pods"):
        spans = [item for item in shown.ranges if item.span.key == key]
        if spans:
            texts = [item.span.text for item in spans]
            mark = ":::bad" if any(item.bad for item in spans) else ""
            lines.append(f"    {key}[({_quoted(spans[0].title, *texts)})]{mark}")
            for at, network in enumerate(shown.networks):
                clash = any(item.span.overlaps(network.span) for item in spans)
                lines.append(f"    net{at} {'-. conflict .-' if clash else '---'} {key}")
    lines += [
        "    classDef bad fill:#fee4e2,stroke:#d92d20,color:#912018",
        "    classDef first stroke:#2970ff,stroke-width:2px",
        "```",
    ]
    return lines


def _table(shown: Drawing) -> list[str]:
    lines = ["| | range | addresses | size (one step is a doubling) |", "|---|---|---:|---|"]
    most = {family: max([1.0, *(i.bits for i in shown.ranges if i.span.family == family)]) for family in (4, 6)}
    for item in shown.ranges:
        length = "\u2588" * max(1, round(item.bits / most[item.span.family] * _BAR))
        name = _cell(item.title) + (" (assumed)" if item.assumed else "")
        mark = " **conflict**" if item.bad else ""
        lines.append(f"| {name} | `{_cell(item.span.text)}` | {counted(item.span.size)} | {length}{mark} |")
    return lines


def markdown(topic: Topic) -> str:
    """The whole document. Raises TypeError for a plan of a wrong type."""
    shown = drawing(topic)
    lines = [f"# {_cell(topic.name)}", "", _cell(topic.subtitle), "", *_diagram(shown), "", *_table(shown)]
    if shown.findings:
        lines += [
            "",
            f"## {len(errors(shown.findings))} errors, {len(shown.findings) - len(errors(shown.findings))} warnings",
            "",
        ]
        for finding in shown.findings:
            lines.append(f"- **{finding['id']}** ({finding['severity']}): {finding['message']}. Fix: {finding['fix']}")
    if shown.block:
        lines += ["", "## A plan that works", "", "```yaml", *shown.block, "```"]
    return "\n".join([*lines, ""])


__all__ = ("markdown",)
