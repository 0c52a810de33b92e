# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page holds what the summary holds, well-formed and with everything escaped."""

from __future__ import annotations

import typing as t
from html.parser import HTMLParser

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._summary.page import page

NODE = {
    "name": "mini1",
    "role": "control-plane",
    "address": "192.168.0.11",
    "os": "Debian <13>",
    "kubelet": "v1.37.2",
    "runtime": "containerd 2.3.4",
}
LEGS = [{"name": "pods", "status": "passed", "seconds": 1.25, "detail": "2 of 2"}]
FINDING = {
    "severity": "error",
    "id": "dns-nxdomain",
    "host": "mini1",
    "message": "no answer",
    "why": "it is down",
    "fix": "start it",
}


class Tags(HTMLParser):
    """Which tags are open at the end, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


@pytest.mark.parametrize(
    ("verification", "heads"),
    [
        ({}, []),
        ({"nodes": [NODE], "legs": LEGS, "kubernetes_version": "v1.37.2", "server": "https://x"}, ["Nodes", "Proof"]),
        ({"nodes": [{**NODE, "ready": False}], "findings": [FINDING]}, ["Problems", "Nodes"]),
    ],
)
def test_the_page_is_whole(verification: dict[str, t.Any], heads: list[str]) -> None:
    tags = Tags(page(verification, name="homelab"))
    assert tags.open == []
    assert [text for text in tags.texts if text in ("Problems", "Nodes", "Proof")] == heads


def test_everything_is_escaped_but_the_picture() -> None:
    text = page({"nodes": [NODE], "legs": LEGS}, name="<b>", lines=["a < b"], picture="<svg></svg>")
    assert "<b>" not in text
    assert "Debian &lt;13&gt;" in text
    assert "a &lt; b" in text
    assert "<figure><svg></svg></figure>" in text
    assert '<p class="verdict passed">The cluster works</p>' in text


def test_a_problem_is_told_with_why_and_fix() -> None:
    text = page({"findings": [FINDING], "legs": LEGS}, name="x")
    assert all(part in text for part in ("dns-nxdomain", "mini1 no answer", "it is down", "start it"))
    assert '<p class="verdict failed">The cluster is not proven</p>' in text


def test_a_warning_leaves_the_verdict_alone() -> None:
    text = page({"findings": [{**FINDING, "severity": "warning"}], "legs": LEGS}, name="x")
    assert "<h2>Warnings</h2>" in text
    assert "<h2>Problems</h2>" not in text
    assert '<p class="verdict passed">The cluster works</p>' in text


def test_no_value_brings_a_line_or_a_control_character() -> None:
    said = "trixie\x1b[2J\n<script>"
    text = page({"nodes": [{**NODE, "os": said}], "kubernetes_version": said}, name="homelab", lines=[said, "two"])
    assert "<pre>trixie\\x1b[2J\\x0a&lt;script&gt;\ntwo</pre>" in text
    assert "<td>trixie\\x1b[2J\\x0a&lt;script&gt;</td>" in text
    assert "\x1b" not in text
