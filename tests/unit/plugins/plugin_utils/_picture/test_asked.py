# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture says of the API's address."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.asked import endpoint_of

NODES = {"mini1": "192.168.0.11", "mini2": "192.168.0.12,fd00::12"}


@pytest.mark.parametrize(
    ("host", "provider", "text"),
    [
        ("", "keepalived", "an address that is not set"),
        ("192.168.0.11", "keepalived", "192.168.0.11:6443"),
        ("fd00::12", "keepalived", "[fd00::12]:6443"),
        ("k8s.home.lan", "keepalived", "k8s.home.lan:6443"),
        ("192.168.0.10", "keepalived", "192.168.0.10:6443, kept by mini1, mini2"),
        ("fd00::10", "keepalived", "[fd00::10]:6443, kept by mini1, mini2"),
        ("192.168.0.10", "none", "192.168.0.10:6443"),
    ],
)
def test_who_keeps_the_address(host: str, provider: str, text: str) -> None:
    assert endpoint_of(host, ["mini1", "mini2"], NODES, provider) == text
