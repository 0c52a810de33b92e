# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter around the address plan: the result as it is, and wrong types as Ansible's own error."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError, AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.filter.cidr_findings import FilterModule
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import plan as _address_plan

cidr_findings = FilterModule().filters()["cidr_findings"]
PLAN = {"pods": "192.168.0.0/16", "services": "10.96.0.0/12", "nodes": {"mini1": "192.168.56.11"}}


def test_result() -> None:
    assert cidr_findings(PLAN) == _address_plan.findings(PLAN)
    assert [found["id"] for found in cidr_findings(PLAN)] == ["pods-overlap-nodes"]
    assert list(cidr_findings(PLAN)[0]) == ["id", "severity", "host", "subjects", "message", "why", "fix"]
    assert cidr_findings({}) == []


WRONG: list[tuple[t.Any, str]] = [
    ("10.0.0.0/8", "cidr_findings: an address plan must be a mapping, not text"),
    ({"pods": 10}, "cidr_findings: pods must be text or a list of texts, not a number"),
    ({"nodes": ["10.0.0.1"]}, "cidr_findings: nodes must be a mapping of name to address, not a list"),
]


@pytest.mark.parametrize(("plan", "message"), WRONG)
def test_wrong_type(plan: t.Any, message: str) -> None:
    with pytest.raises(AnsibleTypeError) as caught:
        cidr_findings(plan)
    assert isinstance(caught.value, AnsibleError)
    assert str(caught.value).startswith(message)


def test_malformed_is_no_exception() -> None:
    assert [found["id"] for found in cidr_findings({"endpoint": "k8s.lan"})] == ["malformed-value"]
