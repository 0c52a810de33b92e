# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import contextlib
import re
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources.openpgp import BEGIN, END, pin, public_key
from hypothesis import given
from hypothesis import strategies as st

FIRST, SECOND = "A2658F286A43AD00CC192E205AB0C6A208F84AE5", "566AE7D360E818E603AED638232C79E7280EF4C5"
FOLDER = Path(__file__).parents[3] / "fixtures/openpgp"
# RFC 9580, appendix A.3: the primary key of its sample certificate of version 6.
SIX = base64.b64decode("BmOHf+MbAAAAIPlNp7tI1gph5WdwamWH0DMZmbudiRoIJC6thFQ9+JWj")
SIX_FINGERPRINT = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"


def armor(data: bytes) -> str:
    return f"{BEGIN}\n\n{base64.b64encode(data).decode()}\n{END}\n"


def sample(name: str) -> str:
    return (FOLDER / f"{name}.asc").read_text()


@pytest.mark.parametrize(
    ("text", "fingerprints"),
    [
        (sample("first"), (FIRST,)),
        (sample("first-extended"), (FIRST,)),
        (sample("second"), (SECOND,)),
        (sample("second") + "\n" + sample("first"), (SECOND, FIRST)),
        (sample("first") + sample("first-extended"), (FIRST,)),
        (sample("first").replace("\n", "\r\n"), (FIRST,)),
        (sample("first").replace("\n\n", "\nVersion: GnuPG v2.0.15\nComment: a: b\n\n", 1), (FIRST,)),
        ("pub rsa2048\n" + sample("first"), (FIRST,)),
        # The three forms of a length, and a packet that other programs pass over.
        (armor(bytes([0xC6, len(SIX)]) + SIX), (SIX_FINGERPRINT,)),
        (armor(bytes([0xC6, 0xFF, 0, 0, 0, len(SIX)]) + SIX), (SIX_FINGERPRINT,)),
        (armor(bytes([0x99, 0, len(SIX)]) + SIX + bytes([0xD5, 192, 8]) + bytes(200)), (SIX_FINGERPRINT,)),
    ],
)
def test_fingerprints_are_those_of_gpg(text: str, fingerprints: tuple[str, ...]) -> None:
    assert public_key(text).fingerprints == fingerprints


@pytest.mark.parametrize("name", ["first", "first-extended", "second"])
def test_the_text_is_that_of_gpg_and_holds_nothing_else(name: str) -> None:
    hidden = armor(bytes([0xC6, len(SIX)]) + SIX).replace("\n", "\n> ")
    assert public_key(f"{hidden}\n{sample(name)}{hidden}").text == sample(name)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("<html>", "it is no armoured public key"),
        (f"{BEGIN}\n\nmQEN", "it is no armoured public key"),
        (f"{BEGIN}\nVersion: 1\nmQEN\n{END}\n", "its armour has no empty line after the headers"),
        (f"{BEGIN}\n\nmQ!N\n{END}\n", "its armour is no base64"),
        (f"{BEGIN}\n\n{END}\n", "it has no primary key"),
        (armor(b"text"), "it has something else where a packet should begin"),
        (armor(bytes([0x9B])), "it has a packet without a length"),
        (armor(bytes([0xC6, 0xE0])), "it has a packet without a length"),
        (armor(bytes([0xC6])), "it ends in the middle of a packet"),
        (armor(bytes([0xC6, 5, 4])), "it ends in the middle of a packet"),
        (armor(bytes([0x99, 1])), "it ends in the middle of a packet"),
        (armor(bytes([0xC6, 0xFF, 0, 0])), "it ends in the middle of a packet"),
        (armor(bytes([0xC5, 1, 4])), "it has a packet of type 5, which belongs in no public key"),
        (
            armor(bytes([0xC6, 1, 3])),
            "it has a key of version 3; only versions 4 and 6 have a fingerprint that can be relied on",
        ),
        (
            armor(bytes([0xC6, 0])),
            "it has a key of version 0; only versions 4 and 6 have a fingerprint that can be relied on",
        ),
    ],
)
def test_anything_else_is_refused(text: str, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        public_key(text)


@given(st.binary(max_size=300))
def test_what_is_read_is_what_is_written(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        key = public_key(armor(data))
        assert public_key(key.text) == key
        assert key.fingerprints


@pytest.mark.parametrize(
    "text", [FIRST, FIRST.lower(), "0x" + FIRST, "A265 8F28 6A43 AD00 CC19  2E20 5AB0 C6A2 08F8 4AE5"]
)
def test_a_pin_as_people_write_it(text: str) -> None:
    assert pin(text) == FIRST
    assert pin(SIX_FINGERPRINT) == SIX_FINGERPRINT


@pytest.mark.parametrize("text", ["", "08F84AE5", "5AB0C6A208F84AE5", FIRST + "0", "g" * 40])
def test_a_key_id_is_no_pin(text: str) -> None:
    with pytest.raises(
        ValueError, match=f"^{re.escape(repr(text))} is no fingerprint of 40 \\(or 64\\) hexadecimal digits$"
    ):
        pin(text)
