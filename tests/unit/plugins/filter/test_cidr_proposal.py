# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter around the address plan: the result as it is, and wrong types as Ansible's own error."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleError, AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.filter.cidr_proposal import FilterModule
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import plan as _address_plan

cidr_proposal = FilterModule().filters()["cidr_proposal"]
PLAN = {"pods": "192.168.0.0/16", "services": "10.96.0.0/12", "nodes": {"mini1": "192.168.56.11"}}


def test_result() -> None:
    assert cidr_proposal(PLAN) == {**PLAN, "pods": "10.244.0.0/16"}
    assert cidr_proposal({}) == {}


WRONG: list[tuple[t.Any, str]] = [
    ("10.0.0.0/8", "cidr_proposal: an address plan must be a mapping, not text"),
    ({"pods": 10}, "cidr_proposal: pods must be text or a list of texts, not a number"),
    ({"nodes": ["10.0.0.1"]}, "cidr_proposal: nodes must be a mapping of name to address, not a list"),
]


@pytest.mark.parametrize(("plan", "message"), WRONG)
def test_wrong_type(plan: t.Any, message: str) -> None:
    with pytest.raises(AnsibleTypeError) as caught:
        cidr_proposal(plan)
    assert isinstance(caught.value, AnsibleError)
    assert str(caught.value).startswith(message)


def test_malformed_is_no_exception() -> None:
    assert cidr_proposal({"endpoint": "k8s.lan"})
    assert _address_plan.findings({"endpoint": "k8s.lan"})[0]["id"] == "malformed-value"
