# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of one machine: its system, size, disk, kernel and container runtime."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import machine as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import (
    DISTRIBUTION_CONTAINERD,
    KUBERNETES,
    PROXY_MODULES,
    Context,
    numbers,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import yes

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
            yield kinds.OS_UNSUPPORTED.at(
                name, system=system["pretty"] or system["id"] or "an unknown system", systems=SYSTEMS_TEXT
            )
        if facts["architecture"] not in ARCHITECTURES:
            yield kinds.ARCHITECTURE_UNSUPPORTED.at(
                name, architecture=facts["architecture"], architectures=" or ".join(ARCHITECTURES)
            )


def check_size(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        control_plane = context.group(name) == "control_plane"
        memory = context.limit("memory_control_plane_mib" if control_plane else "memory_worker_mib")
        if facts["memory_mib"] < memory:
            kind = kinds.MEMORY_TOO_SMALL if control_plane else kinds.WORKER_MEMORY_TOO_SMALL
            yield kind.at(name, memory=facts["memory_mib"], needed=memory)
        if control_plane and facts["cpus"] < context.limit("cpus_control_plane"):
            yield kinds.CPUS_TOO_FEW.at(name, cpus=facts["cpus"], needed=context.limit("cpus_control_plane"))


def check_disk(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        free = facts["disk_free_mib"]
        needed, wanted = context.limit("disk_mib"), context.limit("disk_warning_mib")
        if free < needed:
            yield kinds.DISK_TOO_FULL.at(name, free=free, needed=needed)
        elif free < wanted:
            yield kinds.DISK_NEARLY_FULL.at(name, free=free, wanted=wanted)


def check_disk_speed(context: Context) -> t.Iterable[Finding]:
    limit = context.limit("fsync_warning_ms")
    for name, facts in context.seen.items():
        if context.group(name) == "control_plane" and facts["fsync_ms"] > limit:
            yield kinds.DISK_SLOW.at(name, took=f"{facts['fsync_ms']:.0f}", limit=limit)


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
            yield kinds.CONTAINERD_TOO_OLD.at(
                name, subjects=["containerd_source"], version=version, minor=context.minor, oldest=minor.containerd
            )


# What overlayfs refuses as a place to write (the kernel's overlayfs.rst says it of NFS, and there is no overlay upon another).
_NO_OVERLAY = ("nfs", "nfs4", "overlay")
_ZFS_WITH_OVERLAY = (2, 2)


def _snapshotter_chosen(value: t.Any) -> bool:
    """Whether a document for containerd names another snapshotter than overlayfs, in the words of any version."""
    if not isinstance(value, dict):
        return False
    return value.get("snapshotter", "overlayfs") != "overlayfs" or any(map(_snapshotter_chosen, value.values()))


def check_snapshotter(context: Context) -> t.Iterable[Finding]:
    """What only containerd's role would find out. A node where containerd runs has shown that it can."""
    for name, facts in context.seen.items():
        store, runs = facts["image_store"], "containerd" in facts["services"] and facts["kubelet_server"]
        if runs or _snapshotter_chosen(context.plan.get("containerd_config", {}).get(name)):
            continue
        if store["type"] in _NO_OVERLAY:
            yield kinds.SNAPSHOTTER_UNSUPPORTED.at(name, filesystem=store["type"], mount=store["mount"])
        elif store["type"] == "xfs" and not store["d_type"]:
            yield kinds.SNAPSHOTTER_XFS.at(name, mount=store["mount"])
        elif store["type"] == "zfs" and not numbers(store["zfs"]):
            yield kinds.SNAPSHOTTER_ZFS_UNKNOWN.at(name, mount=store["mount"])
        elif store["type"] == "zfs" and numbers(store["zfs"])[:2] < _ZFS_WITH_OVERLAY:
            yield kinds.SNAPSHOTTER_ZFS.at(name, mount=store["mount"], version=store["zfs"])


def check_cgroup(context: Context) -> t.Iterable[Finding]:
    accepted = context.plan.get("kubelet_configuration", {}).get("failCgroupV1")
    if numbers(context.minor) < (1, 35) or accepted in (False, "false"):
        return
    for name, facts in context.seen.items():
        if facts["cgroup"]["version"] == 1:
            yield kinds.CGROUP_V1.at(name, minor=context.minor)


def check_controllers(context: Context) -> t.Iterable[Finding]:
    """What a Raspberry Pi's firmware leaves out."""
    for name, facts in context.seen.items():
        there = facts["cgroup"]["controllers"]
        missing = [controller for controller in ("cpu", "cpuset", "memory", "pids") if controller not in there]
        if facts["cgroup"]["version"] == 2 and there and missing:
            yield kinds.CGROUP_CONTROLLER_MISSING.at(name, controllers=", ".join(missing))


def check_swap(context: Context) -> t.Iterable[Finding]:
    """Swap that stays by wish while the kubelet was not told."""
    kubelet = context.plan.get("kubelet_configuration")
    told = isinstance(kubelet, dict) and "failSwapOn" in kubelet and not yes(kubelet["failSwapOn"])
    if told or "manage_swap" not in context.plan or yes(context.plan["manage_swap"]):
        return
    for name, facts in context.seen.items():
        if facts["swap"]:
            yield kinds.SWAP_STAYS.at(
                name,
                subjects=["prereqs_manage_swap", "control_plane_kubelet_configuration"],
                swap=", ".join(facts["swap"]),
            )


def check_modules(context: Context) -> t.Iterable[Finding]:
    wanted = {
        "overlay",
        "br_netfilter",
        "nf_conntrack",
        *context.network.modules,
        *PROXY_MODULES.get(context.plan.get("proxy_mode", ""), ()),
    }
    for name, facts in context.seen.items():
        missing = sorted(module for module in wanted if facts["kernel_modules"].get(module) == "absent")
        if missing:
            kind = kinds.KERNEL_MODULE_MISSING
            if "ip_vs" in missing:
                kind = kinds.IPVS_MODULE_MISSING
            elif all(module.startswith("nft_") for module in missing):
                kind = kinds.NFT_MODULE_MISSING
            yield kind.at(name, kernel=facts["kernel"], modules=", ".join(missing))


__all__ = (
    "check_cgroup",
    "check_containerd",
    "check_controllers",
    "check_disk",
    "check_disk_speed",
    "check_modules",
    "check_size",
    "check_snapshotter",
    "check_swap",
    "check_system",
)
