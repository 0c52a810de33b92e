# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bootstrap tokens as the Secrets they are (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/)."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import re
import secrets
import string
import typing as t

GROUP = "system:bootstrappers:kubeadm:default-node-token"
# The beginning of the description of every token that a run of this collection made.
MAKER = "homelab.kubernetes"
_ALPHABET = string.ascii_lowercase + string.digits


def generate() -> tuple[str, str]:
    """A fresh token as (id of 6, secret of 16 characters)."""
    characters = "".join(secrets.choice(_ALPHABET) for _place in range(22))
    return characters[:6], characters[6:]


def secret_manifest(token_id: str, secret: str, *, expires: datetime.datetime, description: str) -> dict[str, t.Any]:
    """The Secret that makes a token known to the cluster; ``expires`` must be in UTC."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "bootstrap.kubernetes.io/token",
        "metadata": {"name": f"bootstrap-token-{token_id}", "namespace": "kube-system"},
        "stringData": {
            "description": description,
            "token-id": token_id,
            "token-secret": secret,
            "expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": GROUP,
        },
    }


def _field(secret: t.Mapping[str, t.Any], name: str) -> str:
    try:
        return base64.b64decode((secret.get("data") or {}).get(name, "")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def seconds_left(secret: t.Mapping[str, t.Any], now: datetime.datetime) -> float:
    """Life left of a token; infinite without an expiration, 0 when the expiration cannot be read or has no time zone.

    The cluster holds a token with such an expiration to have expired too: RFC 3339 demands the zone.
    """
    text = _field(secret, "expiration")
    if not text:
        return float("inf")
    try:
        return (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) - now).total_seconds()
    except (TypeError, ValueError):
        return 0


def usable(secret: t.Mapping[str, t.Any], now: datetime.datetime, minimum_ttl: float) -> bool:
    """Whether a node can join with it: signing and authentication, kubeadm's group, and life enough."""
    return (
        _field(secret, "usage-bootstrap-authentication") == "true"
        and _field(secret, "usage-bootstrap-signing") == "true"
        and GROUP in _field(secret, "auth-extra-groups").split(",")
        and seconds_left(secret, now) >= minimum_ttl
    )


def token_of(secret: t.Mapping[str, t.Any]) -> str:
    """``id.secret`` of a token Secret."""
    return f"{_field(secret, 'token-id')}.{_field(secret, 'token-secret')}"


def described(user: str, host: str) -> str:
    """The description of tokens that a user makes from a control node; characters of no ordinary name become a hyphen."""
    name, node = (re.sub(r"[^A-Za-z0-9._-]", "-", part)[:63] for part in (user, host))
    return f"{MAKER} {name}@{node}"


def mine(secret: t.Mapping[str, t.Any], description: str) -> bool:
    """Whether a token was made with this description: by this run, or by an earlier one that could not revoke it."""
    return _field(secret, "description") == description


def anothers(secret: t.Mapping[str, t.Any], description: str) -> bool:
    """Whether a run of somebody else made a token, who revokes it when it likes."""
    return _field(secret, "description").split(" ")[0] == MAKER and not mine(secret, description)


def _certificate(pem: str) -> bytes:
    """DER of the first certificate of a PEM text."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if begin not in pem or end not in pem:
        raise ValueError("the text holds no PEM certificate")
    try:
        return base64.b64decode(pem.split(begin, 1)[1].split(end, 1)[0], validate=False)
    except binascii.Error as exc:
        raise ValueError(f"the PEM certificate cannot be decoded: {exc}") from exc


def ca_cert_hash(pem: str) -> str:
    """``sha256:`` and the hash of the public key (SubjectPublicKeyInfo, RFC 7469 section 2.4) of the first certificate.

    Raises ValueError when the text holds no certificate.
    """
    der = _certificate(pem)
    try:
        return "sha256:" + hashlib.sha256(_public_key_info(der)).hexdigest()
    except IndexError as exc:
        raise ValueError(f"the PEM certificate cannot be decoded: {exc}") from exc


def not_after(pem: str) -> datetime.datetime:
    """When the first certificate of a PEM text expires. Raises ValueError when the text holds none."""
    der = _certificate(pem)
    try:
        start, _end = _element(der, _field_of(der, 3))
        begin, end = _element(der, _element(der, start)[1])
        text, short = der[begin:end].decode(), der[_element(der, start)[1]] == _UTC_TIME
        form = "%y%m%d%H%M%SZ" if short else "%Y%m%d%H%M%SZ"
        return datetime.datetime.strptime(text, form).replace(tzinfo=datetime.timezone.utc)
    except (IndexError, ValueError) as exc:
        raise ValueError(f"the PEM certificate cannot be decoded: {exc}") from exc


_UTC_TIME = 0x17


def _element(der: bytes, at: int) -> tuple[int, int]:
    """(start of content, end) of the DER element at an offset (X.690 section 8.1)."""
    length, start = der[at + 1], at + 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[at + 2 : start], "big")
    if start + length > len(der):
        raise IndexError("an element ends beyond the data")
    return start, start + length


def _field_of(der: bytes, number: int) -> int:
    """Offset of a field of a Certificate, after an optional version: 0 serial, signature, issuer, validity, subject, 5 key."""
    certificate, _end = _element(der, 0)
    at, _end = _element(der, certificate)
    if der[at] == 0xA0:
        at = _element(der, at)[1]
    for _skipped in range(number):
        at = _element(der, at)[1]
    return at


def _public_key_info(der: bytes) -> bytes:
    """subjectPublicKeyInfo of a Certificate (RFC 5280 section 4.1)."""
    at = _field_of(der, 5)
    return der[at : _element(der, at)[1]]


__all__ = (
    "MAKER",
    "anothers",
    "ca_cert_hash",
    "described",
    "generate",
    "mine",
    "not_after",
    "seconds_left",
    "secret_manifest",
    "token_of",
    "usable",
)
