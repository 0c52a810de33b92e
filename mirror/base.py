# SPDX-License-Identifier: GPL-3.0-or-later
"""Base images: a small Debian from the host's own apt mirror."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from . import docker, hostapt
from .paths import PACKAGE, log_file
from .process import MirrorError, capture, retried, run

SUITES = ("trixie", "bookworm")
DPKG_OPTIONS = """\
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/info/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
"""
APT_OPTIONS = """\
Acquire::Languages "none";
Acquire::Retries "3";
APT::Install-Recommends "false";
"""


def image_name(suite: str) -> str:
    """Return the name of a base image."""
    return f"homelab.kubernetes/base:{suite}"


def overlay_files(suite: str, mirror: hostapt.DebianMirror, host_options: str) -> dict[str, str]:
    """Return the files a base tree has beyond its packages, by path."""
    return {
        "etc/apt/sources.list.d/debian.sources": hostapt.sources_text(mirror, suite),
        "etc/apt/apt.conf.d/90homelab": APT_OPTIONS + host_options,
        "etc/dpkg/dpkg.cfg.d/90homelab": DPKG_OPTIONS,
    }


def tree_key(suite: str, files: dict[str, str], script: str) -> str:
    """Return the hash of everything that decides what a tree holds, but for the packages' versions."""
    parts = [suite, script, *(f"{path}\0{text}" for path, text in sorted(files.items()))]
    return hashlib.sha256("\0\0".join(parts).encode()).hexdigest()[:16]


def ensure(suite: str) -> str:
    """Make a base image unless it is there; return its name."""
    mirror = hostapt.debian_mirror(hostapt.host_sources())
    files = overlay_files(suite, mirror, _host_options())
    key = tree_key(suite, files, (PACKAGE / "base-tree").read_text(encoding="utf-8"))
    image = image_name(suite)
    if docker.image_key(image) == key:
        return image
    print(f"        {image}: making it (debootstrap) ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="homelab-base-") as folder:
        _make(suite, mirror.archive, files, Path(folder), key)
    return image


def _host_options() -> str:
    """Return the options of the host's apt that its mirror needs; none on a host without apt."""
    try:
        return hostapt.kept_options(capture(["apt-config", "dump"]))
    except MirrorError:
        return ""


def _make(suite: str, archive: str, files: dict[str, str], folder: Path, key: str) -> None:
    """Make a tree and import it."""
    for name, text in files.items():
        path = folder / "overlay" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tar = folder / "tree.tar"
    log = log_file(f"base-{suite}")
    command: list[str | Path] = [PACKAGE / "base-tree", suite, archive, folder / "overlay", tar]
    retried(lambda: docker.as_root(command, log, readable=[PACKAGE], writable=[folder]))
    changes = [f"LABEL {docker.KEY_LABEL}={key}", "ENV PATH=" + docker.PATH, 'CMD ["/bin/bash"]']
    options = [word for change in changes for word in ("--change", change)]
    run(["docker", "import", *options, tar, image_name(suite)], log)
