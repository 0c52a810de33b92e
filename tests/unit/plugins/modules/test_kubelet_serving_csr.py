# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubelets that get their certificates: one on this machine, with real TLS, which shows what was approved."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import socket
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import kubelet_serving_csr
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY = ec.generate_private_key(ec.SECP256R1())
NODES = {"mini1": ["127.0.0.1"]}
ADDRESS = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
PEM = serialization.Encoding.PEM


def name(*organizations: str, common: str) -> x509.Name:
    groups = [x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, text) for text in organizations]
    return x509.Name([*groups, x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def signed(path: Path, issuer: str) -> Path:
    """A certificate for this machine with its key, of the cluster's CA or of somebody."""
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = name("system:nodes", common="system:node:mini1")
    days = (now - datetime.timedelta(days=1), now + datetime.timedelta(days=1))
    builder = x509.CertificateBuilder(name(common=issuer), subject, KEY.public_key(), 2, *days)
    made = builder.add_extension(ADDRESS, critical=False)
    made = made.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key()), critical=False)
    key = KEY.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key + made.sign(KEY, hashes.SHA256()).public_bytes(PEM))
    return path


def authority(path: Path) -> Path:
    now = datetime.datetime.now(datetime.timezone.utc)
    days = (now - datetime.timedelta(days=2), now + datetime.timedelta(days=2))
    builder = x509.CertificateBuilder(name(common="kubernetes"), name(common="kubernetes"), KEY.public_key(), 1, *days)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), critical=False)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    path.write_bytes(made.add_extension(usage, critical=True).sign(KEY, hashes.SHA256()).public_bytes(PEM))
    return path


def request(user: str = "system:node:mini1") -> dict[str, t.Any]:
    """What the kubelet of mini1 asks for; ``user`` is who sends it."""
    builder = x509.CertificateSigningRequestBuilder(name("system:nodes", common="system:node:mini1"))
    text = builder.add_extension(ADDRESS, critical=False).sign(KEY, hashes.SHA256()).public_bytes(PEM)
    spec = {
        "signerName": "kubernetes.io/kubelet-serving",
        "username": user,
        "groups": ["system:nodes", "system:authenticated"],
        "usages": ["digital signature", "server auth"],
        "request": base64.b64encode(text).decode(),
    }
    return {"metadata": {"name": "csr-1"}, "spec": spec, "status": {}}


class Node:
    """A kubelet, and the API: whoever is approved shows the cluster's certificate from then on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.requests = folder, [request()]
        self.approved: list[tuple[str, ...]] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(signed(folder / "own.pem", "somebody"))
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                with self.context.wrap_socket(self.socket.accept()[0], server_side=True):
                    pass
            except ssl.SSLError:
                continue
            except OSError:
                return

    def kubectl(self, *words: str) -> str:
        if words[:2] == ("get", "csr"):
            return json.dumps({"items": self.requests})
        assert words[:2] == ("certificate", "approve")
        self.approved.append(words[2:])
        self.requests.clear()
        self.context.load_cert_chain(signed(self.folder / "own.pem", "kubernetes"))
        return ""


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Node]:
    started = Node(tmp_path)
    monkeypatch.setattr(host, "CA", str(authority(tmp_path / "ca.pem")))
    monkeypatch.setattr(host, "kubectl", started.kubectl)
    monkeypatch.setattr(kubelet_serving_csr, "PORT", started.socket.getsockname()[1])
    monkeypatch.setattr(kubelet_serving_csr.time, "sleep", lambda _seconds: None)
    yield started
    started.socket.shutdown(socket.SHUT_RDWR)
    started.socket.close()


def test_four_steps(machine: Machine, node: Node) -> None:
    steps = [machine.run(kubelet_serving_csr, check=check, nodes=NODES) for check in (True, False, True, False)]
    assert [(one["changed"], one["approved"], one["serving"]) for one in steps] == [
        (True, ["csr-1"], []),
        (True, ["csr-1"], ["mini1"]),
        (False, [], ["mini1"]),
        (False, [], ["mini1"]),
    ]
    assert steps[1]["diff"] == {"before": "", "after": "mini1\n"}
    assert node.approved == [("csr-1",)]


def test_a_request_of_somebody_else_is_left_and_told(machine: Machine, node: Node) -> None:
    node.requests[:] = [request("eve")]
    assert machine.run(kubelet_serving_csr, nodes=NODES, timeout=0)["msg"] == (
        "no serving certificate of the cluster on mini1 after 0 s (csr-1: eve is no node); look at `kubectl get csr` and at "
        "`journalctl -u kubelet` on the node"
    )
    assert node.approved == []


def test_a_kubelet_that_asks_for_nothing(machine: Machine, node: Node) -> None:
    node.requests.clear()
    predicted = machine.run(kubelet_serving_csr, check=True, nodes=NODES)
    assert (predicted["changed"], predicted["serving"]) == (False, [])
    told = machine.run(kubelet_serving_csr, nodes=NODES, timeout=0)["msg"]
    assert "on mini1 after 0 s (they asked for none)" in told
