# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as they are compared."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import (
    address_of,
    server_host,
    server_port,
)

ADDRESS_OF = [
    ("192.0.2.1", "192.0.2.1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("2001:DB8::0:1", "2001:db8::1"),
    ("x", None),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESS_OF)
def test_address_of(text: str, expected: str | None) -> None:
    assert address_of(text) == expected


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://192.168.0.10:6443", "192.168.0.10", 6443),
        ("https://[FD00::10]:8443/", "fd00::10", 8443),
        ("https://k8s.home.lan", "k8s.home.lan", 443),
        ("https://[fd00::10]", "fd00::10", 443),
        ("", "", 443),
    ],
)
def test_where_an_api_server_is(url: str, host: str, port: int) -> None:
    assert (server_host(url), server_port(url)) == (host, port)
