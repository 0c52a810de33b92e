# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a known text becomes a finding."""

from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import api, network, pods
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import table as c


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n  b\tc", "a b c"),
        ("x" * 101 + "y" * 200, "x" * 95 + " ... " + "y" * 200),
        ("a" * 64, "a" * 12),
        ("x" * 300, "x" * 300),
    ],
)
def test_brief(text: str, expected: str) -> None:
    assert c.brief(text) == expected


def test_every_known_cause_can_be_written() -> None:
    tables = [
        pods.PULL_CAUSES,
        pods.SANDBOX_CAUSES,
        pods.CRASH_CAUSES,
        api.REFUSAL_CAUSES,
        api.API_CAUSES,
        network.DNS_CAUSES,
    ]
    for cause in (cause for table in tables for cause in table):
        caught = dict.fromkeys(re.compile(cause.pattern).groupindex, "?")
        found = cause.kind.at(place="Pod x", **caught)
        assert "{" not in found["message"] + found["fix"], cause.kind.id
