# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask registries for versions, through the clients and the configuration of this machine. No answer of theirs is passed on but versions."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from . import toolchain
from .components import Pins
from .outdated import Answer, Pin, Row, action_pins, component_pins, judged, matrix_pins, requirement_pins, role_pins
from .paths import COMPONENTS_FILE, PACKAGE
from .process import MirrorError, capture

ROOT = PACKAGE.parent
MATRIX = "tests/versions/matrix.yml"
SECONDS = 60
# They wait for answers, but pip and go are programs that want a processor too.
AT_ONCE = 4


def _raw(path: str | Path) -> Any:
    """Return what a YAML file of the repository holds."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def all_pins(pins: Pins) -> Iterator[Pin]:
    """Yield everything that is pinned, place by place."""
    place = "mirror/components.yml"
    held: Mapping[str, Mapping[str, str]] = _raw(COMPONENTS_FILE)["held"]
    for component in pins.components.values():
        yield from component_pins(place, component, (component.module / "go.mod").read_text(encoding="utf-8"), held)
    matrix = _raw(MATRIX)
    lowest = str(matrix[0]["pythons"][0])
    yield from requirement_pins(place, pins.toolchain, lowest)
    for path in sorted(ROOT.glob("roles/*/defaults/main.yml")):
        yield from role_pins(str(path.relative_to(ROOT)), _raw(path) or {})
    for path in (*sorted(ROOT.glob("requirements*.txt")), ROOT / "tests/package-tools.txt"):
        yield from requirement_pins(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), lowest)
    yield from matrix_pins(MATRIX, matrix)
    for path in sorted(ROOT.glob(".github/workflows/*.yml")):
        yield from action_pins(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))


def tag_names(text: str) -> list[str]:
    """Return the tags that `git ls-remote --tags` lists."""
    return re.findall(r"^[0-9a-f]+\trefs/tags/(\S+?)(?:\^\{\})?$", text, re.MULTILINE)


def listed_versions(text: str) -> list[str]:
    """Return the versions that `pip index versions` lists."""
    match = re.search(r"^Available versions: (.*)$", text, re.MULTILINE)
    return match[1].split(", ") if match else []


def module_versions(text: str) -> list[str]:
    """Return the versions that `go list -m -versions -json` lists."""
    return list(json.loads(text).get("Versions", []))


def _go(go: Path, pin: Pin) -> Answer:
    """Ask the Go module proxy that this machine's go uses."""
    env = {"GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local"}
    with tempfile.TemporaryDirectory() as folder:  # outside any module
        command: list[str | Path] = [go, "-C", folder, "list", "-m", "-versions", "-json", pin.address]
        return Answer(module_versions(capture(command, env=env, seconds=SECONDS)))


def _pypi(pin: Pin) -> Answer:
    """Ask the package index that this machine's pip uses."""
    command = [sys.executable, "-m", "pip", "index", "versions", pin.address, "--disable-pip-version-check"]
    command += ["--python-version", pin.python, "--only-binary", ":all:"]
    return Answer(listed_versions(capture(command, seconds=SECONDS)))


def _github(pin: Pin) -> Answer:
    """Ask GitHub for a repository's tags."""
    address = f"https://github.com/{pin.address}"
    return Answer(
        tag_names(capture(["git", "ls-remote", "--tags", address], env={"GIT_TERMINAL_PROMPT": "0"}, seconds=SECONDS))
    )


def answer(go: Path, pin: Pin) -> Answer:
    """Ask whoever knows newer versions of a pin. Why it failed is told in words of our own: theirs name machines and addresses."""
    try:
        if pin.registry == "go":
            return _go(go, pin)
        if pin.registry == "pypi":
            return _pypi(pin)
        if pin.registry == "github":
            return _github(pin)
    except MirrorError:
        who = {"go": "the Go module proxy does not serve it", "pypi": "the package index does not know it"}
        return Answer(problem=who.get(pin.registry, "GitHub cannot be asked from here"))
    return Answer(problem="image registries are not asked")


def rows(pins: Pins) -> Sequence[Row]:
    """Ask for everything that is pinned, each address once."""
    go = toolchain.find(pins.toolchain, pins.toolchain_sha256)
    found = list(all_pins(pins))
    asked = {(pin.registry, pin.address, pin.python): pin for pin in found}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(asked, pool.map(lambda pin: answer(go, pin), asked.values())))
    return [judged(pin, answers[pin.registry, pin.address, pin.python]) for pin in found]
