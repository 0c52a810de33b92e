# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why a node is not ready, or is not there."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import nodes as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.pod_tables import SANDBOX_CAUSES
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import (
    brief,
    explain,
    match,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import (
    Object,
    condition,
    holds,
    name_of,
    node_pressures,
)


def _node_unready(node: Object) -> Finding:
    ready, name = condition(node, "Ready"), name_of(node)
    message = str(ready.get("message", ""))
    if not ready or ready.get("status") == "Unknown":
        return kinds.NODE_UNREACHABLE.at(name, said=message or "The node has no Ready condition.")
    if match(SANDBOX_CAUSES, message):
        return explain(SANDBOX_CAUSES, message, "NotReady", otherwise=kinds.NODE_NOT_READY, host=name)
    return kinds.NODE_NOT_READY.at(name, reported=brief(message) or ready.get("reason", "no reason given"))


_PRESSURE = {
    "DiskPressure": kinds.NODE_DISK_PRESSURE,
    "MemoryPressure": kinds.NODE_MEMORY_PRESSURE,
    "PIDPressure": kinds.NODE_PID_PRESSURE,
}


def diagnose_node(node: Object) -> list[Finding]:
    """Why this node does not take pods; [] when it does."""
    found = []
    for kind in node_pressures(node):
        reported = brief(str(condition(node, kind).get("message", "")))
        found.append(_PRESSURE[kind].at(name_of(node), reported=f" ({reported})" if reported else ""))
    if not holds(node, "Ready"):
        found.append(_node_unready(node))
    elif holds(node, "NetworkUnavailable"):
        found.append(
            kinds.NODE_NETWORK_UNAVAILABLE.at(
                name_of(node), said=brief(str(condition(node, "NetworkUnavailable").get("message", "")))
            )
        )
    return found


def diagnose_nodes(expected: t.Sequence[str], nodes: t.Sequence[Object]) -> list[Finding]:
    """Why the nodes are not exactly the expected ones, all ready."""
    by_name = {name_of(node): node for node in nodes}
    found = [
        kinds.NODE_MISSING.at(name, nodes=", ".join(sorted(by_name)) or "none")
        for name in expected
        if name not in by_name
    ]
    for name, node in sorted(by_name.items()):
        if name in expected:
            found += diagnose_node(node)
        else:
            found.append(kinds.NODE_UNEXPECTED.at(name, name=name))
    return found


__all__ = (
    "diagnose_node",
    "diagnose_nodes",
)
