# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import has_login, is_protected, masked
from hypothesis import given
from hypothesis import strategies as st

WORD = st.text("abcdefghij@:%$!~.-", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("url", "login", "shown"),
    [
        ("https://mirror/deb", False, "https://mirror/deb"),
        ("https://anna:secret@mirror/deb", True, "https://***@mirror/deb"),
        (" HTTP://token@[2001:db8::1]:5000", True, " HTTP://***@[2001:db8::1]:5000"),
        ("https://anna:p@ss@mirror", True, "https://***@mirror"),
        ("https://mirror/a@b", False, "https://mirror/a@b"),
        ("https://mirror?a@b", False, "https://mirror?a@b"),
        ("/srv/manifests/a@b.yml", False, "/srv/manifests/a@b.yml"),
        ("registry.k8s.io/pause@sha256:1", False, "registry.k8s.io/pause@sha256:1"),
        (
            "no answer from http://a:b@m1/x, then https://c@m2: timed out",
            False,
            "no answer from http://***@m1/x, then https://***@m2: timed out",
        ),
    ],
)
def test_logins(url: str, login: bool, shown: str) -> None:
    assert has_login(url) is login
    assert masked(url) == shown


@given(WORD, WORD)
def test_a_password_is_never_shown(name: str, password: str) -> None:
    url = f"https://{name}:{password}0123456789@mirror/x"
    assert has_login(url)
    assert masked(f"see {url}.") == "see https://***@mirror/x."


@pytest.mark.parametrize(
    ("url", "protected"),
    [
        ("https://mirror/key", True),
        ("HTTPS://mirror/key", True),
        ("file:///srv/key", True),
        ("http://mirror/key", False),
        ("ftp://mirror/key", False),
        ("file://mirror/key", False),
        ("", False),
    ],
)
def test_protected(url: str, protected: bool) -> None:
    assert is_protected(url) is protected
