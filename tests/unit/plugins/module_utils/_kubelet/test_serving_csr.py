# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as kubelets send them, and as somebody who took over a node might."""

from __future__ import annotations

import base64
import ipaddress
import random
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubelet import serving_csr as _serving_csr
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

KEY = ec.generate_private_key(ec.SECP256R1())
NODES = {
    "mini1": ["192.0.2.11"],
    "mini2": ["192.0.2.12", "2001:DB8::12"],
    # Of these only the last is an address that a certificate can have.
    "mini3": ["fe80::3%eth0", "mini3.lan", "192.0.2.013", "192.0.2.13"],
}
OWN = (x509.DNSName("mini1"), x509.IPAddress(ipaddress.ip_address("192.0.2.11")))


def ip(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_address(text))


def pem(
    name: str = "system:node:mini1",
    *,
    organizations: t.Sequence[str] = ("system:nodes",),
    sans: t.Sequence[x509.GeneralName] = OWN,
    more: t.Sequence[x509.NameAttribute[str]] = (),
    extension: x509.ExtensionType | None = None,
) -> str:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, text) for text in organizations]
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name), *more])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=False)
    if extension:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def csr(request_: str, /, **changes: t.Any) -> dict[str, t.Any]:
    spec = {
        "signerName": "kubernetes.io/kubelet-serving",
        "username": "system:node:mini1",
        "groups": ["system:nodes", "system:authenticated"],
        "usages": ["digital signature", "server auth"],
        "request": base64.b64encode(request_.encode()).decode(),
    }
    return {"metadata": {"name": "csr-1"}, "spec": {**spec, **changes}, "status": {}}


COUNTRY = x509.NameAttribute(NameOID.COUNTRY_NAME, "CH")
CA = x509.BasicConstraints(ca=True, path_length=None)
MINI2 = {"username": "system:node:mini2"}
NOT_SENT = "the request is not what a kubelet sends: "

CASES: list[tuple[dict[str, t.Any], str]] = [
    (csr(pem()), ""),
    (csr(pem(sans=OWN[1:])), ""),
    (csr(pem(), usages=["server auth", "digital signature", "key encipherment"]), ""),
    (csr(pem("system:node:mini2", sans=[ip("2001:db8::12"), ip("192.0.2.12")]), **MINI2), ""),
    # Who asks
    (csr(pem(), username="kubernetes-admin"), "kubernetes-admin is no node"),
    (csr(pem(), username=""), "nobody is no node"),
    (csr(pem(), groups=["system:authenticated"]), "system:node:mini1 is no node"),
    (csr(pem("system:node:mini9"), username="system:node:mini9"), "the inventory has no node 'mini9'"),
    # What for
    (csr(pem(), usages=["client auth", "server auth"]), "its usages are client auth, server auth"),
    (csr(pem(), usages=["digital signature"]), "its usages are digital signature"),
    (csr(pem(), usages=None), "its usages are none"),
    # Under which name
    (csr(pem("system:node:mini2")), "its subject is system:node:mini2, system:nodes"),
    (csr(pem(organizations=["system:masters"])), "its subject is system:node:mini1, system:masters"),
    (
        csr(pem(organizations=["system:nodes", "system:masters"])),
        "its subject is system:node:mini1, system:nodes, system:masters",
    ),
    (csr(pem(more=[COUNTRY])), f"{NOT_SENT}the subject holds more than a name and organizations"),
    # For which names and addresses
    (csr(pem(sans=[*OWN, ip("192.0.2.12")])), "it asks for 192.0.2.12, which mini1 does not have in the inventory"),
    (
        csr(pem(sans=[x509.DNSName("kubernetes.default"), OWN[1]])),
        "it asks for kubernetes.default, which mini1 does not have in the inventory",
    ),
    (
        csr(pem(sans=[x509.DNSName("mini1, IP Address:192.0.2.12"), OWN[1]])),
        "it asks for mini1, IP Address:192.0.2.12, which mini1 does not have in the inventory",
    ),
    (csr(pem(sans=OWN[:1])), "it asks for no address"),
    (csr(pem("system:node:mini3", sans=[ip("192.0.2.13")]), username="system:node:mini3"), ""),
    (
        csr(pem("system:node:mini3", sans=[ip("fe80::3")]), username="system:node:mini3"),
        "it asks for fe80::3, which mini3 does not have in the inventory",
    ),
    (
        csr(pem(sans=[*OWN, x509.RFC822Name("a@b.ch")])),
        f"{NOT_SENT}it is for more than DNS names and IP addresses",
    ),
    (csr(pem(sans=())), f"{NOT_SENT}it asks for other extensions than names and addresses"),
    (csr(pem(extension=CA)), f"{NOT_SENT}it asks for other extensions than names and addresses"),
    (csr(pem(sans=(), extension=CA)), f"{NOT_SENT}it asks for other extensions than names and addresses"),
    # In which words
    (csr(pem(), username="eve\nApproved by nobody"), r"eve\nApproved by nobody is no node"),
    (csr(pem(), usages=["\x1b]52;c;ZXZl\a"]), r"its usages are \x1b]52;c;ZXZl\x07"),
    (
        csr(pem(sans=[x509.DNSName("a\nb"), OWN[1]])),
        r"it asks for a\nb, which mini1 does not have in the inventory",
    ),
    (csr(pem("system:node:mini1\u202e")), r"its subject is system:node:mini1\u202e, system:nodes"),
    (csr(pem(), username="e" * 300), "e" * 197 + "..."),
    (csr("x" * 20_000), "the request has 26668 characters, more than the 16384 of any kubelet"),
    # ... and as many names as fit
    (
        csr(pem(sans=[x509.DNSName(f"a{number}") for number in range(800)])),
        "it asks for a0, a1, a2, a3, *",
    ),
    # What is no request
    (csr(""), f"{NOT_SENT}it is no PEM of a certificate request"),
    (csr("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----"), f"{NOT_SENT}*"),
    (csr("x", request="***"), f"{NOT_SENT}*"),
]


