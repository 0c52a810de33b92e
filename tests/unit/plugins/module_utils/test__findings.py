# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

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
