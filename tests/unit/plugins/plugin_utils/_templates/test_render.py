# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates are strict: a value that is not given is an error, and in HTML none brings a tag or a line."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._templates import render as _render
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._templates.render import render

PLUGINS = Path(__file__).parents[5] / "plugins"
PAGE = {
    "name": "x",
    "verdict": "x",
    "tone": "passed",
    "version": "",
    "server": "",
    "told": {},
    "nodes": [],
    "legs": [],
    "picture": "",
    "lines": [],
}


def test_every_template_is_used_and_every_name_is_a_template() -> None:
    there = {path.name for path in Path(_render.__file__).parent.glob("*.j2")}
    asked = {name for path in PLUGINS.rglob("*.py") for name in re.findall(r'"(\S+\.j2)"', path.read_text())}
    assert asked - {".html.j2"} == there


def test_what_is_not_given_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="'example' is undefined"):
        render("variables.yml.j2")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        ("a\nb\x1b", "a\\x0ab\\x1b"),
        ("{{ 7 * 7 }}{% raw %}", "{{ 7 * 7 }}{% raw %}"),
        (7, "7"),
    ],
)
def test_html_is_one_escaped_line_a_value(said: object, written: str) -> None:
    assert f"<h1>{written}</h1>" in render("page.html.j2", **{**PAGE, "name": said}).splitlines()
    assert f"<pre>{written}\n{written}</pre>" in render("page.html.j2", **{**PAGE, "lines": [said, said]})


def test_only_html_is_escaped() -> None:
    assert '# cluster_load_balancer_ranges: ["a&\'<"]\n' in render("variables.yml.j2", example='["a&\'<"]')
