# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._apt import armored_key, deb822

KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n-----END PGP PUBLIC KEY BLOCK-----\n"


@pytest.mark.parametrize(
    ("suite", "components", "expected"),
    [
        ("/", [], "Types: deb\nURIs: https://p/deb/\nSuites: /\nSigned-By: /k.asc\n"),
        (
            "noble",
            ["stable"],
            "Types: deb\nURIs: https://p/deb/\nSuites: noble\nComponents: stable\nSigned-By: /k.asc\n",
        ),
        ("noble", ["a", "b"], "Types: deb\nURIs: https://p/deb/\nSuites: noble\nComponents: a b\nSigned-By: /k.asc\n"),
    ],
)
def test_deb822(suite: str, components: list[str], expected: str) -> None:
    assert deb822("https://p/deb/", suite, components, "/k.asc") == expected


@pytest.mark.parametrize("content", [KEY, KEY.replace("\n", "\r\n")])
def test_armored_key(content: str) -> None:
    assert armored_key(content.encode(), "u") == KEY


@pytest.mark.parametrize(
    ("content", "begins"),
    [(b"<html>login</html>", "'<html>login</html>'"), (b"", "''"), (b"\x99\x01\r\n", "'\ufffd\\x01\\n'")],
)
def test_something_else_is_no_key(content: bytes, begins: str) -> None:
    error = f"what https://p/key serves is no armoured OpenPGP key; it begins with {begins}"
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        armored_key(content, "https://p/key")
