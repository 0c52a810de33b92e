# SPDX-License-Identifier: GPL-3.0-or-later
"""Compile a component: its Go packages in one build, or its one C file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from .components import Component
from .process import MirrorError, capture, retried, run

PROGRESS_SECONDS = 15


def link_flags(component: Component) -> str:
    """Return the linker's flags: no symbols, the version stamped, static where C is in it."""
    flags = ["-s", "-w", *(f"-X '{name}={value}'" for name, value in component.stamps.items())]
    if component.cgo:
        flags += ["-linkmode external", "-extldflags '-static'"]
    return " ".join(flags)


def environment(component: Component) -> dict[str, str]:
    """Return the variables of the go command for a component."""
    return {
        "CGO_ENABLED": "1" if component.cgo else "0",
        "GOFLAGS": "-mod=readonly -buildvcs=false -trimpath",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }


def progress_text(name: str, seconds: float, done: int, total: int) -> str:
    """Return a line on a step under way."""
    if total:
        return f"        {name}: {int(seconds)} s, {done} of at most {total} packages compiled"
    return f"        {name}: {int(seconds)} s, {done} modules fetched"


def compiled_packages(text: str) -> int:
    """Return how many packages `go build -v` has named."""
    return len(re.findall(r"^[\w.\-~]+(?:/[\w.\-~]+)*$", text, re.MULTILINE))


def fetched_modules(text: str) -> int:
    """Return how many modules the go command said it downloads."""
    return len(re.findall(r"^go: downloading ", text, re.MULTILINE))


def reporter(name: str, log: Path, total: int) -> Callable[[float], None]:
    """Return a watch for the go command that prints a line every so often."""
    start = log.stat().st_size if log.exists() else 0
    count = compiled_packages if total else fetched_modules
    printed = 0.0

    def watch(seconds: float) -> None:
        nonlocal printed
        if seconds - printed >= PROGRESS_SECONDS:
            printed = seconds
            said = log.read_bytes()[start:].decode(errors="replace")
            print(progress_text(name, seconds, count(said), total), flush=True)

    return watch


def list_packages(component: Component, go: Path, log: Path) -> int:
    """Download what a build needs, checked against go.sum; return how many packages it has."""
    start = log.stat().st_size if log.exists() else 0
    command: list[str | Path] = [
        go,
        "-C",
        component.module,
        "list",
        "-deps",
        "-f",
        "{{.ImportPath}}",
        *component.binaries.values(),
    ]
    env = environment(component)
    retried(lambda: run(command, log, env=env, watch=reporter(component.name, log, 0)))
    return compiled_packages(log.read_bytes()[start:].decode(errors="replace"))


def go_build(component: Component, go: Path, target: Path, log: Path) -> None:
    """Build a component's Go packages into a folder, under the names components.yml gives them."""
    total = list_packages(component, go, log)
    target.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = ["nice", go, "-C", component.module, "build", "-v", "-ldflags", link_flags(component)]
    command += ["-o", f"{target}/", *component.binaries.values()]
    run(command, log, env=environment(component), watch=reporter(component.name, log, total))
    for binary, package in component.binaries.items():
        built = target / default_binary(package)
        if built.name != binary:
            built.rename(target / binary)


def default_binary(package: str) -> str:
    """Return the name go build gives to a package's program."""
    *_, before, last = ["", *package.split("/")]
    return before if re.fullmatch(r"v[2-9]\d*", last) else last


def module_directory(go: Path, component: Component, module: str) -> Path:
    """Return the folder of a Go module a component requires, downloaded and checked against go.sum."""
    env = environment(component)
    found: list[Path] = []

    def download() -> None:
        told = json.loads(capture([go, "-C", component.module, "mod", "download", "-json", module], env=env))
        found.append(Path(told["Dir"]))

    retried(download)
    return found[-1]


def c_build(component: Component, go: Path, target: Path, log: Path) -> None:
    """Build a component's one C file."""
    made = component.section["c"]
    source = module_directory(go, component, made["package"]) / made["source"]
    target.mkdir(parents=True, exist_ok=True)
    run([os.environ.get("CC", "gcc"), *made["flags"], "-s", "-o", target / made["binary"], source], log)


def build(component: Component, go: Path, target: Path, log: Path) -> None:
    """Build everything a component is compiled to."""
    if component.binaries:
        go_build(component, go, target, log)
    if "c" in component.section:
        c_build(component, go, target, log)
    missing = [name for name in component.binaries if not (target / name).is_file()]
    if missing:
        raise MirrorError(f"the build made no {', '.join(missing)}")
