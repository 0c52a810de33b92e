# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about pods and nodes, cut down to what tests compare."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import pods as c
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import Object


def brief(findings: t.Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(f["id"], f["host"], f["message"]) for f in findings]


def diagnose(obj: Object, *events: Object, nodes: t.Sequence[Object] = (), log: str = "") -> list[tuple[str, str, str]]:
    found = c.diagnose(obj, events, nodes, log=log, owner="Test pod")
    assert all(f["fix"] and f["severity"] == "error" for f in found)
    return brief(found)
