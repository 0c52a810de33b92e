# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run looks like, event by event."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._progress.lines import (
    Line,
    Progress,
    Status,
    clock,
    duration,
    failure_details,
    names,
    split,
)
from hypothesis import given
from hypothesis import strategies as st

TASK = "homelab.kubernetes.containerd : Install containerd"


@pytest.mark.parametrize(
    ("seconds", "as_clock", "as_duration"),
    [
        (0, "0:00", "0.0 s"),
        (9.94, "0:09", "9.9 s"),
        (9.95, "0:09", "10 s"),
        (119.4, "1:59", "119 s"),
        (119.6, "1:59", "2 min 0 s"),
        (3723, "1:02:03", "62 min 3 s"),
    ],
)
def test_times(seconds: float, as_clock: str, as_duration: str) -> None:
    assert (clock(seconds), duration(seconds)) == (as_clock, as_duration)


@pytest.mark.parametrize(
    ("items", "width", "expected"),
    [
        ([], 10, ""),
        (["mini1"], 2, "mini1"),
        (["mini1", "mini2"], 12, "mini1, mini2"),
        (["mini1", "mini2", "mini3"], 12, "mini1 and 2 more"),
        ([f"n{i}" for i in range(50)], 20, "n0, n1 and 48 more"),
    ],
)
def test_names(items: list[str], width: int, expected: str) -> None:
    assert names(items, width) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (TASK, ("containerd", "Install containerd")),
        ("containerd : Install", ("containerd", "Install")),
        ("There is a cluster", ("", "There is a cluster")),
        ("a: b", ("", "a: b")),
    ],
)
def test_split(name: str, expected: tuple[str, str]) -> None:
    assert split(name) == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, ["no message; the log has all that is known"]),
        ({"msg": "two\nlines"}, ["two", "lines"]),
        ({"msg": "x", "censored": "hidden", "stdout": "secret"}, ["hidden"]),
        (
            {"msg": "non-zero return code", "cmd": ["a", 1], "rc": 2, "stderr": "one\ntwo\n", "stdout": ""},
            ["non-zero return code", "command: a 1", "exit code: 2", "stderr:", "    one", "    two"],
        ),
        ({"msg": "it said: no", "stderr": "no"}, ["it said: no"]),
        (
            {"msg": "some failed", "results": [{"item": 1}, {"item": 2, "failed": True, "msg": "bad"}, "text"]},
            ["some failed", "with 2:", "    bad"],
        ),
        (
            {"msg": "some", "results": [{"_ansible_item_label": "a", "item": "secret", "failed": True, "msg": "b"}]},
            ["some", "with a:", "    b"],
        ),
    ],
)
def test_failure_details(result: dict[str, t.Any], expected: list[str]) -> None:
    assert failure_details(result) == expected


def run(progress: Progress, name: str, begin: float, *results: tuple[str, t.Any, float]) -> list[Line]:
    """A task with its hosts' (name, status, end)."""
    lines = progress.task(name, begin)
    for host, _, _ in results:
        progress.started(host, begin)
    for host, status, end in results:
        progress.finished(host, status, end)
    return lines


def test_a_phase_with_its_roles() -> None:
    progress = Progress(100)
    assert progress.play("Hosts", ["cp1", "w1"], 130) == [Line("[0:30] Hosts: cp1, w1", "phase")]
    assert run(progress, "homelab.kubernetes.prereqs : Look", 130, ("cp1", "ok", 131), ("w1", "skipped", 131)) == []
    # Nothing changed and it was quick: not worth a line.
    assert run(progress, TASK, 131, ("w1", "changed", 133), ("cp1", "changed", 142)) == []
    assert run(progress, "homelab.kubernetes.containerd : Configure", 142, ("cp1", "changed", 143)) == [
        Line("        11 s    Install containerd: w1, cp1", "quiet")
    ]
    assert progress.end([], 144) == [
        Line("        12 s  containerd: changed cp1 2, w1 1", "changed"),
        Line("[0:44] done", "phase"),
    ]


def test_the_seconds_of_phases() -> None:
    """What runs on the control node alone is no phase; one that comes again is added up where it stood first."""
    progress = Progress(0)
    assert progress.play("NFS server", [], 1) == []
    for name, hosts, now in (
        ("Hosts", ["cp1"], 2),
        ("Requirements", ["localhost"], 5),
        ("Proof", ["cp1"], 7.5),
        ("Hosts", ["w1"], 9),
    ):
        progress.play(name, hosts, now)
    assert progress.end([], 10) == [
        Line("    seconds: Hosts 4.0, Proof 1.5", "quiet"),
        Line("[0:10] done", "phase"),
    ]


def test_a_role_that_only_took_time_and_a_dry_run() -> None:
    progress = Progress(0, check=True)
    progress.play("Proof", ["cp1"], 0)
    run(progress, "c.d.verify : Prove", 0, ("cp1", "ok", 3))
    assert run(progress, TASK, 3, ("cp1", "changed", 4)) == [Line("       3.0 s  verify: no change", "quiet")]
    assert progress.end(["cp1"], 5) == [
        Line("       1.0 s  containerd: would change cp1 1", "changed"),
        Line("[0:05] FAILED on cp1", "failed"),
    ]


