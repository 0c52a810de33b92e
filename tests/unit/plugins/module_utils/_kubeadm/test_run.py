# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import http.server
import os
import re
import ssl
import subprocess
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host


@pytest.fixture(autouse=True)
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(host, "PRIVATE", str(tmp_path / "private"))
    return tmp_path / "private"


def test_a_private_file_is_private_and_gone_afterwards(private: Path) -> None:
    with host.private_file("secret") as path:
        assert (Path(path).read_text(), os.stat(path).st_mode & 0o777) == ("secret", 0o600)
        assert private.stat().st_mode & 0o777 == 0o700
    assert list(private.iterdir()) == []


def test_kubeadm_knows_no_proxy_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would ask it for cluster addresses, and write it into the control plane's pods."""
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.5:3128")
    monkeypatch.setenv("no_proxy", "192.0.2.0/24")
    asks = ["sh", "-c", "! env | grep -i ^[a-z]*_proxy="]
    with host.locked() as lock:
        assert host.run(asks, "kubeadm", lock).findings == []
        monkeypatch.setattr(host, "ENVIRONMENT", os.environ)
        with pytest.raises(host.KubeadmError):
            host.run(asks, "kubeadm", lock)


def test_the_lock_removes_what_a_killed_run_left(private: Path) -> None:
    private.mkdir()
    (private / "kubeadm-left.yaml").write_text("secret")
    with host.locked():
        assert [path.name for path in private.iterdir()] == ["lock"]


def test_the_second_waits_and_then_says_for_whom() -> None:
    error = (
        "an earlier run has been working with kubeadm on this host for more than 0 s; see `ps -ef | grep kubeadm` there, and "
        "end it or wait, then run again"
    )
    with host.locked(), pytest.raises(ValueError, match=f"^{re.escape(error)}$"), host.locked(0.1):
        pass
    with host.locked(0):
        pass


def test_a_command_holds_the_lock_when_its_parent_was_killed(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    with host.locked() as lock:
        host.run(["sh", "-c", f"(touch {marker}; exec sleep 0.4) > /dev/null 2>&1 &"], "sh", lock)
    with pytest.raises(ValueError, match=r"^an earlier run has been working"), host.locked(0):
        pass
    with host.locked(5):
        assert marker.exists()


def test_a_failed_command_brings_its_complaints() -> None:
    with host.locked() as lock, pytest.raises(host.KubeadmError) as caught:
        host.run(["sh", "-c", "echo '	[ERROR Port-6443]: Port 6443 is in use'; exit 1"], "kubeadm init", lock)
    assert str(caught.value) == "kubeadm init refused this host:\n  - Port-6443: Port 6443 is in use"
    assert [finding["id"] for finding in caught.value.findings] == ["kubeadm-port-6443"]


@pytest.mark.parametrize("content", [None, b"", b"[]", b"[1]", b'"x"', b"null", b"{", b"\xff", b"[" * 100_000])
def test_a_note_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    monkeypatch.setattr(host, "RECORD", str(tmp_path / "note"))
    if content is not None:
        (tmp_path / "note").write_bytes(content)
    assert host.record() == {}
    host.note(worker="started")
    assert host.record() == {"worker": "started"}


def openssl(*arguments: str, folder: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def authority(folder: Path) -> Path:
    """A CA as kubeadm makes it: all clusters' CAs have the same name."""
    folder.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key"]
    extensions = ["-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"]
    openssl("req", "-x509", *key, *extensions, "-subj", "/CN=kubernetes", "-out", "ca.crt", folder=folder)
    return folder / "ca.crt"


def test_a_host_without_a_pod_range_keeps_its_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "LEASE", str(tmp_path / "subnet.env"))
    monkeypatch.setattr(host, "pod_links", lambda _links: pytest.fail("looked for links"))
    host.forget_pod_range()


def test_a_pod_range_is_forgotten_after_its_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = tmp_path / "subnet.env"
    lease.write_text("FLANNEL_SUBNET=10.244.1.1/24\n")
    monkeypatch.setattr(host, "LEASE", str(lease))
    seen: list[bool] = []
    monkeypatch.setattr(host, "pod_links", lambda _links: seen.append(lease.exists()) or [])
    host.forget_pod_range()
    assert (seen, lease.exists()) == ([True], False)


class Api(http.server.BaseHTTPRequestHandler):
    """Answers for nodes w1 (there) and w2 (not); refuses w3."""

    def do_GET(self) -> None:
        self.send_response({"w1": 200, "w2": 404, "w3": 401}.get(self.path.rsplit("/", 1)[-1], 500))
        self.end_headers()

    def log_message(self, *_arguments: t.Any) -> None:
        """Nothing."""


def leaf(ca: Path, days: int) -> None:
    """A certificate of the CA for this machine, valid for so many days."""
    new = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -subj /CN=x -out leaf.csr"
    openssl(*new.split(), folder=ca.parent)
    (ca.parent / "ext").write_text("subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    sign = f"x509 -req -in leaf.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile ext -days {days} -out leaf.crt"
    openssl(*sign.split(), folder=ca.parent)


@pytest.fixture(name="days")
def fixture_days() -> int:
    return 30


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int) -> t.Iterator[str]:
    ca = authority(tmp_path / "here")
    leaf(ca, days)
    client = tmp_path / "client.pem"
    client.write_text((ca.parent / "leaf.crt").read_text() + (ca.parent / "leaf.key").read_text())
    monkeypatch.setattr(host, "CA", str(ca))
    monkeypatch.setattr(host, "KUBELET_CLIENT", str(client))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(client)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


def test_whose_cluster(api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert host.vouches(api) == "same"
    assert host.vouches("127.0.0.1:1") == "unknown"
    assert host.vouches("nonsense") == "unknown"
    monkeypatch.setattr(host, "CA", str(authority(tmp_path / "elsewhere")))
    assert host.vouches(api) == "other"
    monkeypatch.setattr(host, "CA", str(tmp_path / "missing"))
    assert host.vouches(api) == ""


@pytest.mark.parametrize("days", [-1])
def test_a_clock_a_day_off(api: str) -> None:
    with pytest.raises(
        ValueError, match=r"^the certificate of the API at 127\.0\.0\.1:\d+ is outside its time"
    ) as caught:
        host.vouches(api)
    told = re.sub(r":\d+ is", ":6443 is", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "NOW", str(caught.value)))
    assert told == (
        "the certificate of the API at 127.0.0.1:6443 is outside its time as this host's clock sees it (NOW UTC): certificate "
        "has expired. Set the clock, or renew the certificates with `kubeadm certs renew all` on the control plane"
    )


@pytest.mark.parametrize(
    ("name", "expected"), [("w1", "present"), ("w2", "missing"), ("w3", "refused"), ("w4", "unknown")]
)
def test_node_object(api: str, name: str, expected: str) -> None:
    assert host.node_object(api, name) == expected
    assert host.node_object("127.0.0.1:1", name) == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    server: https://192.168.0.11:6443\n", "192.168.0.11:6443"),
        ("server: https://[fd00::1]:6443/", "[fd00::1]:6443"),
        ("apiVersion: v1", ""),
    ],
)
def test_kubelet_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: str) -> None:
    (tmp_path / "kubelet.conf").write_text(text)
    monkeypatch.setattr(host, "KUBELET", str(tmp_path / "kubelet.conf"))
    assert host.kubelet_endpoint() == expected
