# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control plane learns that is only asked whether it is ready."""

from __future__ import annotations

import datetime
import http.server
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.lookup import healthy_control_plane
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def certificate(path: Path) -> Path:
    """One that nobody trusts, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stranger")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none)
        + builder.sign(key, hashes.SHA256()).public_bytes(pem)
    )
    return path


class Server:
    """Answers every request with one status, and keeps what was asked."""

    def __init__(self, pem: Path) -> None:
        self.status, self.location = 200, ""
        self.seen: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(outer.status if self.path == "/readyz" else 200)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.end_headers()

            def log_message(self, *args: t.Any) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Server]:
    (tmp_path / "netrc").write_text("default login anna password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    started = Server(certificate(tmp_path / "server.pem"))
    monkeypatch.setattr(healthy_control_plane, "PORT", started.port)
    yield started
    started.http.shutdown()
    started.http.server_close()


@pytest.mark.parametrize(("status", "good"), [(200, True), (401, False), (500, False)])
def test_ready(server: Server, status: int, good: bool) -> None:
    server.status = status
    assert healthy_control_plane.ready("127.0.0.1", 5) is good
    assert [path for path, _headers in server.seen] == ["/readyz"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_told_to_a_stranger_and_nobody_else_is_asked(server: Server, status: int) -> None:
    server.status, server.location = status, f"https://127.0.0.1:{server.port}/other"
    assert healthy_control_plane.ready("127.0.0.1", 5) is False
    ((path, headers),) = server.seen
    assert path == "/readyz"
    assert set(headers) & {"authorization", "cookie"} == set()


def test_nobody_there(server: Server) -> None:
    server.http.shutdown()
    server.http.server_close()
    assert healthy_control_plane.ready("127.0.0.1", 5) is False


ADDRESSES = {"cp1": "192.0.2.1", "cp2": "192.0.2.2", "cp3": "2001:db8::3"}
CHOICES: list[tuple[list[t.Any], set[str], list[str]]] = [
    # terms, who is ready, who is chosen
    (["cp1", "cp2", "cp3"], {"cp1", "cp2", "cp3"}, ["cp1"]),
    (["cp1", "cp2", "cp3"], {"cp2", "cp3"}, ["cp2"]),
    ([["cp1", "cp2", "cp3"]], {"cp3"}, ["cp3"]),
    (["cp3", "cp1"], {"cp1", "cp3"}, ["cp3"]),
    # What is then done on it tells the cause.
    (["cp2", "cp1"], set(), ["cp2"]),
    # There is no choice, so nobody is asked.
    (["cp1"], set(), ["cp1"]),
    ([["cp1"]], set(), ["cp1"]),
    ([], set(), []),
    ([[]], set(), []),
]


@pytest.mark.parametrize(("terms", "good", "expected"), CHOICES)
def test_choice(
    monkeypatch: pytest.MonkeyPatch,
    look: t.Callable[..., t.List[t.Any]],
    terms: list[t.Any],
    good: set[str],
    expected: list[str],
) -> None:
    asked: list[tuple[str, float]] = []

    def ready(address: str, timeout: float) -> bool:
        asked.append((address, timeout))
        return address in {ADDRESSES[name] for name in good}

    monkeypatch.setattr(healthy_control_plane, "ready", ready)
    assert look(healthy_control_plane, terms, addresses=ADDRESSES) == expected
    names = [name for term in terms for name in ([term] if isinstance(term, str) else term)]
    assert sorted(asked) == (sorted((ADDRESSES[name], 3) for name in names) if len(names) > 1 else [])


def test_an_ipv6_address_is_asked_in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def refuse(url: str, **_options: t.Any) -> t.NoReturn:
        seen.append(url)
        raise OSError("no route")

    monkeypatch.setattr(healthy_control_plane, "open_url", refuse)
    assert healthy_control_plane.ready("2001:db8::3", 5) is False
    assert seen == ["https://[2001:db8::3]:6443/readyz"]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ({}, ["cp1", "cp2", "cp3"]),
        ({"cp2": "started"}, ["cp2", "cp1", "cp3"]),
        ({"cp1": "joining", "cp2": "started", "cp3": "complete"}, ["cp3", "cp2", "cp1"]),
    ],
)
def test_who_is_asked_first(notes: dict[str, str], expected: list[str]) -> None:
    assert healthy_control_plane.ordered(["cp1", "cp2", "cp3"], notes) == expected


def test_notes_are_what_preflight_has_seen() -> None:
    seen = {"__preflight_host": {"host": {"control_plane": "started"}}}
    hostvars = {"cp1": seen, "cp2": {"__preflight_host": {"problem": {}}}, "cp3": {}}
    assert healthy_control_plane.noted(["cp1", "cp2", "cp3", "cp4"], hostvars) == {
        "cp1": "started",
        "cp2": "",
        "cp3": "",
    }
