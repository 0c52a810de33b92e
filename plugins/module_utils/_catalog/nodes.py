# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Nodes that take no pods."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

NODE_NOT_READY = Kind(
    "node-not-ready",
    "NotReady: {reported}",
    fix="On the node: `journalctl -u kubelet -n 50`.",
)
NODE_MISSING = Kind(
    "node-missing",
    "The inventory names this host, the cluster does not have it",
    fix="Run site.yml for it; on the host: `journalctl -u kubelet -n 50`.",
    why="The cluster's nodes are {nodes}.",
)
NODE_NETWORK_UNAVAILABLE = Kind(
    "node-network-unavailable",
    "The pod network is not set up",
    fix="Look at the CNI's pod on this node: `kubectl get pods -A -o wide`.",
)
NODE_UNEXPECTED = Kind(
    "node-unexpected",
    "The cluster has this node, the inventory does not name it",
    fix="Add it to the inventory, or remove it: `kubectl drain {name}`, `kubectl delete node {name}`.",
)
NODE_UNREACHABLE = Kind(
    "node-unreachable",
    "The kubelet does not report",
    fix="On the node: `systemctl status kubelet`, `journalctl -u kubelet -n 50`; does it reach the API?",
)
NODE_DISK_PRESSURE = Kind(
    "node-disk-pressure",
    "The node reports DiskPressure{reported}",
    fix="Free space (`df -h /var`, `crictl rmi --prune`), or lower evictionHard in the kubelet's configuration.",
    why="No new pod is started there and running ones may be evicted.",
)
NODE_MEMORY_PRESSURE = Kind(
    "node-memory-pressure",
    "The node reports MemoryPressure{reported}",
    fix="Free memory or add some; `kubectl top pods -A`, `free -m` on the node.",
    why="No new pod is started there and running ones may be evicted.",
)
NODE_PID_PRESSURE = Kind(
    "node-pid-pressure",
    "The node reports PIDPressure{reported}",
    fix="Find what starts so many processes: `ps -eLf | wc -l` on the node.",
    why="No new pod is started there and running ones may be evicted.",
)
