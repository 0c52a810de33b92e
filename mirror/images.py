# SPDX-License-Identifier: GPL-3.0-or-later
"""Build a component's images and push them into the registry's storage."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from . import derived, docker, tools
from .components import Component, Image
from .paths import IMAGES, cache_root, output_root
from .process import retried, run


def registry_path(name: str) -> str:
    """Return the path and tag under which the mirror holds an upstream image."""
    return name.partition("/")[2]


def link_or_copy(source: Path, target: Path) -> None:
    """Put a file or a folder somewhere else, a file without copying it where that is possible."""
    if source.is_dir():
        shutil.copytree(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def publish(component: Component, binaries: Path, log: Path) -> None:
    """Build a component's images and push them."""
    tools.ensure()
    registry = output_root() / "registry"
    registry.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="images-", dir=cache_root()) as folder:
        pairs = []
        for number, image in enumerate(component.images):
            archive = Path(folder) / f"{number}.tar"
            _archive(image, f"homelab.kubernetes/build:{component.name}-{number}", binaries, archive, log)
            pairs.append(f"/build/{archive.name}={registry_path(image.name)}")
        mounts = {Path(folder): "/build", registry: "/srv/mirror/registry"}
        run(tools.command(["push-images", *pairs], mounts, {}), log)


def _archive(image: Image, tag: str, binaries: Path, archive: Path, log: Path) -> None:
    """Build one image and save it as an archive."""
    if image.base:
        derived.ensure(image.base)
    context = archive.with_suffix(".context")
    context.mkdir()
    for name in image.files:
        link_or_copy(binaries / name, context / name)
    dockerfile = IMAGES / f"{image.dockerfile}.Dockerfile"
    retried(lambda: docker.build(tag, dockerfile, context, log, args=image.args))
    shutil.rmtree(context)
    run(["docker", "save", "-o", archive, tag], log)
    run(["docker", "image", "rm", tag], log)
