# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import datetime
import re
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import token as _token

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
GOOD = {
    "token-id": "abcdef",
    "token-secret": "0123456789abcdef",
    "expiration": "2026-11-21T13:00:00Z",
    "usage-bootstrap-authentication": "true",
    "usage-bootstrap-signing": "true",
    "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
}


def secret(**fields: str | None) -> dict[str, t.Any]:
    data = {**GOOD, **fields}
    return {
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items() if value is not None}
    }


@pytest.mark.parametrize(
    ("fields", "minimum", "expected"),
    [
        ({}, 600, True),
        ({}, 3600, True),
        ({}, 3601, False),
        ({"expiration": None}, 10**9, True),
        ({"expiration": "2026-11-21T14:00:00+01:00"}, 3600, True),
        ({"expiration": "2026-11-21T11:00:00Z"}, 0, False),
        ({"expiration": "tomorrow"}, 1, False),
        ({"expiration": "2026-11-21T13:00:00"}, 1, False),
        ({"expiration": "2026-11-21"}, 1, False),
        ({"usage-bootstrap-signing": None}, 0, False),
        ({"usage-bootstrap-authentication": "false"}, 0, False),
        ({"auth-extra-groups": "system:bootstrappers:somebody"}, 0, False),
        ({"auth-extra-groups": "a,system:bootstrappers:kubeadm:default-node-token"}, 0, True),
    ],
)
def test_usable(fields: dict[str, str | None], minimum: float, expected: bool) -> None:
    assert _token.usable(secret(**fields), NOW, minimum) is expected


def test_token_of() -> None:
    assert _token.token_of(secret()) == "abcdef.0123456789abcdef"


def test_generated_tokens_have_kubeadms_shape_and_differ() -> None:
    made = {".".join(_token.generate()) for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[a-z0-9]{6}\.[a-z0-9]{16}", token) for token in made)


def test_a_made_secret_is_usable_by_our_own_rule() -> None:
    manifest = _token.secret_manifest(
        "abcdef", "0123456789abcdef", expires=NOW + datetime.timedelta(minutes=30), description="d"
    )
    stored = {"data": {k: base64.b64encode(v.encode()).decode() for k, v in manifest["stringData"].items()}}
    assert manifest["metadata"] == {"name": "bootstrap-token-abcdef", "namespace": "kube-system"}
    assert _token.usable(stored, NOW, 1800)
    assert not _token.usable(stored, NOW, 1801)


# The hashes are what openssl says: x509 -pubkey | pkey -pubin -outform der | dgst -sha256 -hex.
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("ca.crt", "sha256:da6a8612bc5093d68864634470531cb4f4beb9cdc49dbd4a8d1dd9ad60f75dff"),
        ("ca-ecdsa.crt", "sha256:fa267303f0c1289dcaa64ec8d9cab8a5013155baa830925c34efafa67bcaded6"),
    ],
)
def test_ca_cert_hash_of_real_authorities(fixtures: Path, file: str, expected: str) -> None:
    assert _token.ca_cert_hash((fixtures / "kubeadm" / file).read_text()) == expected


@pytest.mark.parametrize(
    ("pem", "error"),
    [
        ("", "the text holds no PEM certificate"),
        ("-----BEGIN CERTIFICATE-----\nMIIB", "the text holds no PEM certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----",
            "the PEM certificate cannot be decoded: an element ends beyond the data",
        ),
    ],
)
def test_ca_cert_hash_of_something_else(pem: str, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        _token.ca_cert_hash(pem)


@pytest.mark.parametrize("file", ["ca.crt", "ca-ecdsa.crt"])
def test_not_after_of_real_authorities(fixtures: Path, file: str) -> None:
    path = fixtures / "kubeadm" / file
    command = ["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert _token.not_after(path.read_text()).strftime("notAfter=%Y-%m-%d %H:%M:%SZ") == told


def test_not_after_of_something_else() -> None:
    with pytest.raises(ValueError, match=r"^the text holds no PEM certificate$"):
        _token.not_after("garbage")


ANNA = "homelab.kubernetes anna@laptop"


@pytest.mark.parametrize(
    ("description", "mine", "anothers"),
    [
        (ANNA, True, False),
        ("homelab.kubernetes anna@desk", False, True),
        ("homelab.kubernetes", False, True),
        ("homelab.kubernetes-backup", False, False),
        ("backup", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_whose_a_token_is(description: str | None, mine: bool, anothers: bool) -> None:
    assert _token.mine(secret(description=description), ANNA) is mine
    assert _token.anothers(secret(description=description), ANNA) is anothers


@pytest.mark.parametrize(
    ("user", "host", "expected"),
    [
        ("anna", "laptop", ANNA),
        ("DOMAIN\\anna b", "m\u00fcller.lan", "homelab.kubernetes DOMAIN-anna-b@m-ller.lan"),
        ("a" * 99, "b" * 99, f"homelab.kubernetes {'a' * 63}@{'b' * 63}"),
        ("x\n---\n", "", "homelab.kubernetes x-----@"),
    ],
)
def test_described(user: str, host: str, expected: str) -> None:
    assert _token.described(user, host) == expected
