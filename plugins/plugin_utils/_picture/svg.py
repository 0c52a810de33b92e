# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An address plan as SVG: sizes, places, machines and mistakes on one page."""

from __future__ import annotations

import re
import textwrap
import types
import typing as t
from xml.etree import ElementTree

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import Span, address_text
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.topic import (
    Drawing,
    Item,
    Topic,
    counted,
    drawing,
)

WIDTH = 960
_LEFT, _RIGHT = 40, WIDTH - 40
_INK, _MUTED, _RED, _AMBER, _GREEN = "#1d2939", "#667085", "#d92d20", "#b54708", "#067647"
_COLOURS = {
    "pods": "#84adff",
    "services": "#bdb4fe",
    "node_networks": "#a6f4c5",
    "load_balancer": "#fec84b",
    "dhcp_ranges": "#d0d5dd",
    "other_networks": "#b9c0d4",
    "nodes": "#344054",
}
_BAD = "#fda29b"
_BAR_AT, _BAR_END = 400, 850
_CARDS = 4
_MOST_CARDS = 60
_MOST_FINDINGS = 12
_LABEL_ROOM = 180


_BOLD = {"font-weight": "600"}
_MONO = {"font-family": "ui-monospace, 'DejaVu Sans Mono', monospace"}
_END = {"text-anchor": "end"}
_MIDDLE = {"text-anchor": "middle"}
_DASHED = {"stroke-dasharray": "4 3", "stroke-width": "1.2"}
_FONTS = "Inter, system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"
Style = t.Mapping[str, str]
_PLAIN: Style = types.MappingProxyType({})


