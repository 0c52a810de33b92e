# SPDX-License-Identifier: GPL-3.0-or-later
"""Build what is missing, component by component, then write the tree that is served."""

from __future__ import annotations

import calendar
import fcntl
import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import compiling, images, repository, toolchain, tools
from .components import Component, Pins, architecture, chosen, key, load
from .packing import lay_out
from .paths import cache_root, log_file, output_root
from .process import MirrorError, run

DONE = "done"


def folder_of(component: Component) -> Path:
    """Return the folder of a component's build with its present pins."""
    return cache_root() / "components" / component.name / key(component)


def is_built(folder: Path) -> bool:
    """Return whether a build is complete."""
    return (folder / DONE).is_file()


def pushed_stamp(component: Component) -> Path:
    """Return the file that says which build's images the registry holds."""
    return output_root() / "registry" / "stamps" / component.name


def is_pushed(component: Component, folder: Path) -> bool:
    """Return whether the registry holds this build's images."""
    stamp = pushed_stamp(component)
    return not component.images or (stamp.is_file() and stamp.read_text(encoding="utf-8") == folder.name)


def build(names: Sequence[str], variables: Mapping[str, Any]) -> int:
    """Build the named components, or all that a lab with these variables needs; return the exit code."""
    pins = load()
    selected = chosen(pins, names, variables)
    with locked():
        failed = _build_all(pins, selected)
    if failed:
        print(f"could not be had: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


@contextmanager
def locked() -> Iterator[None]:
    """Hold the cache's lock: one build at a time writes it."""
    path = cache_root() / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another build is under way: waiting for it ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build_all(pins: Pins, selected: Sequence[Component]) -> list[str]:
    """Build components one after the other and write the tree; return what failed."""
    failed = []
    for number, component in enumerate(selected, 1):
        print(f"[{number:2}/{len(selected)}] {component.name} {component.bare} ... ", end="", flush=True)
        try:
            _build_one(pins, component)
        except MirrorError as exc:
            failed.append(component.name)
            print(f"        {component.name} failed: {exc}", flush=True)
    try:
        _write_tree(pins)
    except MirrorError as exc:
        failed.append("www")
        print(f"the repositories failed: {exc}", flush=True)
    return failed


def _build_one(pins: Pins, component: Component) -> None:
    """Build one component unless it is there."""
    folder = folder_of(component)
    if is_built(folder) and is_pushed(component, folder):
        print("cached", flush=True)
        return
    print("building", flush=True)
    begun = time.monotonic()
    log = log_file(component.name)
    log.unlink(missing_ok=True)
    if not is_built(folder):
        _make(pins, component, folder, log)
    if component.images:
        images.publish(component, folder / "bin", log)
        stamp = pushed_stamp(component)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(folder.name, encoding="utf-8")
    print(f"        done in {time.monotonic() - begun:.0f} s", flush=True)


def _make(pins: Pins, component: Component, folder: Path, log: Path) -> None:
    """Compile a component, pack its packages and take its manifests."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    go = toolchain.find(pins.toolchain, pins.toolchain_sha256)
    compiling.build(component, go, folder / "bin", log)
    for name, tree in component.files.items():
        copy_tree(compiling.module_directory(go, component, tree["package"]) / tree["path"], folder / "bin" / name)
    if component.debs:
        _pack(component, folder, log)
    for manifest in component.manifests:
        source = compiling.module_directory(go, component, manifest.package) / manifest.path
        content = source.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != manifest.sha256:
            raise MirrorError(f"{manifest.name} has sha256 {found}, pinned is {manifest.sha256}")
        (folder / "manifests").mkdir(exist_ok=True)
        (folder / "manifests" / manifest.name).write_bytes(content)
    (folder / DONE).touch()
    _prune(folder)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder of the module cache, where everything is read-only, with ordinary modes."""
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _prune(folder: Path) -> None:
    """Remove a component's older builds but the last one before this."""
    others = [path for path in folder.parent.iterdir() if path != folder]
    for path in sorted(others, key=lambda path: path.stat().st_mtime)[:-1]:
        shutil.rmtree(path)


def _pack(component: Component, folder: Path, log: Path) -> None:
    """Pack a component's Debian packages."""
    tools.ensure()
    trees = folder / "trees"
    for number, deb in enumerate(component.debs):
        lay_out(deb, folder / "bin", trees / str(number), architecture())
    epoch = time.strptime(component.date, "%Y-%m-%dT%H:%M:%SZ")
    env = {"SOURCE_DATE_EPOCH": str(calendar.timegm(epoch))}
    run(tools.command(["pack-debs"], {folder: "/build"}, env), log)
    shutil.rmtree(trees)


def _write_tree(pins: Pins) -> None:
    """Write www/ from every complete build unless it is what is there."""
    folders = [(item, folder_of(item)) for item in pins.components.values() if item.debs or item.manifests]
    built = [(item, folder) for item, folder in folders if is_built(folder)]
    wanted = "".join(f"{item.name} {folder.name}\n" for item, folder in built)
    if wanted == repository.stamp():
        return
    print("apt repositories and manifests ... ", end="", flush=True)
    begun = time.monotonic()
    log = log_file("www")
    log.unlink(missing_ok=True)
    repository.write(pins, built, wanted, log)
    print(f"done in {time.monotonic() - begun:.0f} s", flush=True)
