# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture shows: every range and machine, conflicts in red, and well-formed files for any plan."""

from __future__ import annotations

import re
import typing as t
from xml.etree import ElementTree

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.markdown import markdown
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.svg import groups, svg
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.topic import Topic, counted, drawing

NODES = {"mini1": "192.168.56.11", "mini2": "192.168.56.12"}
GOOD = {"pods": "10.244.0.0/16", "services": "10.96.0.0/12", "nodes": NODES}
TRAP = {**GOOD, "pods": "192.168.0.0/16"}
RED = "#d92d20"


def topic(plan: dict[str, t.Any], name: str = "homelab") -> Topic:
    return Topic(name, plan, ["mini1"], "192.168.56.11:6443", "Kubernetes 1.37.2, flannel, 2 nodes")


def texts(plan: dict[str, t.Any], name: str = "homelab") -> list[str]:
    root = ElementTree.fromstring(svg(topic(plan, name)))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_good_plan_has_no_red() -> None:
    assert RED not in svg(topic(GOOD))
    shown = texts(GOOD)
    for text in ("consistent", "mini1", "control plane", "192.168.56.12", "10.244.0.0/16", "1,048,576"):
        assert text in shown
    assert "192.168.56.0/24 (assumed)" in shown


def test_the_trap_is_red_and_has_its_way_out() -> None:
    shown = drawing(topic(TRAP))
    assert {item.title for item in [*shown.ranges, *shown.machines] if item.bad} == {
        "Pods",
        "Node network",
        "mini1",
        "mini2",
    }
    assert [area.text for area, _ in shown.places()] == ["192.168.0.0/16", "192.168.56.0/24"]
    assert {"2 errors", "cluster_pod_cidr: 10.244.0.0/16"} <= set(texts(TRAP))


def test_bars_are_logarithmic() -> None:
    sizes = {item.title: item.bits for item in drawing(topic(GOOD)).ranges}
    assert sizes == {"Pods": 16, "Services": 20, "Node network": 8}


def test_near_machines_share_a_label() -> None:
    machines = drawing(topic({**GOOD, "gateways": ["192.168.56.254"]})).machines
    assert [[item.title for item in group] for group in groups(machines, lambda number: number % 256 * 3.0)] == [
        ["mini1", "mini2"],
        ["gateway"],
    ]


def test_markdown() -> None:
    lines = markdown(topic(TRAP)).splitlines()
    assert '        node0["mini1<br>control plane<br>192.168.56.11"]:::bad' in lines
    assert "    net0 -. conflict .- pods" in lines
    assert "| Services | `10.96.0.0/12` | 1,048,576 | " + "\u2588" * 24 + " |" in lines
    assert "## 2 errors, 0 warnings" in lines
    assert "cluster_pod_cidr: 10.244.0.0/16" in lines
    assert "conflict" not in markdown(topic(GOOD))


def test_markdown_as_it_is_written() -> None:
    network = '"192.168.56.0/24 (assumed)"'
    assert markdown(topic({"nodes": NODES, "pods": "10.244.0.0/16"})).splitlines()[:13] == [
        "# homelab",
        "",
        "Kubernetes 1.37.2, flannel, 2 nodes",
        "",
        "```mermaid",
        "flowchart LR",
        '    api(["API<br>192.168.56.11:6443"])',
        f"    subgraph net0[{network}]",
        '        node0["mini1<br>control plane<br>192.168.56.11"]:::first',
        '        node1["mini2<br>worker<br>192.168.56.12"]',
        "    end",
        "    api --> net0",
        '    pods[("Pods<br>10.244.0.0/16")]',
    ]


def test_svg_as_it_is_written() -> None:
    lines = svg(topic(GOOD, 'a<"&\x00')).splitlines()
    assert re.fullmatch(
        r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 (\d+)" width="960" height="\1" font-family="Inter, .*">',
        lines[0],
    )
    assert lines[1] == '<title>a&lt;"&amp;?: address plan</title>'
    assert lines[3] == '<text x="40" y="52" font-size="26" fill="#1d2939" font-weight="600">a&lt;"&amp;?</text>'


ODD: list[dict[str, t.Any]] = [
    {},
    {"pods": "", "nodes": {}},
    {"pods": "x" * 100_000, "nodes": {"a": None, "b": ""}},
    {"pods": "10.0.0.0/33", "services": ["a", "b"]},
    {"nodes": {'\x1b[31m<&>"|': "10.0.0.1"}},
    {"pods": "0.0.0.0/0", "services": "::/0"},
    {"pods": "10.244.0.0/16,fd00::/48", "services": "10.96.0.0/12,fd01::/112", "nodes": {"a": ["10.0.0.1", "fd02::1"]}},
    {"nodes": {f"n{number}": f"10.0.{number // 250}.{number % 250 + 1}" for number in range(500)}},
]


@pytest.mark.parametrize("plan", ODD)
def test_any_plan_can_be_drawn(plan: dict[str, t.Any]) -> None:
    assert texts(plan, '<b>"&\x00')
    assert markdown(topic(plan, "a|b\nc")).startswith("# a b c\n")


def test_a_wrong_type_is_an_error() -> None:
    with pytest.raises(TypeError):
        svg(topic({"pods": 10}))


COUNTS = [(1, "1"), (65536, "65,536"), (2**24, "2^24"), (2**80, "2^80")]


@pytest.mark.parametrize(("number", "text"), COUNTS)
def test_counted(number: int, text: str) -> None:
    assert counted(number) == text
