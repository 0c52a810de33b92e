# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the mirror on a Docker network."""

from __future__ import annotations

import hashlib
import time

from . import docker, tools
from .paths import output_root
from .process import MirrorError, capture

NAME = "homelab-mirror"
READY_SECONDS = 30


def container_key(image_key: str, place: str, network: str, ip: str) -> str:
    """Return the hash of what a serving container depends on."""
    return hashlib.sha256("\0".join([image_key, place, network, ip]).encode()).hexdigest()[:16]


def _inspect(name: str) -> tuple[str, bool] | None:
    """Return the key of a container and whether it runs; none when there is no such container."""
    template = '{{ .State.Running }} {{ index .Config.Labels "' + docker.KEY_LABEL + '" }}'
    try:
        running, _, key = capture(["docker", "container", "inspect", "--format", template, name]).strip().partition(" ")
    except MirrorError as exc:
        if "No such container" in str(exc):
            return None
        raise
    return key, running == "true"


def serve(network: str, ip: str, name: str = NAME) -> None:
    """Make sure a container serves the mirror on this network under this address."""
    output = output_root()
    if not (output / "www").is_dir():
        raise MirrorError("there is nothing to serve yet: run `python -m mirror build` first")
    network_id = capture(["docker", "network", "inspect", "--format", "{{ .Id }}", network]).strip()
    place = f"{output} {output.stat().st_ino}"
    key = container_key(tools.ensure(), place, network_id, ip)
    found = _inspect(name)
    if found == (key, True):
        print(f"{name}: serves http://{ip} already")
        return
    unserve(name)
    (output / "registry").mkdir(exist_ok=True)
    options = ["--network", network, "--ip", ip, "--label", f"{docker.KEY_LABEL}={key}", "--restart", "unless-stopped"]
    options += ["--security-opt", "label=disable", "-v", f"{output}:/srv/mirror:ro"]
    capture(["docker", "run", "--detach", "--name", name, *options, tools.IMAGE, "serve-mirror"])
    _wait(name)
    print(f"{name}: serves http://{ip} and http://{ip}:5000")


def _wait(name: str) -> None:
    """Wait until both servers answer."""
    urls = ["http://127.0.0.1/", "http://127.0.0.1:5000/v2/"]
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            capture(["docker", "exec", name, "curl", "-fsS", "-o", "/dev/null", *urls[:1], "-o", "/dev/null", urls[1]])
            return
        except MirrorError as exc:
            if time.monotonic() > deadline:
                raise MirrorError(f"{name} does not answer; see `docker logs {name}`\n{exc}") from exc
            time.sleep(0.2)


def unserve(name: str = NAME) -> None:
    """Remove the serving container; another one's container is left alone."""
    found = _inspect(name)
    if found is None:
        return
    if not found[0]:
        raise MirrorError(f"there is a container {name} that this did not make")
    capture(["docker", "rm", "--force", name])
