# SPDX-License-Identifier: GPL-3.0-or-later
"""The few things asked of Docker."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .process import MirrorError, capture, run

KEY_LABEL = "homelab.kubernetes.key"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def image_key(image: str) -> str:
    """Return the key an image was made with; empty when there is no such image."""
    template = '{{ index .Config.Labels "' + KEY_LABEL + '" }}'
    try:
        return capture(["docker", "image", "inspect", "--format", template, image]).strip()
    except MirrorError as exc:
        if "No such image" in str(exc):
            return ""
        raise


def build(
    image: str,
    dockerfile: Path,
    context: Path,
    log: Path,
    *,
    labels: Mapping[str, str] | None = None,
    args: Mapping[str, str] | None = None,
) -> None:
    """Build an image."""
    options = [word for name, value in (labels or {}).items() for word in ("--label", f"{name}={value}")]
    options += [word for name, value in (args or {}).items() for word in ("--build-arg", f"{name}={value}")]
    run(["docker", "build", "--force-rm", "-t", image, "-f", dockerfile, *options, context], log)
