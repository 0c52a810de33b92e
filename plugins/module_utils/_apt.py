# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Package sources of the Debian family in their deb822 form (sources.list(5))."""

from __future__ import annotations

import typing as t

KEY = ("-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----")


def deb822(uri: str, suite: str, components: t.Sequence[str], key: str) -> str:
    """A source's file; a suite that ends in ``/`` is a flat repository, which has no components."""
    lines = ["Types: deb", f"URIs: {uri}", f"Suites: {suite}"]
    if components:
        lines.append(f"Components: {' '.join(components)}")
    return "\n".join([*lines, f"Signed-By: {key}", ""])


def armored_key(content: bytes, url: str) -> str:
    """The text of an armoured OpenPGP key. Raises ValueError for anything else, such as a proxy's error page."""
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
    if not all(mark in text for mark in KEY):
        raise ValueError(f"what {url} serves is no armoured OpenPGP key; it begins with {text[:40]!r}")
    return text


__all__ = ("armored_key", "deb822")
