# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whose an OpenPGP public key is (RFC 9580), on hosts that have no gpg.

A fingerprint names a key for good: a vendor that extends its life serves other bytes under the same fingerprint. Signatures
are not checked here. Nobody else can make a key with this fingerprint, and what apt does with it is apt's to judge.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

BEGIN, END = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
_BLOCK = re.compile(rf"^{BEGIN}[ \t]*\n(.*?)^{END}", re.DOTALL | re.MULTILINE)
_PRIMARY = 6
# Signature, primary key, marker, trust, user id, subkey, user attribute, padding: all that a public key is made of.
_TYPES = frozenset({2, _PRIMARY, 10, 12, 13, 14, 17, 21})


class Key(t.NamedTuple):
    """A file of public keys: its text, armoured anew, and the fingerprints of its primary keys."""

    text: str
    fingerprints: t.Tuple[str, ...]


def _dearmored(block: str) -> bytes:
    """The packets of one armoured block; its checksum is optional and guards against accidents only (section 6.1)."""
    lines = [line.rstrip() for line in block.split("\n")[:-1]]
    if "" not in lines:
        raise ValueError("its armour has no empty line after the headers")
    body = [line for line in lines[lines.index("") + 1 :] if not line.startswith("=")]
    try:
        return base64.b64decode("".join(body), validate=True)
    except ValueError:
        raise ValueError("its armour is no base64") from None


def _take(data: bytes, place: int, size: int) -> bytes:
    """That many octets, all of them."""
    if place + size > len(data):
        raise ValueError("it ends in the middle of a packet")
    return data[place : place + size]


def _header(data: bytes, place: int) -> t.Tuple[int, int, int]:
    """Type of the packet at a place, where its body begins and its length (section 4.2)."""
    first = data[place]
    if not first & 0x80:
        raise ValueError("it has something else where a packet should begin")
    if not first & 0x40:
        size = 1 << (first & 3)
        if size == 8:
            raise ValueError("it has a packet without a length")
        return first >> 2 & 15, place + 1 + size, int.from_bytes(_take(data, place + 1, size), "big")
    (octet,) = _take(data, place + 1, 1)
    if octet < 192:
        return first & 63, place + 2, octet
    if octet < 224:
        return first & 63, place + 3, (octet - 192 << 8) + _take(data, place + 2, 1)[0] + 192
    if octet == 255:
        return first & 63, place + 6, int.from_bytes(_take(data, place + 2, 4), "big")
    raise ValueError("it has a packet without a length")


def _packets(data: bytes) -> t.Iterator[t.Tuple[int, bytes]]:
    """Type and body of every packet. Raises ValueError for anything that a public key does not have."""
    place = 0
    while place < len(data):
        kind, place, length = _header(data, place)
        if kind not in _TYPES:
            raise ValueError(f"it has a packet of type {kind}, which belongs in no public key")
        yield kind, _take(data, place, length)
        place += length


def _fingerprint(body: bytes) -> str:
    """Of the packet of a primary key (section 5.5.4). Raises ValueError for versions that nobody should sign with."""
    version = body[0] if body else 0
    if version == 4 and len(body) < 0x10000:
        # Not a choice of ours: SHA-1 is what the fingerprint of a version 4 key is.
        return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()
    if version == 6:
        return hashlib.sha256(b"\x9b" + len(body).to_bytes(4, "big") + body).hexdigest().upper()
    raise ValueError(
        f"it has a key of version {version}; only versions 4 and 6 have a fingerprint that can be relied on"
    )


def _checksum(data: bytes) -> bytes:
    """CRC-24 of the armour (section 6.1.1), which older programs expect."""
    crc = 0xB704CE
    for octet in data:
        crc ^= octet << 16
        for _bit in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc.to_bytes(3, "big")


def _armored(data: bytes) -> str:
    """As GnuPG writes it."""
    text = base64.b64encode(data).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([BEGIN, "", *lines, "=" + base64.b64encode(_checksum(data)).decode(), END, ""])


def public_key(text: str) -> Key:
    """The keys in an armoured text. Raises ValueError, with what is wrong, when it holds anything else.

    Its text is made of the packets that were read, so that no other reader finds another key in it.
    """
    blocks = _BLOCK.findall(text.replace("\r\n", "\n"))
    if not blocks:
        raise ValueError("it is no armoured public key")
    data = b"".join(map(_dearmored, blocks))
    found = [_fingerprint(body) for kind, body in _packets(data) if kind == _PRIMARY]
    if not found:
        raise ValueError("it has no primary key")
    return Key(_armored(data), tuple(dict.fromkeys(found)))


def pin(text: str) -> str:
    """A fingerprint that a person wrote, without its blanks. Raises ValueError for a key id, which anybody can forge."""
    digits = re.sub(r"\s|^0[xX]", "", text).upper()
    if not re.fullmatch(r"[0-9A-F]{40}|[0-9A-F]{64}", digits):
        raise ValueError(f"{text!r} is no fingerprint of 40 (or 64) hexadecimal digits")
    return digits


__all__ = ("BEGIN", "END", "Key", "pin", "public_key")
