# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where images come from."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.filter.registry_urls import FilterModule

registry_urls = FilterModule().filters()["registry_urls"]
OWN = ["https://registry.k8s.io/v2/", "https://registry-1.docker.io/v2/"]


@pytest.mark.parametrize(
    ("mirrors", "expected"),
    [
        ({}, OWN),
        (None, OWN),
        ({"registry.k8s.io": ["http://m:5000"]}, ["http://m:5000/v2/", *OWN]),
        ({"registry.k8s.io": [{"url": "http://m:5000", "resolve": True}]}, ["http://m:5000/v2/", OWN[1]]),
        ({"registry.k8s.io": 5}, OWN[1:]),  # preflight says that this is no mirror
    ],
)
def test_addresses(mirrors: t.Any, expected: list[str]) -> None:
    assert registry_urls(["registry.k8s.io", "docker.io"], mirrors) == expected
