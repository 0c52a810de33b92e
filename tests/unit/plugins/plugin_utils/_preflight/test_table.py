# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check, on hosts that differ from a good one in one thing."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Host
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    hosts,
    plan,
    seen,
    system,
    told,
)

CALLS = ("error", "warning", "tell", "wrong")


def test_good_hosts_have_no_findings() -> None:
    assert told(plan(), hosts()) == []


def test_nothing_is_known() -> None:
    assert told({}, {}) == [
        ("error", "control-plane-missing", "", "the group control_plane of the inventory has no host")
    ]


def test_everything_at_once_errors_first() -> None:
    on = hosts(mini1={"state": "unreachable", "message": "no route"}, mini2=seen(2, services=["crio"], memory_mib=100))
    assert [(severity, id_) for severity, id_, _, _ in told(plan(proxy_mode="ipvs"), on)] == [
        ("error", "host-unreachable"),
        ("error", "memory-too-small"),
        ("warning", "other-container-runtime"),
        ("warning", "proxy-mode-deprecated"),
    ]


def test_every_finding_says_how_to_fix_it() -> None:
    bad = {
        "mini1": seen(
            1, uid=1, python="3.7", memory_mib=1, cpus=1, disk_free_mib=1, architecture="s390x", **system("x", "1")
        ),
        "mini2": seen(2, services=["docker"], remains=["/etc/kubernetes/admin.conf"]),
        "mini3": Host(state="failed", message="?"),
    }
    for finding in findings(plan(kubernetes_version="1.99.0", proxy_mode="ipvs"), bad):
        assert finding["fix"]
        assert finding["why"]
