# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of the inventory alone: groups, version, proxy mode."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import inventory as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import KUBERNETES, Context


def check_groups(context: Context) -> t.Iterable[Finding]:
    control_plane = context.plan.get("control_plane", [])
    workers = context.plan.get("workers", [])
    count = len(control_plane)
    if not control_plane:
        yield kinds.CONTROL_PLANE_MISSING.at(subjects=["groups.control_plane"])
    elif count % 2 == 0:
        yield kinds.CONTROL_PLANE_EVEN.at(
            subjects=["groups.control_plane"],
            count=count,
            hosts=", ".join(control_plane),
            more=count + 1,
            fewer=count - 1,
            lost=(count - 1) // 2 or "none",
        )
    for name in context.plan.get("cluster", []):
        if name in control_plane and name in workers:
            yield kinds.HOST_IN_TWO_GROUPS.at(name)
        elif name not in control_plane and name not in workers:
            yield kinds.HOST_WITHOUT_ROLE.at(name)


def check_version(context: Context) -> t.Iterable[Finding]:
    version = context.plan.get("kubernetes_version")
    if version is None:
        return
    supported = ", ".join(KUBERNETES)
    if not context.minor:
        yield kinds.KUBERNETES_VERSION_MALFORMED.at(subjects=["cluster_kubernetes_version"], version=version)
    elif context.minor not in KUBERNETES:
        yield kinds.KUBERNETES_VERSION_UNSUPPORTED.at(
            subjects=["cluster_kubernetes_version"], version=version, minor=context.minor, supported=supported
        )


def check_proxy_mode(context: Context) -> t.Iterable[Finding]:
    if context.plan.get("proxy_mode") == "ipvs":
        yield kinds.PROXY_MODE_DEPRECATED.at(subjects=["cluster_proxy_mode"])


__all__ = (
    "check_groups",
    "check_proxy_mode",
    "check_version",
)
