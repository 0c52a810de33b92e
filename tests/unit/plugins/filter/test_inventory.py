# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two files of an inventory, read back as YAML, and what is given wrongly."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.inventory import FilterModule

inventory = FilterModule().filters()["inventory"]
HOSTS = "mini1=192.168.0.11,mini2=192.168.0.12"


def test_hosts() -> None:
    expected = {
        "control_plane": {"hosts": {"mini1": {"ansible_host": "192.168.0.11"}}},
        "workers": {"hosts": {"mini2": {"ansible_host": "192.168.0.12"}}},
    }
    read = yaml.safe_load(inventory(HOSTS))
    assert read["cluster"]["children"] == expected
    assert "ansible_user" not in read["all"]["vars"]
    assert yaml.safe_load(inventory(HOSTS, user="anna"))["all"]["vars"]["ansible_user"] == "anna"


def test_variables_are_comments() -> None:
    text = inventory(HOSTS, kind="variables")
    assert yaml.safe_load(text) is None
    assert "# cluster_load_balancer_ranges: [192.168.0.200-192.168.0.219]" in text


WRONG: list[tuple[t.Any, dict[str, t.Any], str]] = [
    (["mini1"], {}, "The input for the homelab.kubernetes.inventory filter must be a string; got <class 'list'>"),
    (None, {}, "The input for the homelab.kubernetes.inventory filter must be a string; got <class 'NoneType'>"),
    (HOSTS, {"kind": "all"}, "homelab.kubernetes.inventory: kind is 'all'; must be hosts or variables"),
    ("mini1", {}, 'host 1, "mini1": must be name=address, such as mini1=192.168.0.11'),
    (HOSTS, {"user": "a b"}, 'user is "a b"; must be the name of a user on the machines, such as ubuntu'),
]


@pytest.mark.parametrize(("hosts", "options", "error"), WRONG)
def test_errors(hosts: t.Any, options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        inventory(hosts, **options)
