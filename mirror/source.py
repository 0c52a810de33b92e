# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab's artifacts come from: upstream where it can be reached, else the mirror built here."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from .process import MirrorError

# One address of each kind that a node needs: packages, images, a manifest.
UPSTREAM = (
    "https://pkgs.k8s.io/",
    "https://registry.k8s.io/v2/",
    "https://ghcr.io/v2/",
    "https://raw.githubusercontent.com/",
)


def answers(url: str) -> bool:
    """Whether anything answers there; a registry's 401 is an answer."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def choose() -> str:
    """Return ``upstream`` or ``mirror``, as LAB_SOURCE says or, for ``auto``, as upstream can be reached."""
    wish = os.environ.get("LAB_SOURCE", "auto") or "auto"
    if wish not in ("auto", "upstream", "mirror"):
        raise MirrorError(f"LAB_SOURCE is {wish!r}; it must be auto, upstream or mirror")
    if wish != "auto":
        return wish
    with ThreadPoolExecutor() as pool:
        return "upstream" if all(pool.map(answers, UPSTREAM)) else "mirror"
