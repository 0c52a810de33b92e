# SPDX-License-Identifier: GPL-3.0-or-later
"""Read components.yml: what is pinned, what it is made into, and the key of each build."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .paths import COMPONENTS_FILE, IMAGES, MODULES, PACKAGES
from .process import MirrorError

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Image:
    """A container image and what goes into it."""

    name: str
    dockerfile: str
    files: tuple[str, ...]
    args: Mapping[str, str]
    base: str


@dataclass(frozen=True)
class Deb:
    """A Debian package and what goes into it."""

    name: str
    package: str
    version: str
    repository: str
    control: Mapping[str, str]
    conffiles: tuple[str, ...]
    files: Mapping[str, str]

    @property
    def templates(self) -> Path:
        """Return the folder of the package's own files."""
        return PACKAGES / self.package

    @property
    def suite(self) -> str:
        """Return the suite this build is for; empty where one build serves all."""
        return self.name.partition("/")[2]


@dataclass(frozen=True)
class Manifest:
    """A file of a Go module that is served as it is."""

    name: str
    package: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Component:
    """Something built from one pinned upstream version."""

    name: str
    version: str
    date: str
    module: Path
    wanted_by: Mapping[str, Any]
    section: Mapping[str, Any]
    role: str = ""
    binaries: Mapping[str, str] = field(default_factory=dict)
    cgo: bool = False
    stamps: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Image, ...] = ()
    debs: tuple[Deb, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def wanted(self, variables: Mapping[str, Any]) -> bool:
        """Return whether a lab with these variables needs it."""
        return all(variables.get(name) == value for name, value in self.wanted_by.items())

    @property
    def bare(self) -> str:
        """Return the version without its leading v."""
        return self.version.removeprefix("v")


@dataclass(frozen=True)
class Pins:
    """All of components.yml."""

    components: Mapping[str, Component]
    repositories: Mapping[str, Mapping[str, Any]]
    toolchain: str
    toolchain_sha256: Sequence[str]


def architecture(machine: str = platform.machine()) -> str:
    """Return this machine's architecture as Debian and Go call it."""
    if machine not in ARCHITECTURES:
        raise MirrorError(f"no artifacts can be built on {machine}: only {', '.join(sorted(ARCHITECTURES))}")
    return ARCHITECTURES[machine]


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """Return a value of components.yml with {version} and the like put in."""
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace("{" + word + "}", text)
        return value
    if isinstance(value, dict):
        return {filled(key, words): filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, words) for item in value]
    return value


def parse_component(name: str, raw: Mapping[str, Any]) -> Component:
    """Return one component from its section."""
    version = str(raw["version"])
    bare = version.removeprefix("v")
    major, minor = bare.split(".")[:2]
    words = {"version": version, "bare": bare, "major": major, "minor": minor, "date": raw["date"]}
    section = filled(dict(raw), words)
    go = section.get("go", {})
    packages = go.get("stamp_packages")
    stamps = go.get("stamp", {})
    if packages:
        stamps = {f"{package}.{variable}": value for package in packages for variable, value in stamps.items()}
    return Component(
        name=name,
        version=version,
        date=section["date"],
        module=MODULES / section.get("module", name),
        wanted_by=section.get("wanted_by", {}),
        section=section,
        role=section.get("role", ""),
        binaries=go.get("binaries", {}),
        cgo=go.get("cgo", False),
        stamps=stamps,
        images=tuple(_image(image, data) for image, data in section.get("images", {}).items()),
        debs=tuple(_deb(deb, data) for deb, data in section.get("debs", {}).items()),
        manifests=tuple(Manifest(name=file, **data) for file, data in section.get("manifests", {}).items()),
        files=section.get("files", {}),
    )


def _image(name: str, raw: Mapping[str, Any]) -> Image:
    """Return one image from its section."""
    return Image(name, raw["dockerfile"], tuple(raw["files"]), raw.get("args", {}), raw.get("base", ""))


def _deb(name: str, raw: Mapping[str, Any]) -> Deb:
    """Return one package from its section."""
    own = ("repository", "version", "conffiles", "files")
    return Deb(
        name=name,
        package=name.partition("/")[0],
        version=raw["version"],
        repository=raw["repository"],
        control={key: value for key, value in raw.items() if key not in own},
        conffiles=tuple(raw.get("conffiles", ())),
        files=raw["files"],
    )


def load(path: Path = COMPONENTS_FILE) -> Pins:
    """Read components.yml."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    components = {name: parse_component(name, section) for name, section in raw["components"].items()}
    return Pins(components, raw["repositories"], raw["toolchain"], raw["toolchain_sha256"])


def chosen(pins: Pins, names: Iterable[str], variables: Mapping[str, Any]) -> list[Component]:
    """Return the components that are named, else all that a lab with these variables needs."""
    named = list(names)
    unknown = sorted(set(named) - set(pins.components))
    if unknown:
        raise MirrorError(f"unknown component {', '.join(unknown)}; there are: {', '.join(pins.components)}")
    return [item for item in pins.components.values() if (item.name in named if named else item.wanted(variables))]


def read_variables(paths: Iterable[Path]) -> dict[str, Any]:
    """Return the variables of several files, later ones over earlier ones, templates as they stand."""
    found: dict[str, Any] = {}
    for path in paths:
        found.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    return found


def pin_files(component: Component) -> list[Path]:
    """Return the files, beyond its section, that decide what a component's build holds."""
    files = [component.module / "go.mod", component.module / "go.sum"]
    files += [IMAGES / f"{image.dockerfile}.Dockerfile" for image in component.images]
    for deb in component.debs:
        files += sorted(path for path in deb.templates.glob("*") if path.is_file())
    return sorted(set(files))


def key_of(section: Mapping[str, Any], files: Mapping[str, bytes], machine: str) -> str:
    """Return the hash of a component's pins."""
    digest = hashlib.sha256(json.dumps([machine, section], sort_keys=True).encode())
    for name, content in sorted(files.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def key(component: Component) -> str:
    """Return the key of a component as it is pinned now."""
    root = COMPONENTS_FILE.parent
    files = {str(path.relative_to(root)): path.read_bytes() for path in pin_files(component)}
    return key_of(component.section, files, architecture())
