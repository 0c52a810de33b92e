# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading components.yml and computing keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mirror.components import (
    Component,
    Pins,
    architecture,
    chosen,
    filled,
    key,
    key_of,
    load,
    parse_component,
    pin_files,
    read_variables,
)
from mirror.paths import IMAGES, PACKAGE
from mirror.process import MirrorError

ROLES = PACKAGE.parent / "roles"
RAW: dict[str, Any] = {
    "version": "v1.2.3",
    "date": "2026-01-02T03:04:05Z",
    "go": {
        "binaries": {"tool": "example.invalid/tool"},
        "stamp_packages": ["example.invalid/a", "example.invalid/b"],
        "stamp": {"version": "{version}", "minor": "{minor}"},
    },
    "images": {"registry.invalid/tool:{version}": {"dockerfile": "pause", "files": ["tool"]}},
}


@pytest.fixture(name="pins", scope="module")
def fixture_pins() -> Pins:
    return load()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{version}", "v1.2.3"),
        ("x-{bare}-{unknown}", "x-1.2.3-{unknown}"),
        ({"{bare}": ["{version}", 1]}, {"1.2.3": ["v1.2.3", 1]}),
        (True, True),
    ],
)
def test_filled(value: object, expected: object) -> None:
    assert filled(value, {"version": "v1.2.3", "bare": "1.2.3"}) == expected


def test_parse_component() -> None:
    found = parse_component("tool", RAW)
    assert found.bare == "1.2.3"
    assert found.module.name == "tool"
    assert found.images[0].name == "registry.invalid/tool:v1.2.3"
    assert found.stamps == {
        "example.invalid/a.version": "v1.2.3",
        "example.invalid/a.minor": "2",
        "example.invalid/b.version": "v1.2.3",
        "example.invalid/b.minor": "2",
    }


@pytest.mark.parametrize(
    ("section", "files", "machine"),
    [
        ({"version": "v2"}, {"go.sum": b"one"}, "amd64"),
        ({"version": "v1"}, {"go.sum": b"two"}, "amd64"),
        ({"version": "v1"}, {"go.mod": b"one"}, "amd64"),
        ({"version": "v1"}, {"go.sum": b"one", "more": b""}, "amd64"),
        ({"version": "v1"}, {"go.sum": b"one"}, "arm64"),
    ],
)
def test_key_of_differs(section: dict[str, str], files: dict[str, bytes], machine: str) -> None:
    assert key_of(section, files, machine) != key_of({"version": "v1"}, {"go.sum": b"one"}, "amd64")


def test_key_of_does_not_know_order() -> None:
    assert key_of({"a": 1, "b": 2}, {"x": b"1", "y": b"2"}, "amd64") == key_of(
        {"b": 2, "a": 1}, {"y": b"2", "x": b"1"}, "amd64"
    )


@pytest.mark.parametrize(("machine", "expected"), [("x86_64", "amd64"), ("aarch64", "arm64")])
def test_architecture(machine: str, expected: str) -> None:
    assert architecture(machine) == expected


def test_architecture_unknown() -> None:
    with pytest.raises(MirrorError, match=r"^no artifacts can be built on riscv64: only aarch64, x86_64$"):
        architecture("riscv64")


def test_chosen() -> None:
    one = parse_component("one", RAW)
    two = parse_component("two", {**RAW, "wanted_by": {"cluster_cni": "two"}})
    pins = Pins({"one": one, "two": two}, {}, "", ())
    assert chosen(pins, [], {}) == [one]
    assert chosen(pins, [], {"cluster_cni": "one"}) == [one]
    assert chosen(pins, [], {"cluster_cni": "two"}) == [one, two]
    assert chosen(pins, ["two"], {}) == [two]
    with pytest.raises(MirrorError, match=r"^unknown component x; there are: one, two$"):
        chosen(pins, ["x"], {})


def test_read_variables(tmp_path: Path) -> None:
    files = [tmp_path / "lab.yml", tmp_path / "empty.yml", tmp_path / "scenario.yml"]
    files[0].write_text("cluster_cni: flannel\nlab_ip: '{{ lab_prefix }}.2'\n", encoding="utf-8")
    files[1].write_text("---\n", encoding="utf-8")
    files[2].write_text("cluster_cni: calico\n", encoding="utf-8")
    assert read_variables(files) == {"cluster_cni": "calico", "lab_ip": "{{ lab_prefix }}.2"}


def required_versions(component: Component) -> set[str]:
    """Return the versions a go.mod requires of the modules a component's programs are in."""
    text = (component.module / "go.mod").read_text(encoding="utf-8")
    modules = re.findall(r"^(?:require )?\t?(\S+) (v\S+)(?: // indirect)?$", text, re.MULTILINE)
    packages = component.binaries.values()
    return {
        version for module, version in modules if any(f"{package}/".startswith(f"{module}/") for package in packages)
    }


def test_go_modules_agree_with_pins(pins: Pins) -> None:
    for component in pins.components.values():
        text = (component.module / "go.mod").read_text(encoding="utf-8")
        if component.binaries:
            pinned = component.section["go"].get("module_version", component.version)
            assert pinned in required_versions(component), component.name
        for package in component.binaries.values():
            assert re.search(rf"^(tool )?\t?{re.escape(package)}$", text, re.MULTILINE), package


def test_roles_pin_what_is_served_without_being_told(pins: Pins) -> None:
    """The lab's variables give such a role an address only: version and checksum are its own."""
    for component in pins.components.values():
        if component.manifests and not component.wanted_by:
            defaults = read_variables([ROLES / component.name / "defaults/main.yml"])
            assert defaults[f"{component.name}_version"] == component.version
            assert defaults[f"{component.name}_manifest_sha256"] == component.manifests[0].sha256
    cluster = read_variables([ROLES / "cluster/defaults/main.yml"])
    assert cluster["cluster_kubernetes_version"] == pins.components["kubernetes"].bare


def test_everything_named_is_there(pins: Pins) -> None:
    for component in pins.components.values():
        built = {*component.binaries, *component.files, component.section.get("c", {}).get("binary")}
        assert (component.module / "go.sum").is_file()
        for image in component.images:
            assert set(image.files) <= built
            assert (IMAGES / f"{image.dockerfile}.Dockerfile").is_file()
        for deb in component.debs:
            assert deb.repository in pins.repositories
            for source in deb.files.values():
                assert source.removeprefix("bin/") in built or (deb.templates / source).is_file()
        for manifest in component.manifests:
            assert re.fullmatch(r"[0-9a-f]{64}", manifest.sha256)


def test_keys_are_distinct_and_stable(pins: Pins) -> None:
    keys = [key(component) for component in pins.components.values()]
    assert len(set(keys)) == len(keys)
    assert keys == [key(component) for component in load().components.values()]


def test_pin_files(pins: Pins) -> None:
    names = [path.name for path in pin_files(pins.components["kubernetes"])]
    assert {"go.mod", "go.sum", "kube-proxy.Dockerfile", "10-kubeadm.conf", "kubelet.service", "postinst"} <= set(names)
