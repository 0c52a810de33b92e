# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the keys of an address plan are called, and what their values look like."""

from __future__ import annotations

LABELS = {
    "pods": "pod range",
    "services": "service range",
    "nodes": "node",
    "node_networks": "node network",
    "load_balancer": "load balancer pool",
    "endpoint": "endpoint",
    "gateways": "gateway",
    "dns_servers": "DNS server",
    "nfs_servers": "NFS server",
    "dhcp_ranges": "DHCP range",
    "other_networks": "network",
}

_ADDRESS = "an address, for example 192.168.0.11"
_NETWORK = "a network, for example 192.168.0.0/24"
_RANGE = "a range, for example 192.168.0.200-192.168.0.220"
SAMPLES = {
    **dict.fromkeys(("nodes", "endpoint", "gateways", "dns_servers", "nfs_servers"), _ADDRESS),
    **dict.fromkeys(("node_networks", "other_networks"), _NETWORK),
    **dict.fromkeys(("load_balancer", "dhcp_ranges"), _RANGE),
}

__all__ = ("LABELS", "SAMPLES")
