# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the address plan takes: 50 nodes with 20 networks must stay under 50 ms. Run it from the checkout's root."""

from __future__ import annotations

import sys
import time
import typing as t
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import consistent, findings, proposal

LIMIT = 0.050


def plan(nodes: int, networks: int, pods: str) -> dict[str, t.Any]:
    """Both families, pools, DHCP, and networks as Docker and VPNs make them."""
    return {
        "pods": f"{pods},fd00:10:244::/48",
        "services": "10.96.0.0/12,fd00:10:96::/112",
        "nodes": {f"n{at}": [f"192.168.{at // 200}.{at % 200 + 10}", f"fd00:1::{at + 16:x}"] for at in range(nodes)},
        "node_networks": ["192.168.0.0/22", "fd00:1::/64"],
        "load_balancer": ["192.168.3.0-192.168.3.99", "fd00:1::a000-fd00:1::afff"],
        "endpoint": "192.168.0.5",
        "gateways": ["192.168.0.1", "fe80::1"],
        "dns_servers": ["192.168.0.2", "1.1.1.1"],
        "nfs_servers": ["192.168.0.3"],
        "dhcp_ranges": ["192.168.3.100-192.168.3.200"],
        "other_networks": {f"net{at}": f"172.{16 + at % 16}.{at // 16}.0/24" for at in range(networks)},
        "max_nodes": 2 * nodes,
        "max_pods": 110,
    }


def best(question: t.Callable[[dict[str, t.Any]], object], given: dict[str, t.Any], rounds: int = 20) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        question(given)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> int:
    slow = 0
    for nodes, networks in ((5, 3), (50, 20), (500, 100)):
        for kind, pods in (("consistent", "10.240.0.0/14"), ("conflicts", "192.168.0.0/16")):
            for question in (findings, consistent, proposal):
                seconds = best(question, plan(nodes, networks, pods))
                slow += (nodes, networks) == (50, 20) and seconds > LIMIT
                print(
                    f"{nodes:4} nodes, {networks:3} networks, {kind:10} {question.__name__:10} {seconds * 1000:8.2f} ms"
                )
    print(f"limit for 50 nodes and 20 networks: {LIMIT * 1000:.0f} ms, {slow} over it")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
