# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's own network, with a server on it."""

from __future__ import annotations

import http.server
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import lan
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Reply

TABLE = """IP address       HW type     Flags       HW address            Mask     Device
192.0.2.7        0x1         0x2         02:00:00:00:00:07     *        eth0
192.0.2.8        0x1         0x0         00:00:00:00:00:00     *        eth0
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """A pod whose page is longer than anybody reads."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/hostname" else 404)
        self.end_headers()
        self.wfile.write(b"verify-0" + b"\xff" * 2000)

    def log_message(self, *_arguments: t.Any) -> None:
        """Nothing."""


@pytest.fixture
def port() -> t.Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("path", "status"), [("/hostname", 200), ("/", 404)])
def test_a_page_without_any_proxy(port: int, monkeypatch: pytest.MonkeyPatch, path: str, status: int) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert lan.HomeLan().get("127.0.0.1", port, path) == Reply(status, "verify-0" + "\ufffd" * 992)


def test_nobody_answers() -> None:
    assert lan.HomeLan().get("127.0.0.1", 9, "/") == Reply(0, "[Errno 111] Connection refused")


@pytest.mark.parametrize(
    ("address", "expected"), [("192.0.2.7", "02:00:00:00:00:07"), ("192.0.2.8", "incomplete"), ("192.0.2.9", "")]
)
def test_a_neighbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, expected: str) -> None:
    monkeypatch.setattr(lan, "ARP", str(tmp_path / "arp"))
    assert lan.HomeLan().neighbour(address) == ""
    (tmp_path / "arp").write_text(TABLE)
    assert lan.HomeLan().neighbour(address) == expected
