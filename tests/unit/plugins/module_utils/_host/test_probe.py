# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes against this machine's own loopback."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.probe import (
    proxy_for,
    proxy_problem,
    start_holder,
    start_peers,
    sync_ms,
    tcp_problem,
    udp_answer,
)


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_an_open_port_and_a_closed_one_are_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert tcp_problem("127.0.0.1", server.getsockname()[1]) == ""
    assert tcp_problem("127.0.0.1", free_port(socket.SOCK_STREAM)) == ""


def test_a_full_queue_is_no_answer() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        waiting = []
        for _ in range(4):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            waiting.append(client)
        assert tcp_problem("127.0.0.1", port, 0.2) == "no answer"
        for client in waiting:
            client.close()


def test_what_is_no_unicast_address_has_the_systems_reason() -> None:
    assert tcp_problem("255.255.255.255", 1) in ("network is unreachable", "permission denied", "invalid argument")


def test_a_closed_udp_port_answers_at_any_size() -> None:
    assert udp_answer("127.0.0.1", free_port(socket.SOCK_DGRAM)) == {"udp": True, "mtu": 9000, "passes": 9000}


def test_an_open_udp_port_is_silent() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        assert udp_answer("127.0.0.1", server.getsockname()[1], 0.05) == {"udp": False}


@pytest.mark.parametrize("udp", [True, False])
def test_peers(udp: bool) -> None:
    port, other = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    found = start_peers({"mini2": {"address": "127.0.0.1", "tcp": [port], "udp": other}}, udp)()
    extra = {"udp": True, "mtu": 9000, "passes": 9000} if udp else {}
    assert found == {"mini2": {"tcp": {str(port): ""}, **extra}}


def test_sync_is_short_and_leaves_nothing(tmp_path: Path) -> None:
    start = time.monotonic()
    assert sync_ms(str(tmp_path)) > 0
    assert time.monotonic() - start < 5
    assert list(tmp_path.iterdir()) == []
    assert sync_ms(str(tmp_path / "none")) == 0


PROXIES = {
    "http": "http://192.0.2.5:3128",
    "https": "192.0.2.6:3128",
    "no": ".svc,home.lan,192.0.2.7,10.96.0.0/12,mirror:5000",
}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://mirror.example/v2/", "http://192.0.2.5:3128"),
        ("https://registry.example/v2/", "http://192.0.2.6:3128"),
        ("https://a.home.lan/", ""),
        ("http://192.0.2.7:5000/v2/", ""),
        ("http://mirror:5000/v2/", ""),
        ("http://mirror/v2/", "http://192.0.2.5:3128"),
        # Python knows no networks.
        ("http://10.96.0.1/", "http://192.0.2.5:3128"),
        ("ftp://mirror.example/", ""),
    ],
)
def test_the_proxy_of_a_url(url: str, proxy: str) -> None:
    assert proxy_for(url, PROXIES) == proxy
    assert proxy_for(url, {}) == ""


def test_whether_a_proxy_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert proxy_problem(f"http://127.0.0.1:{server.getsockname()[1]}/", 1) == ""
    assert proxy_problem(f"http://127.0.0.1:{free_port(socket.SOCK_STREAM)}", 1) == "connection refused"
    assert proxy_problem("http://127.0.0.1:x", 1) == "port could not be cast to integer value as 'x'"


def test_an_address_is_somebodys_where_it_refuses_too() -> None:
    assert start_holder("127.0.0.1")() is True
    assert start_holder("")() is False
    assert start_holder("255.255.255.255")() is False
