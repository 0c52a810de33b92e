# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of the project's own on top of the base image, one per folder of images/."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from . import base, docker
from .paths import IMAGES, PACKAGE, log_file
from .process import retried


def image_name(name: str) -> str:
    """Return the name of a derived image."""
    return f"homelab.kubernetes/{name}:latest"


def image_key(base_key: str, files: Mapping[str, bytes]) -> str:
    """Return the hash of what an image is made of."""
    digest = hashlib.sha256(base_key.encode())
    for name, content in sorted(files.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def ensure(name: str) -> str:
    """Make a base or derived image unless it is there; return its key."""
    if name in base.SUITES:
        return docker.image_key(base.ensure(name))
    folder = IMAGES / name
    base_key = docker.image_key(base.ensure("trixie"))
    key = image_key(base_key, {path.name: path.read_bytes() for path in folder.iterdir()})
    image = image_name(name)
    if docker.image_key(image) != key:
        print(f"        {image}: making it ...", flush=True)
        labels = {docker.KEY_LABEL: key}
        log = log_file(f"image-{name}")
        retried(lambda: docker.build(image, folder / "Dockerfile", folder, log, labels=labels))
    return key


def node(suite: str) -> str:
    """Make the image of container nodes with its base; return its name. Docker's own cache decides what is built anew."""
    base.ensure(suite)
    image, folder = f"homelab.kubernetes/node:{suite}", PACKAGE.parent / "molecule/shared/node"
    log = log_file(f"node-{suite}")
    retried(lambda: docker.build(image, folder / "Dockerfile", folder, log, args={"SUITE": suite}))
    return image
