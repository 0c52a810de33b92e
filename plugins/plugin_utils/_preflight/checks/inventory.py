# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of the inventory alone: groups, version, proxy mode."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, warning
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import KUBERNETES, Context


def check_groups(context: Context) -> t.Iterable[Finding]:
    control_plane = context.plan.get("control_plane", [])
    workers = context.plan.get("workers", [])
    if not control_plane:
        yield error(
            "control-plane-missing",
            "the group control_plane of the inventory has no host",
            why="A cluster begins with a control plane; workers have nothing to join.",
            fix="put one host under cluster.children.control_plane.hosts in the inventory",
            subjects=["groups.control_plane"],
        )
    elif len(control_plane) > 1:
        yield error(
            "control-plane-several",
            f"the group control_plane has {len(control_plane)} hosts: {', '.join(control_plane)}",
            why="Only one control plane can be bootstrapped yet: each of them would become a cluster of its own.",
            fix=f"leave {control_plane[0]} there and put the others under cluster.children.workers.hosts",
            subjects=["groups.control_plane"],
        )
    for name in context.plan.get("cluster", []):
        if name in control_plane and name in workers:
            yield error(
                "host-in-two-groups",
                "is in control_plane and in workers",
                host=name,
                why="A machine is initialised or joined once, as one of the two.",
                fix="remove it from workers; cluster_schedule_on_control_plane: true lets a control plane run ordinary pods",
            )
        elif name not in control_plane and name not in workers:
            yield error(
                "host-without-role",
                "is in cluster, but neither in control_plane nor in workers",
                host=name,
                why="Nothing would install Kubernetes on it.",
                fix="put it into one of the two groups, or out of cluster",
            )


def check_version(context: Context) -> t.Iterable[Finding]:
    version = context.plan.get("kubernetes_version")
    if version is None:
        return
    supported = ", ".join(KUBERNETES)
    if not context.minor:
        yield error(
            "kubernetes-version-malformed",
            f'cluster_kubernetes_version "{version}" is not a version of three numbers',
            why="Packages, images and kubeadm's configuration need the exact version.",
            fix='write it as "1.37.1": minor and patch, without a leading v',
            subjects=["cluster_kubernetes_version"],
        )
    elif context.minor not in KUBERNETES:
        yield error(
            "kubernetes-version-unsupported",
            f"cluster_kubernetes_version {version} is of minor {context.minor}, which this collection does not know",
            why="Its configuration formats, images and skew rules were never tested together.",
            fix=f"choose a version of {supported}",
            subjects=["cluster_kubernetes_version"],
        )


def check_proxy_mode(context: Context) -> t.Iterable[Finding]:
    if context.plan.get("proxy_mode") == "ipvs":
        yield warning(
            "proxy-mode-deprecated",
            "cluster_proxy_mode is ipvs, which Kubernetes deprecates since 1.35",
            why="It is off by default from 1.40 and removed afterwards.",
            fix="cluster_proxy_mode: nftables",
            subjects=["cluster_proxy_mode"],
        )


__all__ = (
    "check_groups",
    "check_proxy_mode",
    "check_version",
)
