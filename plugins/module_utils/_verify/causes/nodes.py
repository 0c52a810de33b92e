# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why a node is not ready, or is not there."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
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
        return error(
            "node-unreachable",
            "The kubelet does not report",
            why=message or "The node has no Ready condition.",
            fix="On the node: `systemctl status kubelet`, `journalctl -u kubelet -n 50`; does it reach the API?",
            host=name,
        )
    network = match(SANDBOX_CAUSES, message)
    if network:
        return explain(SANDBOX_CAUSES, message, "NotReady", otherwise=("", "", ""), host=name)
    return error(
        "node-not-ready",
        f"NotReady: {brief(message) or ready.get('reason', 'no reason given')}",
        fix="On the node: `journalctl -u kubelet -n 50`.",
        host=name,
    )


_PRESSURE = {
    "DiskPressure": (
        "node-disk-pressure",
        "Free space (`df -h /var`, `crictl rmi --prune`), or lower evictionHard in the kubelet's configuration.",
    ),
    "MemoryPressure": (
        "node-memory-pressure",
        "Free memory or add some; `kubectl top pods -A`, `free -m` on the node.",
    ),
    "PIDPressure": (
        "node-pid-pressure",
        "Find what starts so many processes: `ps -eLf | wc -l` on the node.",
    ),
}


def diagnose_node(node: Object) -> list[Finding]:
    """Why this node does not take pods; [] when it does."""
    found = []
    for kind in node_pressures(node):
        id_, fix = _PRESSURE[kind]
        reported = brief(str(condition(node, kind).get("message", "")))
        found.append(
            error(
                id_,
                f"The node reports {kind}" + (f" ({reported})" if reported else ""),
                why="No new pod is started there and running ones may be evicted.",
                fix=fix,
                host=name_of(node),
            )
        )
    if not holds(node, "Ready"):
        found.append(_node_unready(node))
    elif holds(node, "NetworkUnavailable"):
        found.append(
            error(
                "node-network-unavailable",
                "The pod network is not set up",
                why=brief(str(condition(node, "NetworkUnavailable").get("message", ""))),
                fix="Look at the CNI's pod on this node: `kubectl get pods -A -o wide`.",
                host=name_of(node),
            )
        )
    return found


def diagnose_nodes(expected: t.Sequence[str], nodes: t.Sequence[Object]) -> list[Finding]:
    """Why the nodes are not exactly the expected ones, all ready."""
    by_name = {name_of(node): node for node in nodes}
    found = [
        error(
            "node-missing",
            "The inventory names this host, the cluster does not have it",
            why=f"The cluster's nodes are {', '.join(sorted(by_name)) or 'none'}.",
            fix="Run site.yml for it; on the host: `journalctl -u kubelet -n 50`.",
            host=name,
        )
        for name in expected
        if name not in by_name
    ]
    for name, node in sorted(by_name.items()):
        if name in expected:
            found += diagnose_node(node)
        else:
            found.append(
                error(
                    "node-unexpected",
                    "The cluster has this node, the inventory does not name it",
                    fix=f"Add it to the inventory, or remove it: `kubectl drain {name}`, `kubectl delete node {name}`.",
                    host=name,
                )
            )
    return found


__all__ = (
    "diagnose_node",
    "diagnose_nodes",
)
