# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles would do on systems that no test node runs, rendered from the facts such a host has."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

RENDER = Path(__file__).with_name("render.py")
DEBIAN13 = {
    "os_family": "Debian",
    "distribution": "Debian",
    "distribution_major_version": "13",
    "distribution_release": "trixie",
}
DEBIAN12 = {**DEBIAN13, "distribution_major_version": "12", "distribution_release": "bookworm"}
UBUNTU24 = {**DEBIAN13, "distribution": "Ubuntu", "distribution_major_version": "24", "distribution_release": "noble"}
UBUNTU26 = {**UBUNTU24, "distribution_major_version": "26", "distribution_release": "resolute"}
ROCKY9 = {
    "os_family": "RedHat",
    "distribution": "Rocky",
    "distribution_major_version": "9",
    "distribution_release": "Blue Onyx",
}
ROCKY10 = {**ROCKY9, "distribution_major_version": "10", "distribution_release": "Red Quartz"}


@functools.cache
def renderer() -> subprocess.Popen[str]:
    """Started once, because Ansible takes longer to load than to render; it ends with its input."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, RENDER], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def render(role: str, facts: dict[str, str], *names: str, **given: t.Any) -> list[t.Any]:
    """Variables of a role as a host with these facts sees them."""
    cases = [[role, name, {"ansible_facts": facts, **given}] for name in names]
    process = renderer()
    process.stdin.write(json.dumps(cases) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return list(json.loads(line))


@pytest.mark.parametrize(
    ("facts", "repository", "suite", "usable"),
    [
        (DEBIAN12, "https://download.docker.com/linux/debian", "bookworm", False),
        (DEBIAN13, "https://download.docker.com/linux/debian", "trixie", True),
        (UBUNTU24, "https://download.docker.com/linux/ubuntu", "noble", True),
        (UBUNTU26, "https://download.docker.com/linux/ubuntu", "resolute", True),
        (ROCKY9, "https://download.docker.com/linux/rhel", "9", False),
        (ROCKY10, "https://download.docker.com/linux/rhel", "10", False),
    ],
)
def test_containerd_comes_from(facts: dict[str, str], repository: str, suite: str, usable: bool) -> None:
    names = ("containerd_repository", "containerd_repository_suite", "_containerd_in_distribution")
    assert render("containerd", facts, *names) == [repository, suite, usable]


@pytest.mark.parametrize(
    ("version", "image"),
    [("1.35.9", "3.10.1"), ("1.36.4", "3.10.2"), ("1.37.1", "3.10.2"), ("1.38.0", "3.10.2")],
)
def test_the_pause_image_is_kubeadms(version: str, image: str) -> None:
    found = render("containerd", DEBIAN13, "containerd_sandbox_image", cluster_kubernetes_version=version)
    assert found == [f"registry.k8s.io/pause:{image}"]


@pytest.mark.parametrize(
    ("facts", "installed", "missing"),
    [
        (UBUNTU24, {}, ["ca-certificates", "kmod"]),
        (UBUNTU24, {"kmod": "31", "ca-certificates": "20240203"}, []),
        (ROCKY9, {"kmod": "28", "ca-certificates": "2024"}, []),
        (ROCKY10, {"kmod": "31", "ca-certificates": "2024"}, ["kernel-modules-extra-6.12.0-55.el10"]),
    ],
)
def test_packages(facts: dict[str, str], installed: dict[str, str], missing: list[str]) -> None:
    host = {"host": {"installed": installed, "kernel": "6.12.0-55.el10"}}
    assert render("prereqs", facts, "_prereqs_packages_missing", __preflight_host=host) == [missing]


@pytest.mark.parametrize(
    ("installed", "missing"),
    [
        ({}, ["kubeadm=1.37.1-*", "kubelet=1.37.1-*", "kubectl=1.37.1-*", "cri-tools"]),
        (
            {"kubeadm": "1.37.1-1.1", "kubelet": "1.37.1-1.1", "kubectl": "1.36.4-1.1", "cri-tools": "1.36.0-1.1"},
            ["kubectl=1.37.1-*"],
        ),
        (
            {
                "kubeadm": "1.37.1-150500.1.1",
                "kubelet": "1.37.1-150500.1.1",
                "kubectl": "1.37.1-150500.1.1",
                "cri-tools": "1",
            },
            [],
        ),
    ],
)
def test_kubernetes_packages(installed: dict[str, str], missing: list[str]) -> None:
    host = {"host": {"installed": installed}}
    assert render("kubeadm", ROCKY9, "_kubeadm_missing", __preflight_host=host) == [missing]


@pytest.mark.parametrize("version", ["1.36.4", "1.37.1"])
def test_the_package_source_is_that_of_the_minor(version: str) -> None:
    minor = version.rsplit(".", 1)[0]
    source = f"https://pkgs.k8s.io/core:/stable:/v{minor}"
    names = ("kubeadm_apt_repository", "kubeadm_rpm_repository")
    assert render("kubeadm", UBUNTU24, *names, cluster_kubernetes_version=version) == [f"{source}/deb", f"{source}/rpm"]


@pytest.mark.parametrize(
    ("role", "given", "keys"),
    [
        ("kubeadm", {}, ["DE15B14486CD377B9E876E1A234654DA9A296436"]),
        ("kubeadm", {"kubeadm_apt_repository": "https://mirror/deb"}, []),
        ("kubeadm", {"kubeadm_apt_repository": "http://pkgs.k8s.io/core:/stable:/v1.37/deb"}, []),
        ("containerd", {}, ["9DC858229FC7DD38854AE2D88D81803C0EBFCD88"]),
        ("containerd", {"containerd_repository": "https://mirror/linux/debian"}, []),
    ],
)
def test_upstreams_keys_are_known_and_no_mirrors(role: str, given: dict[str, str], keys: list[str]) -> None:
    assert render(role, DEBIAN13, f"{role}_apt_key_fingerprints", **given) == [keys]


@pytest.mark.parametrize(
    ("mirrors", "urls"),
    [
        ({}, ["https://registry.k8s.io/v2/", "https://ghcr.io/v2/"]),
        ({"registry.k8s.io": ["http://m"]}, ["http://m/v2/", "https://registry.k8s.io/v2/", "https://ghcr.io/v2/"]),
        ({"_default": [{"url": "http://m:5000", "resolve": True}]}, ["http://m:5000/v2/"]),
        ("wrong", ["https://registry.k8s.io/v2/", "https://ghcr.io/v2/"]),
    ],
)
def test_preflight_asks_where_images_come_from(mirrors: t.Any, urls: list[str]) -> None:
    given = {"cluster_cni": "flannel", "cluster_load_balancer_ranges": [], "containerd_registry_mirrors": mirrors}
    assert render("preflight", DEBIAN13, "_preflight_registry_urls", **given) == [urls]


@pytest.mark.parametrize(
    ("facts", "cni", "services", "expected"),
    [
        (ROCKY9, "calico", ["NetworkManager", "firewalld"], True),
        (UBUNTU24, "calico", ["NetworkManager"], True),
        (ROCKY9, "flannel", ["NetworkManager"], False),
        (DEBIAN13, "calico", ["kubelet"], False),
    ],
)
def test_network_manager_keeps_away_from_calico(
    facts: dict[str, str], cni: str, services: list[str], expected: bool
) -> None:
    host = {"host": {"services": services}}
    assert render("prereqs", facts, "_prereqs_unmanaged_devices", prereqs_cni=cni, __preflight_host=host) == [expected]


@pytest.mark.parametrize(("w1", "nodes"), [({}, ["cp1", "w1"]), ({"nfs_storage_client": False}, ["cp1"])])
def test_storage_is_proven_on_the_clients(w1: dict[str, bool], nodes: list[str]) -> None:
    given = {"groups": {"cluster": ["cp1", "w1"]}, "hostvars": {"cp1": {}, "w1": w1}}
    assert render("verify", DEBIAN13, "_verify_storage_nodes", **given) == [nodes]


@pytest.mark.parametrize(("interfaces", "more"), [([], {}), (["eno1", "br0"], {"interfaces": ["eno1", "br0"]})])
def test_load_balancer_addresses_are_announced_on(interfaces: list[str], more: dict[str, list[str]]) -> None:
    pool, announcement = render("metallb", DEBIAN13, "_metallb_pool", metallb_interfaces=interfaces)[0]
    assert pool["spec"] == {"addresses": []}
    assert announcement["spec"] == {"ipAddressPools": ["homelab"], **more}


def test_sysctls_of_both_families() -> None:
    ipv4, both = (
        render("prereqs", DEBIAN13, "_prereqs_sysctls", prereqs_pod_cidr=pods)[0]
        for pods in ("10.244.0.0/16", "10.244.0.0/16,fd00:10:244::/56")
    )
    assert {name for name in ipv4 if "ipv6" in name} == set()
    assert {name: both[name] for name in both if name not in ipv4} == {
        "net.ipv6.conf.all.forwarding": 1,
        "net.ipv6.conf.default.forwarding": 1,
        # kube-proxy has no IPv6 where all is off, and devices of the pod network have none where the default is.
        "net.ipv6.conf.all.disable_ipv6": 0,
        "net.ipv6.conf.default.disable_ipv6": 0,
    }