def test_every_task_when_asked() -> None:
    progress = Progress(0, verbose=True)
    progress.play("Hosts", ["cp1", "w1"], 0)
    run(progress, TASK, 0, ("cp1", "ok", 1), ("w1", "skipped", 1))
    assert progress.end([], 1)[0] == Line("       1.0 s    Install containerd: ok cp1; skipped w1", "quiet")


@pytest.mark.parametrize("hosts", [[], ["localhost"]])
def test_a_phase_on_the_control_node_is_mentioned_when_it_says_something(hosts: list[str]) -> None:
    progress = Progress(0)
    assert progress.play("Inventory", hosts, 0) == []
    run(progress, "There is a cluster", 0, ("localhost", "ok", 0.1))
    progress.task("Another", 1)
    lines = progress.failed("localhost", "failed", {"msg": "no host"}, "site.yml:3", 1)
    assert [line.text for line in lines] == [
        "[0:00] Inventory" + "".join(f": {host}" for host in hosts),
        "FAILED localhost: Another\n    no host\n    task: site.yml:3",
    ]


def test_hosts_that_fail_alike_are_told_once_and_lost() -> None:
    progress = Progress(0)
    progress.play("Hosts", ["cp1", "w1", "w2"], 0)
    run(progress, TASK, 0)
    assert progress.failed("cp1", "failed", {"msg": "no"}, "", 1) == [
        Line("FAILED cp1: containerd, Install containerd\n    no", "failed")
    ]
    assert progress.failed("w1", "unreachable", {"msg": "no"}, "", 1) == [
        Line("UNREACHABLE w1: containerd, Install containerd: the same", "failed")
    ]
    assert progress.failed("w2", "ignored", {"msg": "no"}, "", 1) == [
        Line("    failed on w2 and goes on, as meant: containerd, Install containerd", "quiet")
    ]
    # A rescue brings a host back.
    progress.task("Rescue", 2)
    progress.started("w1", 2)
    assert progress.play("Next", ["cp1", "w1", "w2"], 3)[-1].text == "[0:03] Next: w1, w2"


def test_what_is_waited_for() -> None:
    progress = Progress(0)
    assert progress.live(0, 80) == ""
    progress.play("Hosts", ["cp1", "w1"], 0)
    progress.task(TASK, 10)
    progress.started("cp1", 10)
    progress.started("w1", 11)
    assert progress.live(10.5, 80) == "   0:10  Hosts > containerd: Install containerd (cp1, w1)"
    progress.finished("cp1", "ok", 12)
    progress.retried("w1", 3, 30)
    assert progress.live(18, 80) == "   0:18  Hosts > containerd: Install containerd (7.0 s, try 3 of 30, w1)"
    assert len(progress.live(18, 20)) == 19
    progress.finished("w1", "ok", 19)
    assert progress.live(20, 80) == ""


def test_a_long_task_is_mentioned_now_and_then() -> None:
    progress = Progress(0)
    progress.play("Hosts", ["cp1"], 0)
    assert progress.tick(99) == []
    progress.task(TASK, 0)
    progress.started("cp1", 0)
    told = {second: progress.tick(second) for second in range(200)}
    assert [second for second, lines in told.items() if lines] == [15, 30, 60, 120, 180]
    assert told[120] == [Line("   2 min 0 s  ... Install containerd: waiting for cp1", "quiet")]
    progress.retried("cp1", 2, 3)
    assert progress.tick(240)[0].text.endswith("Install containerd (try 2 of 3): waiting for cp1")


# Whatever hosts, inventories and playbooks bring, from a clipboard's contents to a headline of their own.
HOSTILE = st.one_of(st.text(), st.just("x\x1b]52;c;x\x07\x9b2J\r\x7f"), st.just("x\n[9:99] done"))


@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(["failed", "unreachable", "ignored"]), st.booleans())
def test_nothing_that_comes_in_moves_a_cursor(host: str, name: str, said: str, status: Status, verbose: bool) -> None:
    run = Progress(0, verbose=verbose)
    lines = run.play(name, [host], 0)
    lines += run.task(name, 1)
    run.started(host, 1)
    live = run.live(2, 500)
    lines += run.tick(60)
    run.finished(host, "changed", 61)
    item = {"failed": True, "item": said, "msg": said}
    result = {"msg": said, "cmd": [said], "rc": said, "stderr": said, "stdout": f"{said} {said}", "results": [item]}
    lines += run.failed(host, status, result, said, 62)
    lines += run.failed(host, status, {"censored": said}, said, 62)
    lines += run.end([host], 63)
    text = "\n".join(line.text for line in lines)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text + live)
    assert "\n" not in live
    assert not any(line.startswith("[9:99]") for line in text.split("\n"))
