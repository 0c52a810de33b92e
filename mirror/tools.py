# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools image: packing, signing, pushing and serving happen in containers of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import derived

IMAGE = derived.image_name("tools")


def ensure() -> str:
    """Make the tools image unless it is there; return its key."""
    return derived.ensure("tools")


def command(words: Sequence[str], mounts: Mapping[Path, str], env: Mapping[str, str]) -> list[str]:
    """Return the docker command that runs something in the tools image as the calling user, without a network."""
    options = [word for source, target in mounts.items() for word in ("-v", f"{source}:{target}")]
    options += [word for name, value in {"HOME": "/tmp", **env}.items() for word in ("-e", f"{name}={value}")]
    user = f"{os.getuid()}:{os.getgid()}"
    confined = ["--network", "none", "--user", user, "--security-opt", "label=disable"]
    return ["docker", "run", "--rm", *confined, *options, IMAGE, *words]
