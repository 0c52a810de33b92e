# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Addresses that carry a login (RFC 3986 section 3.2.1), and addresses that anybody on the way can answer for."""

from __future__ import annotations

import re

_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")


def has_login(url: str) -> bool:
    """Whether an address begins with a name or a password, as in ``https://anna:secret@mirror/``."""
    return re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]*@", url) is not None


def masked(text: str) -> str:
    """A text without the logins of the addresses in it: messages end in terminals, logs and reports."""
    return _LOGIN.sub("***@", text)


def is_protected(url: str) -> bool:
    """Whether nobody on the way can replace what an address serves: TLS, or a file of the host itself."""
    return url.strip().lower().startswith(("https://", "file:///"))


__all__ = ("has_login", "is_protected", "masked")
