# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources.apt import (
    Source,
    armored_key,
    deb822,
    refuse_login,
    refuse_second,
    refuse_stranger,
    refuse_unpinned,
    replacement,
    sources,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources.openpgp import Key

FIRST, SECOND, THIRD = "1" * 40, "2" * 40, "3" * 40


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


def test_armored_key(fixtures: Path) -> None:
    text = (fixtures / "openpgp/first.asc").read_text()
    assert armored_key(text.encode(), "u") == Key(text, ("A2658F286A43AD00CC192E205AB0C6A208F84AE5",))


@pytest.mark.parametrize(
    ("content", "begins"),
    [(b"<html>login</html>", "'<html>login</html>'"), (b"", "''"), (b"\x99\x01\r\n", "'\ufffd\\x01\\r\\n'")],
)
def test_something_else_is_no_key(content: bytes, begins: str) -> None:
    error = (
        f"what https://p/key serves is no armoured OpenPGP key: it is no armoured public key; it begins with {begins}"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        armored_key(content, "https://p/key")


def test_a_login_is_refused_and_not_shown() -> None:
    refuse_login("https://p/deb")
    error = (
        "the package source https://***@p/deb holds a login, which every user of the host could read: write `machine HOST login "
        "NAME password SECRET` into a file of mode 0600 in /etc/apt/auth.conf.d on the hosts, and let the mirror serve the key, "
        "which is public, without a login"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        refuse_login("https://anna:secret@p/deb")


@pytest.mark.parametrize(("url", "pins"), [("https://p/key", []), ("file:///p/key", []), ("http://p/key", [FIRST])])
def test_a_key_over_tls_or_with_a_pin(url: str, pins: list[str]) -> None:
    refuse_unpinned(url, pins)


def test_a_key_that_anybody_can_replace() -> None:
    error = (
        "the key of the package source would come from http://p/key, where anybody on the way can put another in its place, and "
        "packages of theirs with it: serve it over https://, or name its fingerprint (`gpg --show-keys FILE` prints it; for our "
        "mirror `python -m mirror vars`) in key_fingerprints"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        refuse_unpinned("http://p/key", [])


@pytest.mark.parametrize(
    ("keys", "pins"), [([FIRST], []), ([FIRST], [SECOND, FIRST]), ([FIRST, SECOND], [SECOND, FIRST])]
)
def test_keys_that_are_known(keys: list[str], pins: list[str]) -> None:
    refuse_stranger(Key("", tuple(keys)), pins, "https://p/key")


@pytest.mark.parametrize(("keys", "pins"), [([SECOND], [FIRST]), ([FIRST, SECOND], [FIRST])])
def test_every_key_in_the_file_must_be_known(keys: list[str], pins: list[str]) -> None:
    error = (
        f"https://p/key has the key {SECOND}, but key_fingerprints admits only {FIRST}: whoever holds that key could install "
        "anything as root. Add it only if the vendor publishes it as its new key"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        refuse_stranger(Key("", tuple(keys)), pins, "https://p/key")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([], [FIRST], False),
        ([FIRST], [FIRST], False),
        ([FIRST], [SECOND, FIRST], False),
        ([FIRST, SECOND], [SECOND], False),
        ([FIRST, SECOND], [THIRD], True),
    ],
)
def test_a_replaced_key(before: list[str], after: list[str], told: bool) -> None:
    text = (
        f"the package source has another key: {FIRST}, {SECOND} was there, and https://p/key now serves {THIRD}. Look whether the "
        "vendor has announced it; key_fingerprints admits one key only"
    )
    was = Key("", tuple(before)) if before else None
    assert replacement(was, Key("", tuple(after)), "https://p/key") == (text if told else "")


K8S = "https://pkgs.k8s.io/core:/stable:/v1.37/deb/"
OURS = Source("/etc/apt/sources.list.d/kubernetes.sources", K8S, "/", "/etc/apt/keyrings/kubernetes.asc")
LIST = "/etc/apt/sources.list.d/kubernetes.list"
OTHER = "/etc/apt/keyrings/kubernetes-apt-keyring.gpg"


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (LIST, f"# a comment\ndeb [arch=amd64 signed-by={OTHER}] {K8S} /\n", [Source(LIST, K8S, "/", OTHER)]),
        (LIST, f"deb {K8S} /\n#deb http://x y\n", [Source(LIST, K8S, "/", "")]),
        (
            "/etc/apt/sources.list.d/docker.sources",
            "Types: deb\nURIs: https://a https://b\nSuites: trixie\nComponents: stable\nSigned-By:\n -----BEGIN\n .\n\n"
            "Types: deb\nURIs: https://c\nSuites: /\nEnabled: no\n",
            [
                Source("/etc/apt/sources.list.d/docker.sources", "https://a", "trixie", " -----BEGIN ."),
                Source("/etc/apt/sources.list.d/docker.sources", "https://b", "trixie", " -----BEGIN ."),
            ],
        ),
        (LIST, "", []),
    ],
)
def test_sources(file: str, text: str, expected: list[Source]) -> None:
    assert sources(file, text) == expected


@pytest.mark.parametrize(
    "other",
    [
        OURS,
        Source(LIST, K8S, "/", OURS.signed_by),
        Source(LIST, K8S.replace("1.37", "1.36"), "/", OTHER),
        Source(LIST, K8S, "stable", OTHER),
    ],
)
def test_another_source_is_nobodys_business(other: Source) -> None:
    refuse_second([other], OURS)


@pytest.mark.parametrize(("signed_by", "told"), [(OTHER, OTHER), ("", "any trusted key")])
def test_one_source_with_two_keys_is_refused_before_apt_refuses_all(signed_by: str, told: str) -> None:
    message = (
        f"{K8S} is a package source of this host already, signed by {told}, and apt reads nothing at all where two keys stand "
        f"for one source: remove the other one (`rm {LIST}`) and run again"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        refuse_second([Source(LIST, K8S.rstrip("/"), "/", signed_by)], OURS)
