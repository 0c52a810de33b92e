# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""System, size, disk, kernel and containerd of a machine."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    about,
    hosts,
    plan,
    seen,
    system,
    told,
)

# host, changes, severity, id, message; "" as id means no finding.
ONE_HOST: list[tuple[int, dict[str, t.Any], str, str, str]] = [
    (2, system("debian", "11", "Debian 11"), "error", "os-unsupported", "runs Debian 11"),
    (2, system("", ""), "error", "os-unsupported", "runs an unknown system"),
    (2, system("ubuntu", "24.10", "Ubuntu 24.10"), "error", "os-unsupported", "runs Ubuntu 24.10"),
    (2, system("ubuntu", "26.04"), "", "", ""),
    (2, system("rocky", "9.6"), "", "", ""),
    (2, system("almalinux", "10.1"), "", "", ""),
    (2, {"architecture": "armv7l"}, "error", "architecture-unsupported", "has the architecture armv7l"),
    (1, {"memory_mib": 512}, "error", "memory-too-small", "has 512 MiB of memory; a control plane needs 1700"),
    (2, {"memory_mib": 512}, "error", "memory-too-small", "has 512 MiB of memory; a worker needs 700"),
    (2, {"memory_mib": 701}, "", "", ""),
    (1, {"cpus": 1}, "error", "cpus-too-few", "has 1 CPU; a control plane needs 2"),
    (2, {"cpus": 1}, "", "", ""),
    (2, {"disk_free_mib": 3071}, "error", "disk-too-full", "has 3071 MiB free under /var/lib; 3072 are needed"),
    (2, {"disk_free_mib": 9000}, "warning", "disk-nearly-full", "has 9000 MiB free under /var/lib; 10240 are advised"),
    (
        1,
        {"fsync_ms": 31.4},
        "warning",
        "disk-slow",
        "writing 2 KiB safely to the disk of etcd takes 31 ms; more than 10 is slow",
    ),
    (1, {"fsync_ms": 9.9}, "", "", ""),
    (2, {"fsync_ms": 31.4}, "", "", ""),
    (2, {"cgroup": {"version": 1, "controllers": []}}, "error", "cgroup-v1", "booted with cgroup v1"),
    (
        2,
        {"kernel_modules": {"overlay": "absent", "br_netfilter": "absent", "nf_tables": "builtin", "vxlan": "loaded"}},
        "error",
        "kernel-module-missing",
        "its kernel 6.12.0 has no br_netfilter, overlay, neither built in nor as a module",
    ),
    (
        2,
        {"kernel_modules": {"nf_conntrack": "absent"}},
        "error",
        "kernel-module-missing",
        "its kernel 6.12.0 has no nf_conntrack, neither built in nor as a module",
    ),
    (2, {"kernel_modules": {"nf_conntrack": "builtin"}}, "", "", ""),
    (2, {"kernel_modules": {"ipip": "absent", "ip_vs": "absent", "nfs": "absent"}}, "", "", ""),
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    assert about(number, **changes) == ([(severity, id_, f"mini{number}", message)] if id_ else [])


CGROUPS = [({"failCgroupV1": False}, 0), ({"failCgroupV1": "false"}, 0), ({"failCgroupV1": True}, 1), ({}, 1)]


@pytest.mark.parametrize(("configuration", "number"), CGROUPS)
def test_cgroup_v1_accepted(configuration: dict[str, t.Any], number: int) -> None:
    on = {"mini1": seen(1, cgroup={"version": 1, "controllers": []})}
    assert len(told(plan(kubelet_configuration=configuration), on)) == number


ON = "/var/lib/containerd is on"
ZFS_CHOSEN = {"plugins": {"io.containerd.cri.v1.images": {"snapshotter": "zfs"}}}
ZFS_CHOSEN_OLD = {"plugins": {"io.containerd.grpc.v1.cri": {"containerd": {"snapshotter": "zfs"}}}}
OVERLAY_CHOSEN = {"plugins": {"io.containerd.cri.v1.images": {"snapshotter": "overlayfs"}}}
IMAGES: list[tuple[str, bool, str, t.Any, str, str]] = [
    # type, d_type, zfs, containerd_config, severity, message
    ("ext4", True, "2.1.11-1", {}, "", ""),  # ZFS elsewhere
    ("btrfs", True, "", {}, "", ""),
    ("", True, "", {}, "", ""),
    ("xfs", True, "", {}, "", ""),
    ("xfs", False, "", {}, "error", f"{ON} XFS with ftype=0 (mounted at /var), where overlayfs cannot write"),
    ("nfs4", True, "", {}, "error", f"{ON} nfs4 (mounted at /var), where overlayfs cannot write"),
    ("overlay", True, "", {}, "error", f"{ON} overlay (mounted at /var), where overlayfs cannot write"),
    ("zfs", True, "2.2.0-1", {}, "", ""),
    ("zfs", True, "2.3.4-1ubuntu2", {}, "", ""),
    ("zfs", True, "2.1.11-1", {}, "error", f"{ON} ZFS (mounted at /var), and overlayfs cannot write on OpenZFS 2.1.11-1"),
    ("zfs", True, "0.8.6-1", OVERLAY_CHOSEN, "error", f"{ON} ZFS (mounted at /var), and overlayfs cannot write on OpenZFS 0.8.6-1"),
    ("zfs", True, "", {}, "warning", f"{ON} ZFS (mounted at /var), whose version cannot be seen from here"),
    ("zfs", True, "2.1.11-1", ZFS_CHOSEN, "", ""),
    ("zfs", True, "", ZFS_CHOSEN_OLD, "", ""),
    ("xfs", False, "", {"plugins": None, "oom_score": 1}, "error", f"{ON} XFS with ftype=0 (mounted at /var), where overlayfs cannot write"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "d_type", "zfs", "config", "severity", "message"), IMAGES)
def test_images_need_overlayfs(type_: str, d_type: bool, zfs: str, config: t.Any, severity: str, message: str) -> None:
    store = {"mount": "/var", "type": type_, "d_type": d_type, "zfs": zfs}
    found = told(plan(containerd_config={"mini2": config}), hosts(mini2=seen(2, image_store=store)))
    assert found == ([(severity, "snapshotter-unsupported", "mini2", message)] if message else [])


def test_where_containerd_serves_a_node_its_disk_is_fine() -> None:
    store = {"mount": "/", "type": "zfs", "d_type": True, "zfs": ""}
    node = {"image_store": store, "services": ["containerd", "kubelet"], "kubelet_server": "https://192.0.2.1:6443"}
    assert [id_ for _, id_, _, _ in told(plan(), hosts(mini2=seen(2, **node)))] == []


def test_limits_are_the_users() -> None:
    on = {"mini1": seen(1, memory_mib=900, disk_free_mib=1100)}
    limits = {"memory_control_plane_mib": 800, "disk_mib": 1024, "disk_warning_mib": 1024}
    assert told(plan(limits=limits), on) == []


def test_ipvs_needs_its_module() -> None:
    on = {"mini1": seen(1, kernel_modules={"ip_vs": "absent"})}
    assert [(f["id"], f["fix"]) for f in findings(plan(proxy_mode="ipvs"), on)] == [
        ("kernel-module-missing", "cluster_proxy_mode: nftables"),
        ("proxy-mode-deprecated", "cluster_proxy_mode: nftables"),
    ]


CONTAINERD = [
    (
        system("debian", "12"),
        "distribution",
        "its distribution has containerd 1.6.20; Kubernetes 1.37 needs 1.7.0 or newer",
    ),
    (system("debian", "12"), "docker", ""),
    (system("debian", "13"), "distribution", ""),
    ({"installed": {"containerd": "1.7.24~ds1-6+deb13u1"}}, "distribution", ""),
    (
        {"installed": {"containerd": "1:1.6.9-2"}},
        "distribution",
        "its distribution has containerd 1:1.6.9-2; Kubernetes 1.37 needs 1.7.0 or newer",
    ),
]


@pytest.mark.parametrize(("changes", "source", "message"), CONTAINERD)
def test_containerd(changes: dict[str, t.Any], source: str, message: str) -> None:
    expected = [("error", "containerd-too-old", "mini1", message)] if message else []
    assert told(plan(containerd_source=source), {"mini1": seen(1, **changes)}) == expected
