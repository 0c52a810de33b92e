# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test around the address plan."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.test.cidr_consistent import TestModule

cidr_consistent = TestModule().tests()["cidr_consistent"]

PLANS: list[tuple[dict[str, t.Any], bool]] = [
    ({}, True),
    ({"pods": "10.244.0.0/16", "nodes": {"mini1": "192.168.56.11"}}, True),
    ({"pods": "192.168.0.0/16", "nodes": {"mini1": "192.168.56.11"}}, False),
    ({"pods": "8.0.0.0/16"}, True),  # only a warning
    ({"pods": "10.244.0.0/33"}, False),
]


@pytest.mark.parametrize(("plan", "consistent"), PLANS)
def test_plans(plan: dict[str, t.Any], consistent: bool) -> None:
    assert cidr_consistent(plan) is consistent


def test_wrong_type() -> None:
    with pytest.raises(AnsibleTypeError) as caught:
        cidr_consistent({"pods": 10})
    assert str(caught.value).startswith("cidr_consistent: pods must be text or a list of texts, not a number")
