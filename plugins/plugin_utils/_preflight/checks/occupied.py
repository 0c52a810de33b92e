# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of what already runs on a host: ports, runtimes, remains of a cluster."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import occupied as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import server_host
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import PORTS, Context


def addon_ports(context: Context) -> dict[int, tuple[str, ...]]:
    """TCP ports of pods in the hosts' network, with their processes: MetalLB's speakers, and the pod network's."""
    ports: dict[int, tuple[str, ...]] = {7946: ("speaker",)} if context.plan.get("load_balancer") else {}
    routed = context.network.routed_listens if context.plan.get("calico_encapsulation") in ("ipip", "none") else {}
    return {**ports, **context.network.listens, **routed}


def check_ports(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        # Without root no process is known, and not-root says so.
        if facts["uid"] != 0:
            continue
        wanted = {**PORTS[context.group(name)], **addon_ports(context)}
        taken = {
            (item["port"], item["process"])
            for item in facts["listeners"]
            if item["proto"] == "tcp" and item["port"] in wanted and item["process"] not in wanted[item["port"]]
        }
        for port, process in sorted(taken):
            yield kinds.PORT_IN_USE.at(
                name,
                port=port,
                process=process or "a process that cannot be seen from here",
                needer=wanted[port][0],
                it=process or "it",
            )


def check_cni_port(context: Context) -> t.Iterable[Finding]:
    cni = context.plan.get("cni", "")
    network = context.network
    for name, facts in context.seen.items():
        taken = [item for item in facts["listeners"] if item["proto"] == "udp" and item["port"] == network.port]
        if taken and network.device not in {interface["name"] for interface in facts["interfaces"]}:
            process = taken[0]["process"] or "the kernel, for another tunnel"
            yield kinds.UDP_PORT_IN_USE.at(name, port=network.port, process=process, cni=cni)


def check_runtimes(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        active = [unit for unit in ("docker", "crio", "cri-o") if unit in facts["services"]]
        if active:
            yield kinds.OTHER_CONTAINER_RUNTIME.at(name, active=", ".join(active))


def check_remains(context: Context) -> t.Iterable[Finding]:
    nodes = (part for text in context.plan.get("node_ips", {}).values() for part in split_addresses(text))
    # Where a cluster of the inventory is reached that is to be moved.
    moving = {server_host(facts["running_cluster"].get("server", "")) for facts in context.seen.values()}
    expected = {context.plan.get("endpoint", ""), *nodes, *moving, "127.0.0.1", "localhost"}
    for name, facts in context.seen.items():
        if facts["remains"] and "/etc/kubernetes/kubelet.conf" not in facts["remains"]:
            yield kinds.CLUSTER_REMAINS.at(name, remains=", ".join(facts["remains"]))
        server = server_host(facts["kubelet_server"])
        if server and server not in expected:
            yield kinds.OTHER_CLUSTER.at(name, server=facts["kubelet_server"])


__all__ = (
    "addon_ports",
    "check_cni_port",
    "check_ports",
    "check_remains",
    "check_runtimes",
)
