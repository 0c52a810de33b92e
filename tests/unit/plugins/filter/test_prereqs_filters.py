# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guards around the filters for packages and ports."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.firewall_clients import FilterModule as Clients
from ansible_collections.homelab.kubernetes.plugins.filter.firewall_ports import FilterModule as Firewall
from ansible_collections.homelab.kubernetes.plugins.filter.packages_missing import FilterModule as Packages

OPTIONS: dict[str, t.Any] = {"control_plane": False, "cni": "flannel", "pod_cidrs": []}


def test_results() -> None:
    assert Packages().filters()["packages_missing"](["a", "b"], {"a": "1"}) == ["b"]
    assert len(Firewall().filters()["firewall_ports"](["10.0.0.1"], **OPTIONS)) == 4
    cards = [{"name": "eno1", "addresses": ["10.0.0.1/24"]}]
    assert Clients().filters()["firewall_clients"](["10.0.0.1"], cards) == ["10.0.0.0/24"]


def test_packages_guard() -> None:
    message = "The homelab.kubernetes.packages_missing filter takes a list and a mapping; got str and dict"
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        Packages().filters()["packages_missing"]("a", {})


CLIENTS_FAIL: list[tuple[t.Any, t.Any, str]] = [
    ("10.0.0.1", [], "The homelab.kubernetes.firewall_clients filter takes two lists; got str and list"),
    (["10.0.0.1"], [{"name": "eno1"}], "firewall_clients: 'addresses'"),
]


@pytest.mark.parametrize(("addresses", "cards", "message"), CLIENTS_FAIL)
def test_clients_guard(addresses: t.Any, cards: t.Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        Clients().filters()["firewall_clients"](addresses, cards)


FIREWALL_FAIL: list[tuple[t.Any, dict[str, t.Any], str]] = [
    ("10.0.0.1", OPTIONS, "The homelab.kubernetes.firewall_ports filter takes a list; got str"),
    (["x"], OPTIONS, "firewall_ports: 'x' does not appear to be an IPv4 or IPv6 address"),
    ([], {**OPTIONS, "cni": "weave"}, "firewall_ports: unknown CNI 'weave'; known are calico, flannel, none"),
]


@pytest.mark.parametrize(("peers", "options", "message"), FIREWALL_FAIL)
def test_firewall_guard(peers: t.Any, options: dict[str, t.Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        Firewall().filters()["firewall_ports"](peers, **options)