@pytest.mark.parametrize(("request_", "why"), CASES)
def test_refusal(request_: dict[str, t.Any], why: str) -> None:
    found = _serving_csr.refusal(request_, NODES)
    assert len(found) <= 200
    assert found.startswith(why[:-1]) if why.endswith("*") else found == why


@given(st.text(), st.lists(st.text()), st.text(max_size=30_000), st.text())
def test_a_reason_is_one_short_line(user: str, usages: list[str], request_: str, name: str) -> None:
    asked = csr("", username=f"system:node:{user}", usages=usages, request=request_)
    for nodes in ({}, {user: [name]}):
        why = _serving_csr.refusal(asked, nodes)
        assert why
        assert len(why) <= 200
        assert why.isascii()
        assert why.isprintable()


def test_decide_leaves_what_is_decided_or_another_signers() -> None:
    decided = {**csr(pem()), "status": {"conditions": [{"type": "Denied"}]}}
    other = csr(pem(), signerName="kubernetes.io/kube-apiserver-client-kubelet")
    stranger = {**csr(pem(), username="eve"), "metadata": {"name": "csr-2"}}
    approved, refused = _serving_csr.decide([decided, other, csr(pem()), stranger], NODES)
    assert approved == ["csr-1"]
    assert refused == {"csr-2": "eve is no node"}


def test_mangled_requests_are_refused_and_never_crash() -> None:
    der = bytearray(base64.b64decode("".join(pem().splitlines()[1:-1])))
    chance = random.Random(8)
    for _round in range(3000):
        copy = bytearray(der[: chance.randrange(len(der))] if chance.random() < 0.2 else der)
        for _byte in range(chance.randrange(1, 4)):
            if copy:
                copy[chance.randrange(len(copy))] = chance.randrange(256)
        text = base64.b64encode(bytes(copy)).decode()
        request = csr(f"-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n")
        assert isinstance(_serving_csr.refusal(request, NODES), str)
