# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that cannot be reached, or where becoming root or Python fails."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.access import check_access
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, Host
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    about,
    hosts,
    plan,
    seen,
    told,
)

ACCESS: list[tuple[Host, str, str]] = [
    (
        {"state": "unreachable", "message": "Failed to connect:\n timed out"},
        "host-unreachable",
        "cannot be reached: Failed to connect: timed out",
    ),
    (
        {"state": "failed", "message": "Missing sudo password"},
        "become-failed",
        "becoming root failed: Missing sudo password",
    ),
    (
        # Ansible takes a refused sudo password for a lost connection.
        {"state": "unreachable", "message": "Incorrect sudo password"},
        "become-failed",
        "becoming root failed: Incorrect sudo password",
    ),
    (
        {"state": "failed", "message": "/bin/sh: 1: /usr/bin/python3: not found; bad interpreter"},
        "python-missing",
        "no usable Python: /bin/sh: 1: /usr/bin/python3: not found; bad interpreter",
    ),
    ({"state": "failed", "message": "no space left"}, "host-facts-failed", "looking at it failed: no space left"),
]


@pytest.mark.parametrize(("host", "id_", "message"), ACCESS)
def test_access(host: Host, id_: str, message: str) -> None:
    assert told(plan(), hosts(mini2=host)) == [("error", id_, "mini2", message)]


AWAY: Host = {"state": "unreachable", "message": "timed out"}
RUNS = {"running_cluster": {"server": "https://192.0.2.10:6443"}}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        # Of three that run, one is away; of two, and where two are away, etcd cannot write.
        ({"mini1": seen(1, **RUNS), "mini2": seen(2, **RUNS), "mini3": AWAY}, [("warning", "control-plane-away")]),
        ({"mini1": seen(1, **RUNS), "mini2": AWAY, "mini3": AWAY}, [("error", "host-unreachable")] * 2),
        # A cluster that is to be made needs all.
        ({"mini1": seen(1), "mini2": seen(2), "mini3": AWAY}, [("error", "host-unreachable")]),
    ],
)
def test_a_control_plane_that_is_away(on: dict[str, Host], expected: list[tuple[str, str]]) -> None:
    context = Context(plan(control_plane=["mini1", "mini2", "mini3"], workers=[]), on)
    assert [(f["severity"], f["id"]) for f in check_access(context)] == expected


# host, changes, severity, id, message; "" as id means no finding.
ONE_HOST: list[tuple[int, dict[str, t.Any], str, str, str]] = [
    (2, {"uid": 1000}, "error", "not-root", "tasks run with user id 1000 instead of root"),
    (2, {"python": "3.8.10"}, "error", "python-too-old", "Python 3.8.10 is older than 3.9"),
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    assert about(number, **changes) == ([(severity, id_, f"mini{number}", message)] if id_ else [])
