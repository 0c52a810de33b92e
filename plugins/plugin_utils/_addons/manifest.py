# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Upstream manifests, pinned by their checksum and kept on the control node."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import typing as t
import urllib.error
from pathlib import Path

from ansible.module_utils.urls import open_url
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import masked

ATTEMPTS = 3


def default_cache() -> Path:
    """Where manifests are kept between runs; a checksum names a file, so nothing there can go stale."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(root) / "homelab.kubernetes" / "manifests"


def download(source: str, *, attempts: int = ATTEMPTS, pause: float = 2.0) -> bytes:
    """Content of an http(s) or file URL, or of a path. Raises ValueError when it cannot be had."""
    url = source if "://" in source else Path(source).absolute().as_uri()
    for attempt in range(1, attempts + 1):
        try:
            # A token for a forge in ~/.netrc would follow its redirections to whatever stores its files.
            with open_url(url, timeout=15, use_netrc=False) as answer:
                return t.cast("bytes", answer.read())
        except (OSError, ValueError) as exc:
            final = isinstance(exc, urllib.error.HTTPError) and exc.code in (401, 403, 404, 410)
            if attempt == attempts or final or isinstance(exc, (FileNotFoundError, ValueError)):
                raise ValueError(masked(f"the manifest {source} cannot be read: {exc}")) from exc
            time.sleep(pause)
    raise AssertionError("unreachable")


def checked(path: Path, sha256: str) -> bytes | None:
    """Content of a kept manifest, none when it has another checksum: read once, so that what was checked is what is used."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def keep(path: Path, content: bytes) -> None:
    """Put a manifest into the cache in one step. The folder is for nobody else, also where an older version made it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.parent.stat()
    if status.st_uid == os.geteuid() and status.st_mode & 0o077:
        path.parent.chmod(0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
        stream.write(content)
    os.replace(stream.name, path)


def fetch_manifest(source: str, sha256: str, cache_dir: Path | None = None) -> str:
    """Text of a manifest whose content has the given checksum ("" takes any content and keeps no copy).

    Raises ValueError when it cannot be read or its checksum differs.
    """
    kept = (cache_dir or default_cache()) / sha256 if sha256 else None
    content = checked(kept, sha256) if kept else None
    if content is not None:
        return content.decode("utf-8")
    content = download(source)
    found = hashlib.sha256(content).hexdigest()
    if sha256 and found != sha256:
        raise ValueError(
            f"the manifest {masked(source)} has sha256 {found}, but {sha256} was pinned: it is not the file this version was tested "
            "with. If you changed the version or the file on purpose, set the checksum variable beside it too"
        )
    if kept:
        keep(kept, content)
    return content.decode("utf-8")


__all__ = ("fetch_manifest",)
