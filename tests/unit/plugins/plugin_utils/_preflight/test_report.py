# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as programs read them."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind, render
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.report import as_json, as_junit
from hypothesis import example, given
from hypothesis import strategies as st

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
FOUND = [
    Kind("disk-slow", "slow", "f", "w", "warning").at("mini1"),
    Kind("port-in-use", "TCP port 1 <&> \x1b[31m", "f", "w").at("mini2"),
    Kind("mac-duplicate", "twice", "f").at(),
]


def test_json() -> None:
    report = json.loads(
        as_json(FOUND, ignored=["mac-duplicate"], hosts=["mini2", "mini1"], proposal={"cluster_pod_cidr": "x"})
    )
    assert {key: report[key] for key in ("ok", "errors", "warnings", "hosts", "proposal")} == {
        "ok": False,
        "errors": 1,
        "warnings": 1,
        "hosts": ["mini1", "mini2"],
        "proposal": {"cluster_pod_cidr": "x"},
    }
    assert [(finding["id"], finding["ignored"]) for finding in report["findings"]] == [
        ("mac-duplicate", True),
        ("port-in-use", False),
        ("disk-slow", False),
    ]
    assert json.loads(as_json([]))["ok"] is True


def test_junit() -> None:
    suite = ElementTree.fromstring(
        as_junit(FOUND, name="preflight", ignored=["mac-duplicate"], hosts=["mini1", "mini2"])
    )
    assert suite.attrib == {"name": "preflight", "tests": "4", "failures": "1", "skipped": "1", "errors": "0"}
    cases = [(case.get("classname"), case.get("name"), [part.tag for part in case]) for case in suite]
    assert cases == [
        ("preflight.cluster", "mac-duplicate", ["skipped"]),
        ("preflight.mini2", "port-in-use", ["failure"]),
        ("preflight.mini1", "disk-slow", ["system-out"]),
        ("preflight.mini1", "no error", []),
    ]
    assert suite[1][0].get("message") == "TCP port 1 <&> \\x1b[31m"
    assert suite[1][0].text == "ERROR [port-in-use] mini2: TCP port 1 <&> \\x1b[31m\n    why: w\n    fix: f"


@given(st.text(), st.text())
@example("\x1b\ud800\uffff\x00", "mini\x1b1")
def test_reports_are_valid_whatever_hosts_say(said: str, host: str) -> None:
    found = [
        Kind("port-in-use", "{told}", "f").at(host, told=said, said=said),
        Kind("disk-slow", "{told}", "f", severity="warning").at(host, told=said),
    ]
    text = as_json(found, hosts=[host])
    text.encode()
    assert json.loads(text)["findings"][0]["message"] == said
    junit = as_junit(found, name="preflight", hosts=[host])
    junit.encode()
    assert len(ElementTree.fromstring(junit)) == 2


@given(st.text(), st.text())
@example("\x1b]52;c;x\x07\x9b2J", "mini1\n[9:99] done")
def test_a_finding_moves_no_cursor_and_brings_no_line_of_its_own(said: str, host: str) -> None:
    lines = render([Kind("port-in-use", "{told}", "{told}", "w{told}").at(host, told=said)])
    assert len(lines) == 3
    assert not CONTROLS.search("".join(lines))