def _clean(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return re.sub("[^\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


class Canvas:
    """SVG elements from top to bottom; ``y`` is where the next one goes."""

    def __init__(self) -> None:
        self.root = ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg")
        self.y = 0.0

    def add(self, tag: str, **attributes: float | str) -> ElementTree.Element:
        """An element; numbers are rounded as a screen needs them."""
        texts = {name: f"{value:g}" if isinstance(value, float | int) else value for name, value in attributes.items()}
        return ElementTree.SubElement(self.root, tag, texts)

    def text(self, x: float, y: float, text: str, size: int = 13, fill: str = _INK, style: Style = _PLAIN) -> None:
        self.add("text", x=x, y=y, **{"font-size": size}, fill=fill, **style).text = _clean(text)

    def box(
        self, x: float, y: float, w: float, h: float, fill: str, stroke: str = "none", style: Style = _PLAIN
    ) -> None:
        self.add("rect", x=x, y=y, width=f"{w:.4g}", height=h, rx=4, fill=fill, stroke=stroke, **style)

    def heading(self, title: str, note: str) -> None:
        self.y += 44
        self.text(_LEFT, self.y, title, 17, style=_BOLD)
        self.text(_LEFT, self.y + 20, note, 12, _MUTED)
        self.y += 34

    def svg(self, title: str) -> str:
        height = f"{self.y + 32:g}"
        frame = {"viewBox": f"0 0 {WIDTH} {height}", "width": str(WIDTH), "height": height, "font-family": _FONTS}
        self.root.attrib.update(frame)
        self.root.insert(0, ElementTree.Element("title"))
        self.root[0].text = _clean(title)
        self.root.insert(1, ElementTree.Element("rect", width=str(WIDTH), height=height, fill="#ffffff"))
        ElementTree.indent(self.root, space="")
        return ElementTree.tostring(self.root, encoding="unicode") + "\n"


def short(text: str, length: int = 24) -> str:
    return text if len(text) <= length else text[: length - 1] + "\u2026"


def _colour(item: Item) -> str:
    return _BAD if item.bad else _COLOURS.get(item.span.key, "#d0d5dd")


def _edge(item: Item) -> str:
    return _RED if item.bad else "none"


def _header(canvas: Canvas, shown: Drawing) -> None:
    failed = sum(finding["severity"] == "error" for finding in shown.findings)
    warned = len(shown.findings) - failed
    words = f"{failed} error{'s' * (failed != 1)}" if failed else f"{warned} warning{'s' * (warned != 1)}"
    state, colour = (words, _RED if failed else _AMBER) if shown.findings else ("consistent", _GREEN)
    canvas.text(_LEFT, 52, short(shown.topic.name, 40), 26, style=_BOLD)
    canvas.text(_LEFT, 76, shown.topic.subtitle, 13, _MUTED)
    canvas.box(_RIGHT - 130, 30, 130, 30, "#ffffff", colour)
    canvas.text(_RIGHT - 65, 50, state, 14, colour, {**_BOLD, **_MIDDLE})
    canvas.y = 76


def _sizes(canvas: Canvas, shown: Drawing) -> None:
    canvas.heading(
        "How large", "Bars on a logarithmic scale: one step is a doubling. Red: in conflict with something else."
    )
    most = {4: 1.0, 6: 1.0}
    for item in shown.ranges:
        most[item.span.family] = max(most[item.span.family], item.bits)
    for item in shown.ranges:
        y = canvas.y
        length = max(4.0, item.bits / most[item.span.family] * (_BAR_END - _BAR_AT))
        name = item.title + (" (assumed)" if item.assumed else "")
        canvas.text(_LEFT, y + 15, short(name), 13, _RED if item.bad else _INK)
        canvas.text(_BAR_AT - 12, y + 15, short(item.span.text, 34), 12, _MUTED, {**_MONO, **_END})
        canvas.box(_BAR_AT, y + 2, length, 18, _colour(item), _edge(item))
        canvas.text(_RIGHT, y + 15, counted(item.span.size), 12, _MUTED, _END)
        canvas.y += 28


class _Scale:
    """Addresses of an area -> x, linear."""

    def __init__(self, area: Span) -> None:
        self.area = area

    def x(self, address: int) -> float:
        address = min(max(address, self.area.first), self.area.last + 1)
        # Whole numbers first: a float does not hold an IPv6 address.
        return round(_LEFT + (address - self.area.first) * 10000 // self.area.size * (_RIGHT - _LEFT) / 10000, 1)


def _label(item: Item, area: Span) -> str:
    if area.family == 4 and area.size <= 256:
        return f"{short(item.title, 16)} .{item.span.first & 255}"
    return f"{short(item.title, 16)} {item.address}"


def groups(machines: t.Sequence[Item], scale: t.Callable[[int], float]) -> list[list[Item]]:
    """Machines that are too near to each other for labels of their own, from left to right."""
    result: list[list[Item]] = []
    for item in sorted(machines, key=lambda item: item.span.first):
        if result and scale(item.span.first) - scale(result[-1][0].span.first) < _LABEL_ROOM:
            result[-1].append(item)
        else:
            result.append([item])
    return result


def _machines(canvas: Canvas, machines: list[Item], scale: _Scale) -> None:
    y = canvas.y + 6
    canvas.add("line", x1=_LEFT, y1=y, x2=_RIGHT, y2=y, stroke="#98a2b3")
    lowest = y
    for group in groups(machines, scale.x):
        for item in group:
            colour = _RED if item.bad else _COLOURS["nodes"]
            canvas.add("circle", cx=scale.x(item.span.first), cy=y, r=4, fill=colour)
        x = scale.x(group[0].span.first)
        anchor = _END if x > _RIGHT - _LABEL_ROOM else _PLAIN
        lines = [(_label(item, scale.area), item.bad) for item in group]
        if len(lines) > 6:
            lines = [*lines[:5], (f"and {len(lines) - 5} more", any(item.bad for item in group[5:]))]
        for at, (text, bad) in enumerate(lines):
            canvas.text(x, y + 20 + 15 * at, text, 11, _RED if bad else _INK, anchor)
        lowest = max(lowest, y + 20 + 15 * (len(lines) - 1))
    canvas.y = lowest


def _place(canvas: Canvas, area: Span, items: list[Item]) -> None:
    scale = _Scale(area)
    first, last = (address_text(area.family, number) for number in (area.first, area.last))
    canvas.text(_LEFT, canvas.y + 12, first, 11, _MUTED, _MONO)
    canvas.text(_RIGHT, canvas.y + 12, last, 11, _MUTED, {**_MONO, **_END})
    canvas.y += 20
    for item in (item for item in items if item.span.key in _COLOURS and item.span.key != "nodes"):
        start, end = scale.x(item.span.first), scale.x(item.span.last + 1)
        width = max(4.0, end - start)
        dashed = {**_DASHED, "stroke-opacity": "1" if item.bad else "0.6"} if item.assumed else _PLAIN
        edge = _RED if item.bad else "#667085" if item.assumed else "none"
        canvas.box(start, canvas.y, width, 20, _colour(item), edge, dashed)
        text = f"{short(item.title, 30)} {item.span.text}"
        if width > 7 * len(text):
            canvas.text(start + 8, canvas.y + 14, text, 12)
        elif start < (_LEFT + _RIGHT) / 2:
            canvas.text(start + width + 8, canvas.y + 14, text, 12)
        else:
            canvas.text(start - 8, canvas.y + 14, text, 12, style=_END)
        canvas.y += 25
    machines = [item for item in items if item.span.key not in _COLOURS or item.span.key == "nodes"]
    if machines:
        _machines(canvas, machines, scale)
    canvas.y += 22


def _places(canvas: Canvas, shown: Drawing) -> None:
    places = shown.places()
    if places:
        canvas.heading(
            "Where they lie",
            "Linear inside each strip, from its first address to its last. Red: claimed twice.",
        )
    for area, items in places:
        _place(canvas, area, items)


def _card(canvas: Canvas, x: float, y: float, node: Item, topic: Topic, width: float) -> None:
    first = node.span.name in topic.control_plane
    canvas.box(x, y, width, 58, "#fef3f2" if node.bad else "#ffffff", _RED if node.bad else "#d0d5dd")
    canvas.box(x, y, 5, 58, "#2970ff" if first else "#98a2b3")
    canvas.text(x + 16, y + 23, short(node.span.name, 22), 14, style=_BOLD)
    canvas.text(x + 16, y + 44, topic.role(node.span.name), 11, _MUTED)
    canvas.text(x + width - 10, y + 44, short(node.address, 20), 11, _RED if node.bad else _MUTED, {**_MONO, **_END})


def _network(canvas: Canvas, network: Item, shown: Drawing) -> None:
    nodes = [item for item in shown.inside(network, shown.machines) if item.span.key == "nodes"]
    rest = [item for item in shown.inside(network, shown.machines) if item.span.key != "nodes"]
    pools = [item for item in shown.inside(network, shown.ranges) if item.span.key == "load_balancer"]
    cards, top = nodes[:_MOST_CARDS], canvas.y
    extras = [
        *(f"{item.title} {item.span.text}, {counted(item.span.size)} addresses" for item in pools),
        *(f"{item.title} {item.span.text}" for item in rest),
        *([f"and {len(nodes) - len(cards)} more nodes"] if len(nodes) > len(cards) else []),
    ]
    height = 40 + 70 * -(-len(cards) // _CARDS) + 22 * len(extras)
    canvas.box(
        _LEFT, top, _RIGHT - _LEFT, height, "#fef3f2" if network.bad else "#f6fef9", _RED if network.bad else "#75e0a7"
    )
    canvas.text(_LEFT + 16, top + 24, f"{network.span.text}{' (assumed)' if network.assumed else ''}", 13, style=_BOLD)
    width = (_RIGHT - _LEFT - 32 - 12 * (_CARDS - 1)) / _CARDS
    for at, node in enumerate(cards):
        x = _LEFT + 16 + (at % _CARDS) * (width + 12)
        _card(canvas, x, top + 36 + 70 * (at // _CARDS), node, shown.topic, width)
    for at, text in enumerate(extras):
        y = top + height - 22 * (len(extras) - at)
        canvas.box(_LEFT + 16, y, 10, 10, _colour(pools[at]) if at < len(pools) else "#98a2b3")
        canvas.text(_LEFT + 34, y + 10, text, 12)
    canvas.y += height + 14


def _topology(canvas: Canvas, shown: Drawing) -> None:
    canvas.heading("What runs where", f"kubectl and the nodes reach the API at {shown.topic.endpoint}.")
    for network in shown.networks:
        _network(canvas, network, shown)
    keys = [key for key in ("pods", "services") if any(item.span.key == key for item in shown.ranges)]
    width = (_RIGHT - _LEFT - 14 * (len(keys) - 1)) / max(len(keys), 1)
    for at, key in enumerate(keys):
        own = [item for item in shown.ranges if item.span.key == key]
        x = _LEFT + at * (width + 14)
        worst = max(own, key=lambda item: item.bad)
        canvas.box(x, canvas.y, width, 46, _colour(worst), _edge(worst), {"fill-opacity": "0.45"})
        canvas.text(x + 16, canvas.y + 20, f"{worst.title}, only inside the cluster", 13, style=_BOLD)
        canvas.text(x + 16, canvas.y + 37, short(" and ".join(item.span.text for item in own), 60), 12, _MUTED, _MONO)
    canvas.y += 46 if keys else 0


def _wrapped(canvas: Canvas, text: str, x: float, fill: str) -> None:
    for line in textwrap.wrap(text, 130) or [""]:
        canvas.y += 17
        canvas.text(x, canvas.y, line, 12, fill)


def _mistakes(canvas: Canvas, shown: Drawing) -> None:
    if not shown.findings:
        return
    canvas.heading("What is wrong", "Errors stop a run before the first change.")
    for finding in shown.findings[:_MOST_FINDINGS]:
        colour = _RED if finding["severity"] == "error" else _AMBER
        _wrapped(canvas, f"{finding['id']}: {finding['message']}", _LEFT, colour)
        _wrapped(canvas, f"fix: {finding['fix']}", _LEFT + 16, _MUTED)
        canvas.y += 8
    if len(shown.findings) > _MOST_FINDINGS:
        _wrapped(canvas, f"and {len(shown.findings) - _MOST_FINDINGS} more", _LEFT, _MUTED)
    if shown.block:
        canvas.heading("A plan that works", "Copy this into group_vars of the inventory.")
        canvas.box(_LEFT, canvas.y, _RIGHT - _LEFT, 18 + 20 * len(shown.block), "#f6fef9", "#75e0a7")
        for at, line in enumerate(shown.block):
            canvas.text(_LEFT + 16, canvas.y + 24 + 20 * at, short(line, 110), 13, _INK, _MONO)
        canvas.y += 18 + 20 * len(shown.block)


def svg(topic: Topic) -> str:
    """The whole page. Raises TypeError for a plan of a wrong type."""
    shown = drawing(topic)
    canvas = Canvas()
    for part in (_header, _sizes, _places, _topology, _mistakes):
        part(canvas, shown)
    return canvas.svg(f"{topic.name}: address plan")


__all__ = ("groups", "svg")
