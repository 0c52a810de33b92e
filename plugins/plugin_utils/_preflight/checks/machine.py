# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of one machine: its system, size, disk, kernel and container runtime."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, warning
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import (
    CNI_MODULES,
    DISTRIBUTION_CONTAINERD,
    KUBERNETES,
    PROXY_MODULES,
    Context,
    numbers,
)

# os-release id -> supported versions; the major version is enough where a distribution counts that way.
SYSTEMS = {
    "debian": ("12", "13"),
    "ubuntu": ("24.04", "26.04"),
    "rocky": ("9", "10"),
    "almalinux": ("9", "10"),
    "rhel": ("9", "10"),
}
SYSTEMS_TEXT = "Debian 12 and 13, Ubuntu 24.04 and 26.04, Rocky Linux, AlmaLinux and RHEL 9 and 10"
ARCHITECTURES = ("x86_64", "aarch64")


def check_system(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        system = facts["os"]
        versions = SYSTEMS.get(system["id"], ())
        if system["version_id"] not in versions and system["version_id"].split(".")[0] not in versions:
            yield error(
                "os-unsupported",
                f"runs {system['pretty'] or system['id'] or 'an unknown system'}",
                host=name,
                why="Package sources and defaults are known for other systems only.",
                fix=f"install one of {SYSTEMS_TEXT}",
            )
        if facts["architecture"] not in ARCHITECTURES:
            yield error(
                "architecture-unsupported",
                f"has the architecture {facts['architecture']}",
                host=name,
                why="Kubernetes, the pod networks and MetalLB publish no common set of images for it.",
                fix=f"use a machine of {' or '.join(ARCHITECTURES)}",
            )


def check_size(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        control_plane = context.group(name) == "control_plane"
        kind = "control plane" if control_plane else "worker"
        memory = context.limit("memory_control_plane_mib" if control_plane else "memory_worker_mib")
        if facts["memory_mib"] < memory:
            yield error(
                "memory-too-small",
                f"has {facts['memory_mib']} MiB of memory; a {kind} needs {memory}",
                host=name,
                why="The kernel would kill parts of Kubernetes soon after the start.",
                fix="give it more memory, or make another machine the control plane"
                if control_plane
                else "give it more memory",
            )
        if control_plane and facts["cpus"] < context.limit("cpus_control_plane"):
            yield error(
                "cpus-too-few",
                f"has {facts['cpus']} CPU; a control plane needs {context.limit('cpus_control_plane')}",
                host=name,
                why="kubeadm refuses it: API server and etcd would wait for each other.",
                fix="give it another CPU, or make another machine the control plane",
            )


def check_disk(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        free = facts["disk_free_mib"]
        needed, wanted = context.limit("disk_mib"), context.limit("disk_warning_mib")
        what = f"has {free} MiB free under /var/lib"
        why = "Images, logs and etcd live there; below 10-15 % the kubelet evicts pods (DiskPressure)."
        if free < needed:
            yield error("disk-too-full", f"{what}; {needed} are needed", host=name, why=why, fix="free or add space")
        elif free < wanted:
            yield warning(
                "disk-nearly-full", f"{what}; {wanted} are advised", host=name, why=why, fix="free or add space"
            )


def check_disk_speed(context: Context) -> t.Iterable[Finding]:
    limit = context.limit("fsync_warning_ms")
    for name, facts in context.seen.items():
        if context.group(name) == "control_plane" and facts["fsync_ms"] > limit:
            yield warning(
                "disk-slow",
                f"writing 2 KiB safely to the disk of etcd takes {facts['fsync_ms']:.0f} ms; more than {limit} is slow",
                host=name,
                why="etcd waits for the disk with every change: a slow one makes the API slow and elections fail.",
                fix="give /var/lib/etcd an SSD, no SD card or USB stick; or measure again when nothing else writes",
            )


def check_containerd(context: Context) -> t.Iterable[Finding]:
    minor = KUBERNETES.get(context.minor)
    if minor is None or context.plan.get("containerd_source") != "distribution":
        return
    for name, facts in context.seen.items():
        system = facts["os"]
        version = facts["installed"].get("containerd") or DISTRIBUTION_CONTAINERD.get(
            (system["id"], system["version_id"])
        )
        if version and numbers(version.split(":")[-1]) < numbers(minor.containerd):
            yield error(
                "containerd-too-old",
                f"its distribution has containerd {version}; Kubernetes {context.minor} needs {minor.containerd} or newer",
                host=name,
                why="The kubelet cannot talk to an older one.",
                fix="containerd_source: docker",
                subjects=["containerd_source"],
            )


def check_cgroup(context: Context) -> t.Iterable[Finding]:
    accepted = context.plan.get("kubelet_configuration", {}).get("failCgroupV1")
    if numbers(context.minor) < (1, 35) or accepted in (False, "false"):
        return
    for name, facts in context.seen.items():
        if facts["cgroup"]["version"] == 1:
            yield error(
                "cgroup-v1",
                "booted with cgroup v1",
                host=name,
                why=f"The kubelet of Kubernetes {context.minor} does not start there.",
                fix="boot with systemd.unified_cgroup_hierarchy=1, or accept v1 for now with "
                "control_plane_kubelet_configuration: {failCgroupV1: false}",
            )


def check_modules(context: Context) -> t.Iterable[Finding]:
    wanted = {
        "overlay",
        "br_netfilter",
        *CNI_MODULES.get(context.plan.get("cni", ""), ()),
        *PROXY_MODULES.get(context.plan.get("proxy_mode", ""), ()),
    }
    for name, facts in context.seen.items():
        missing = sorted(module for module in wanted if facts["kernel_modules"].get(module) == "absent")
        if missing:
            ipvs = "ip_vs" in missing
            yield error(
                "kernel-module-missing",
                f"its kernel {facts['kernel']} has no {', '.join(missing)}, neither built in nor as a module",
                host=name,
                why="kube-proxy's mode ipvs needs it."
                if ipvs
                else "Containers or the pod network cannot work without.",
                fix="cluster_proxy_mode: nftables"
                if ipvs
                else "install the distribution's full kernel (with its modules), reboot",
            )


__all__ = (
    "check_cgroup",
    "check_containerd",
    "check_disk",
    "check_disk_speed",
    "check_modules",
    "check_size",
    "check_system",
)
