# SPDX-License-Identifier: GPL-3.0-or-later
"""What host_facts reads of a host."""

from __future__ import annotations

import http.server
import socket
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.sockets import socket_owners
from ansible_collections.homelab.kubernetes.plugins.modules.host_facts import (
    path_kind,
    start,
    start_urls,
)


def test_a_file_that_is_just_closed_hides_no_process(tmp_path: Path) -> None:
    folder = tmp_path / "77" / "fd"
    folder.mkdir(parents=True)
    (tmp_path / "77" / "comm").write_text("kubelet\n")
    (folder / "3").write_text("no link: reading it fails, as it does for one that is gone")
    (folder / "4").symlink_to("socket:[4711]")
    assert socket_owners({4711}, str(tmp_path)) == {4711: "kubelet"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("folder", "directory"),
        ("folder/new/deep", "absent"),
        ("file", "it is a file"),
        ("file/below", "{root}/file is a file"),
    ],
)
def test_what_stands_at_a_path(tmp_path: Path, path: str, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert path_kind(f"{tmp_path}/{path}") == kind.format(root=tmp_path)


class Proxy(http.server.BaseHTTPRequestHandler):
    """Answers for names that nobody else knows, and lets nobody CONNECT."""

    asked: t.ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def do_CONNECT(self) -> None:
        self.send_error(403)

    def log_message(self, *args: t.Any) -> None:
        pass


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[str]:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    Proxy.asked.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_addresses_are_tried_through_the_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", f"http://anna:secret@{proxy}")
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setenv("no_proxy", f".lan.invalid,{proxy}")
    urls = ["http://registry.invalid/v2/", "https://registry.invalid/v2/", f"http://{proxy}/direct"]
    found = start_urls(urls, 5)()
    assert found["urls"] == {
        urls[0]: {"status": 200, "error": "", "proxy": f"http://***@{proxy}"},
        urls[1]: {"status": 0, "error": "Tunnel connection failed: 403 Forbidden", "proxy": f"http://{proxy}"},
        urls[2]: {"status": 200, "error": "", "proxy": ""},
    }
    assert found["proxies"] == {f"http://{proxy}": "", f"http://***@{proxy}": ""}
    assert sorted(Proxy.asked) == ["/direct", urls[0]]


def test_a_proxy_that_is_not_there_is_told_as_itself(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{sock.getsockname()[1]}"
        monkeypatch.setenv("HTTPS_PROXY", closed)
        assert start_urls([], 5)() == {"urls": {}, "proxies": {closed: "connection refused"}}


def test_without_a_proxy_there_is_none(proxy: str) -> None:
    url = f"http://{proxy}/"
    assert start_urls([url], 5)() == {"urls": {url: {"status": 200, "error": "", "proxy": ""}}, "proxies": {}}


def test_what_takes_too_long_is_not_waited_for() -> None:
    never = threading.Event()
    assert start({"a": lambda: 1, "b": never.wait}, "late", -0.8)() == {"a": 1, "b": "late"}
    never.set()
