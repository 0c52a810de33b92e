# SPDX-License-Identifier: GPL-3.0-or-later
"""What is pinned anywhere in the repository, and how it compares with the newest that can be had."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .components import Component

# Variables of roles that pin an upstream release, and the Go module whose versions are its releases.
ROLE_MODULES = {
    "calico_version": "github.com/projectcalico/calico",
    "cluster_kubernetes_version": "k8s.io/kubernetes",
    "flannel_version": "github.com/flannel-io/flannel",
    "local_storage_version": "github.com/rancher/local-path-provisioner",
    "metallb_version": "go.universe.tf/metallb",
    "metrics_server_version": "sigs.k8s.io/metrics-server",
    "nfs_storage_version": "github.com/kubernetes-csi/csi-driver-nfs",
}
BEHIND = "behind"
_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)(?:\+incompatible)?")
_REQUIREMENT = re.compile(
    r"""(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;]+)"""
    r"""(?:\s*;\s*python_version\s*(?P<operator><|>=)\s*"3\.(?P<minor>\d+)")?\s*(?:\#.*)?"""
)
_ACTION = re.compile(r"uses: +([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@[0-9a-f]{40} +# +(v[\d.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One pinned version: where it stands, and who can be asked for newer ones.

    registry is go (address: module), pypi (address: project; python: the version it must install on), github (address: owner/name) or
    empty; then only people can look it up. line is the beginning of the versions that may take its place, why the reason for it.
    """

    place: str
    name: str
    version: str
    registry: str = ""
    address: str = ""
    python: str = ""
    line: str = ""
    why: str = ""


@dataclass(frozen=True)
class Answer:
    """What a registry said: its versions, or why there are none."""

    versions: Sequence[str] = ()
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    pin: Pin
    newest: str
    remark: str


def release(version: str) -> tuple[int, ...] | None:
    """Return a version's numbers to compare by; None for a pre-release, a commit, or no version at all."""
    match = _RELEASE.fullmatch(version)
    if not match:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def in_line(version: str, line: str) -> bool:
    """Return whether a version belongs to a line: 2.3.7 to 2.3, but 2.30.0 does not; everything to an empty one."""
    return not line or f"{version.removeprefix('v')}.".startswith(f"{line}.")


def newest(versions: Iterable[str], line: str = "") -> str:
    """Return the newest release of a line; empty when there is none."""
    found = [(numbers, text) for text in versions if in_line(text, line) and (numbers := release(text))]
    return max(found)[1] if found else ""


def judged(pin: Pin, answer: Answer) -> Row:
    """Return the line of a pin after what a registry said."""
    held = [f"held{f' at {pin.line}' if pin.line else ''}: {pin.why}"] if pin.why else []
    overall = newest(answer.versions)
    if not overall:
        return Row(pin, "?", "; ".join([*held, answer.problem or "no release is listed"]))
    pinned = release(pin.version) or ()
    if release(overall) == pinned:
        return Row(pin, overall, "")
    # A pin that is held without a line stays until its reason goes.
    candidate = newest(answer.versions, pin.line) if pin.line or not pin.why else ""
    remarks = held
    if (release(candidate) or ()) > pinned:
        remarks = [BEHIND if candidate == overall else f"{BEHIND} {candidate}", *held]
    elif (release(overall) or ()) < pinned:
        remarks = [*held, "nothing as new is listed"]
    return Row(pin, overall, "; ".join(remarks))


def rows_text(rows: Sequence[Row]) -> str:
    """Return the list: a paragraph per place, in columns, and the sum."""
    lines: list[str] = []
    for place in dict.fromkeys(row.pin.place for row in rows):
        cells = [(row.pin.name, row.pin.version, row.newest, row.remark) for row in rows if row.pin.place == place]
        widths = [max(map(len, column)) for column in zip(*cells)]
        lines.append(place)
        lines += ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
        lines.append("")
    behind = sum(row.remark.startswith(BEHIND) for row in rows)
    unknown = sum(row.newest == "?" for row in rows)
    return "\n".join([*lines, f"{len(rows)} pins: {behind} behind, {unknown} unknown here", ""])


def requirement_pins(place: str, text: str, lowest: str) -> Iterator[Pin]:
    """Yield the pins of a requirements file; a package must install on the lowest Python that its line is for."""
    for line in text.splitlines():
        match = _REQUIREMENT.fullmatch(line.strip())
        if not match:
            continue
        minor, name = match["minor"], match["name"]
        python = lowest if not minor else f"3.{int(minor) - (match['operator'] == '<')}"
        label = f"{name} (Python {match['operator']} 3.{minor})" if minor else name
        yield Pin(place, label, match["version"], "pypi", name, python)


def matrix_pins(place: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Pin]:
    """Yield the `ansible` package of every ansible-core; a major of the package belongs to a minor of the core."""
    for row in rows:
        version, core = str(row["ansible"]), row["core"]
        line, python = version.partition(".")[0], str(row["pythons"][0])
        yield Pin(
            place,
            f"ansible for ansible-core {core}",
            version,
            "pypi",
            "ansible",
            python,
            line,
            f"brings ansible-core {core}",
        )


def action_pins(place: str, text: str) -> list[Pin]:
    """Return the actions of a workflow, each once."""
    found = dict.fromkeys(_ACTION.findall(text))
    return [Pin(place, name, version, "github", name) for name, version in found]


def role_pins(place: str, defaults: Mapping[str, Any]) -> Iterator[Pin]:
    """Yield the releases and images that a role's defaults name; what is made from another variable is no pin."""
    for name, value in defaults.items():
        if not isinstance(value, str):
            continue
        if name.endswith("_version") and release(value):
            module = ROLE_MODULES.get(name, "")
            yield Pin(place, name, value, "go" if module else "", module)
        elif name.endswith("_image") and "{" not in value:
            yield Pin(place, name, value.rpartition(":")[2])


def owner(package: str, modules: Iterable[str]) -> str:
    """Return the module that a package is in: of nested ones the inner; empty when there is none."""
    return max((module for module in modules if f"{package}/".startswith(f"{module}/")), key=len, default="")


def module_pins(place: str, component: Component, text: str) -> Iterator[Pin]:
    """Yield what a component's go.mod pins: modules of its programs, then replaced ones; those of one version once."""
    required = dict(re.findall(r"^(?:require )?\t?([\w./~-]+) (v\S+)(?: // indirect)?$", text, re.MULTILINE))
    replaced = re.findall(r"=> (\S+) (v\S+)$", text, re.MULTILINE)
    owners = sorted({owner(package, required) for package in component.binaries.values()} - {""})
    found = [(module, required[module]) for module in owners] + replaced
    pinned = component.section.get("go", {}).get("module_version", component.version)
    firsts: dict[str, str] = {}
    for module, version in found:
        firsts.setdefault(version, module)
    for version, module in firsts.items():
        name = component.name if version == pinned else f"{component.name}: {module}"
        yield Pin(place, name, component.version if version == pinned else version, "go", module)


def component_pins(place: str, component: Component, text: str, held: Mapping[str, Mapping[str, str]]) -> Iterator[Pin]:
    """Yield the pins of a component: its modules, and the images whose tags are not its version."""
    reason = held.get(component.name, {})
    found = (
        [*module_pins(place, component, text)]
        if component.binaries
        else [Pin(place, component.name, component.version)]
    )
    for pin in found:
        yield replace(pin, line=str(reason.get("line", "")), why=reason.get("why", ""))
    for image in component.images:
        path, _colon, tag = image.name.rpartition(":")
        if tag != component.version:
            yield Pin(place, f"{component.name}: {path}", tag)
