# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of other roles, of the host at hand and of others."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.homelab.kubernetes.plugins.lookup import role_option


class HostVars(dict[str, dict[str, t.Any]]):
    """As Ansible's own, without its magic."""

    raw_get = dict.__getitem__


HOSTS = HostVars(a={"nfs_storage_client": False}, b={})


def look(*terms: str, own: dict[str, t.Any] | None = None, hosts: list[str] | None = None) -> list[t.Any]:
    lookup = role_option.LookupModule(loader=DataLoader())
    lookup.set_options = lambda **_more: None
    lookup.get_option = {"hosts": hosts or []}.__getitem__
    return list(lookup.run(list(terms), {"hostvars": HOSTS, **(own or {})}))


def test_of_the_host_at_hand() -> None:
    assert look("calico_encapsulation", "calico_wireguard") == ["vxlan", False]
    assert look("calico_encapsulation", own={"calico_encapsulation": "ipip"}) == ["ipip"]


def test_of_others() -> None:
    assert look("nfs_storage_client", own={"nfs_storage_client": 5}, hosts=["b", "a"]) == [{"b": True, "a": False}]


def test_what_is_no_option() -> None:
    with pytest.raises(AnsibleLookupError, match=r'^"calico_x" is no option of a role of this collection$'):
        look("calico_x")
