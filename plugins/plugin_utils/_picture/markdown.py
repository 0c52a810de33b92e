# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An address plan as Markdown: a Mermaid diagram, a table of ranges with bars, and the mistakes."""

from __future__ import annotations

import re

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.topic import (
    RANGES,
    Item,
    Topic,
    counted,
    drawing,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._templates.render import render

_BAR = 24


def _label(*lines: str) -> str:
    """A label: Mermaid reads quotes, brackets and line ends as its own."""
    return '"' + "<br>".join(re.sub(r'["<>\[\]{}|`\n\r]', " ", line) for line in lines) + '"'


def _cell(text: str) -> str:
    return re.sub(r"[|\n\r]", " ", text)


def markdown(topic: Topic) -> str:
    """The whole document. Raises TypeError for a plan of a wrong type."""
    shown = drawing(topic)
    most = {family: max([1.0, *(i.bits for i in shown.ranges if i.span.family == family)]) for family in (4, 6)}

    def blocks(item: Item) -> str:
        return "\u2588" * max(1, round(item.bits / most[item.span.family] * _BAR))

    return render(
        "plan.md.j2",
        shown=shown,
        nodes=[item for item in shown.machines if item.span.key == "nodes"],
        ranges={key: [item for item in shown.ranges if item.span.key == key] for key in RANGES},
        errors=len(errors(shown.findings)),
        label=_label,
        cell=_cell,
        counted=counted,
        blocks=blocks,
    )


__all__ = ("markdown",)
