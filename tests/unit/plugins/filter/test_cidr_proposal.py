# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter around the proposal: the result as it is. What wrong types say is tested with cidr_findings."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.filter.cidr_proposal import FilterModule

cidr_proposal = FilterModule().filters()["cidr_proposal"]
PLAN = {"pods": "192.168.0.0/16", "services": "10.96.0.0/12", "nodes": {"mini1": "192.168.56.11"}}


def test_result() -> None:
    assert cidr_proposal(PLAN) == {**PLAN, "pods": "10.244.0.0/16"}
    assert cidr_proposal({}) == {}


def test_wrong_type_has_the_name_of_the_filter() -> None:
    with pytest.raises(AnsibleTypeError, match=r"^cidr_proposal: pods must be text or a list of texts, not a number"):
        cidr_proposal({"pods": 10})


def test_malformed_is_no_exception() -> None:
    reason = "endpoint: 'k8s.lan' is a name; an address belongs here, names may change what they mean: "
    assert cidr_proposal({"endpoint": "k8s.lan"})["impossible"][0].startswith(reason)
