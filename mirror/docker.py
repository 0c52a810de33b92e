# SPDX-License-Identifier: GPL-3.0-or-later
"""The few things asked of Docker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .process import MirrorError, capture, run

KEY_LABEL = "homelab.kubernetes.key"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# An image that holds nothing: the programs of this machine run in its containers.
NOTHING = "homelab.kubernetes/nothing:latest"


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


def as_root(command: Sequence[str | Path], log: Path, *, readable: Sequence[Path], writable: Sequence[Path]) -> None:
    """Run a program of this machine as root of a container, for a user who may use Docker and has no sudo.

    It sees the system's programs and settings and ``readable`` as they are, changes ``writable`` alone, and has this
    machine's network and a /tmp of its own.
    """
    if not capture(["docker", "image", "ls", "--quiet", NOTHING]).strip():
        run(["sh", "-c", f"tar -cf - --files-from=/dev/null | docker import - {NOTHING}"], log)
    system = [Path(name) for name in ("/bin", "/etc", "/lib", "/lib64", "/sbin", "/usr") if Path(name).exists()]
    mounts = [word for path in (*system, *readable) for word in ("--volume", f"{path}:{path}:ro")]
    mounts += [word for path in writable for word in ("--volume", f"{path}:{path}")]
    rights = ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--security-opt=seccomp=unconfined"]
    rights += ["--security-opt=apparmor=unconfined", "--security-opt=label=disable"]
    words = ["--rm", "--network=host", f"--env=PATH={PATH}", *rights, *mounts, "--volume=/tmp", "--volume=/var/tmp"]
    run(["docker", "run", *words, NOTHING, *command], log)
