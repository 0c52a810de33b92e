# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture says of the API's address."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.asked import endpoint_of


@pytest.mark.parametrize(
    ("endpoint", "virtual_ip", "text"),
    [
        ("", "", "an address that is not set"),
        ("192.168.0.11:6443", "", "192.168.0.11:6443"),
        ("192.168.0.10:6443", "192.168.0.10", "192.168.0.10:6443, kept by mini1, mini2"),
    ],
)
def test_who_keeps_the_address(endpoint: str, virtual_ip: str, text: str) -> None:
    assert endpoint_of(endpoint, virtual_ip, ["mini1", "mini2"]) == text
