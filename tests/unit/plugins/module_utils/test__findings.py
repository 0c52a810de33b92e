# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind, render

KIND = Kind("disk-too-full", "has {free} MiB", fix="set it: {{x: {free}}}", why="It is needed.")


def test_a_finding_has_the_words_of_its_kind() -> None:
    assert KIND.at("mini1", subjects=("a",), free=5) == {
        "id": "disk-too-full",
        "severity": "error",
        "host": "mini1",
        "subjects": ["a"],
        "message": "has 5 MiB",
        "why": "It is needed.",
        "fix": "set it: {x: 5}",
    }


def test_what_a_program_said_is_told_and_is_the_reason_where_the_kind_has_none() -> None:
    assert KIND.at(said="no {room}", free=5)["why"] == "It is needed. no {room}"
    finding = KIND._replace(why="", severity="warning").at(said="no {room}", free="{free}")
    assert (finding["why"], finding["message"], finding["severity"]) == ("no {room}", "has {free} MiB", "warning")


def test_a_field_is_never_forgotten() -> None:
    with pytest.raises(KeyError, match="free"):
        KIND.at()


def test_no_login_is_told() -> None:
    url = "https://anna:secret@mirror/v2/"
    finding = Kind("x", "{url} does not answer", "curl {url}", "{url} is needed").at("a@b", url=url)
    assert (finding["message"], finding["why"], finding["fix"], finding["host"]) == (
        "https://***@mirror/v2/ does not answer",
        "https://***@mirror/v2/ is needed",
        "curl https://***@mirror/v2/",
        "a@b",
    )


def test_what_hosts_share_is_said_once() -> None:
    slow = Kind("disk-slow", "takes {ms} ms", "give it an SSD", "etcd waits for it.", "warning")
    own = Kind("not-root", "is not root", "become root on {name}")
    found = [slow.at("w2", ms=12), slow.at("w1", ms=12), slow.at("cp1", ms=30)]
    assert render([*found, own.at("w1", name="w1"), own.at("w2", name="w2"), own.at(name="all")]) == [
        "ERROR [not-root] is not root",
        "    fix: become root on all",
        "ERROR [not-root] w1: is not root",
        "    fix: become root on w1",
        "ERROR [not-root] w2: is not root",
        "    fix: become root on w2",
        "WARNING [disk-slow] cp1: takes 30 ms",
        "WARNING [disk-slow] w1, w2: takes 12 ms",
        "    why: etcd waits for it.",
        "    fix: give it an SSD",
    ]
