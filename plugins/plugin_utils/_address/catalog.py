# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the address plan can report: ids (stable, never reused) with severity, what breaks and why, and the words."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Severity


class Rule(t.NamedTuple):
    """``breaks`` ends the message of a finding, ``why`` explains it."""

    severity: Severity
    breaks: str
    why: str = ""


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

# What a cluster-internal range does to everything that has an address inside it.
_SWALLOWED = {
    "nodes": "traffic to this node would be taken for traffic to {} and never reach it",
    "node_networks": "traffic to the machines there would be taken for traffic to {} and never reach them",
    "load_balancer": "addresses of the pool would be taken for {}, and no client would get an answer",
    "endpoint": "the API server could not be reached, its address would be taken for one of the {}",
    "gateways": "nodes and pods would lose their way out, the gateway's address would be taken for one of the {}",
    "dns_servers": "names would not resolve, the server's address would be taken for one of the {}",
    "nfs_servers": "volumes could not be mounted, the server's address would be taken for one of the {}",
    "dhcp_ranges": "machines that get an address there would be taken for {} and could not be reached",
    "other_networks": "nothing in that network could be reached, its addresses would be taken for {}",
}
_OWNERS = {
    "pods": "Every node sends the whole pod range to the CNI plugin, whatever else has an address there.",
    "services": "Service addresses come from anywhere in the range, and kube-proxy takes each over on every node.",
}
_HELD = "MetalLB would answer for that address too, and traffic would reach one of the two by chance"
_LEASED = "the router may lease the address to another machine at any time"
_ARP = "In L2 mode MetalLB answers ARP and NDP requests for every address of a pool that a service uses."

RULES: dict[str, Rule] = {
    "malformed-value": Rule("error", "nothing that depends on it can be checked or configured"),
    "unknown-key": Rule("error", "it would be left out of the check without a word"),
    "reserved-address": Rule("error", "no machine, pod or service can be reached there"),
    **{
        f"{owner}-overlap-{key.replace('_', '-')}": Rule("error", breaks.format(owner), why)
        for owner, why in _OWNERS.items()
        for key, breaks in _SWALLOWED.items()
    },
    "pods-overlap-services": Rule(
        "error",
        "a pod and a service could have one address, and traffic for the pod would go to the service",
        _OWNERS["services"],
    ),
    "load-balancer-overlap-nodes": Rule("error", _HELD, _ARP),
    "load-balancer-overlap-endpoint": Rule("error", _HELD, _ARP),
    "load-balancer-overlap-gateways": Rule("error", _HELD, _ARP),
    "load-balancer-overlap-dns-servers": Rule("error", _HELD, _ARP),
    "load-balancer-overlap-nfs-servers": Rule("error", _HELD, _ARP),
    "load-balancer-overlap-dhcp-ranges": Rule("error", _LEASED, _ARP),
    "load-balancer-pools-overlap": Rule("error", "MetalLB refuses pools that share addresses"),
    "endpoint-equals-gateway": Rule("error", "kubectl and nodes would ask the router for the API server"),
    "endpoint-equals-dns-server": Rule("error", "kubectl and nodes would ask the DNS server for the API server"),
    "endpoint-in-dhcp-range": Rule("error", _LEASED),
    "duplicate-node-address": Rule("error", "only one of them can be reached, and they take each other's traffic"),
    "node-outside-node-networks": Rule("error", "the other nodes could not reach it directly"),
    "node-is-network-address": Rule("error", "that address means the network itself, no machine can have it"),
    "node-is-broadcast-address": Rule("error", "that address means all machines of the network, none can have it"),
    "node-without-primary-family": Rule(
        "error", "kubelet could not register it, and its pods on the host network would have no address"
    ),
    "families-differ": Rule("error", "no service could ever have a pod behind it"),
    "services-without-pods": Rule("error", "services would get addresses of a family in which no pod can answer"),
    "same-family-twice": Rule("error", "kubeadm takes one range, or one IPv4 and one IPv6 range"),
    "services-too-large": Rule("error", "the API server refuses to start with a service range of more than 20 bits"),
    "services-too-small": Rule("error", "kubeadm needs at least 16 service addresses"),
    "pods-smaller-than-block": Rule("error", "not one node would get addresses for its pods"),
    "pods-too-few-blocks": Rule(
        "error", "the nodes beyond that would get no addresses for their pods and never become Ready"
    ),
    "pods-too-wide": Rule(
        "error", "the controller manager cannot divide it, a node block may be at most 16 bits smaller than the range"
    ),
    "max-pods-too-large": Rule("error", "the scheduler would send pods to nodes that have no address left for them"),
    "public-address-space": Rule(
        "warning", "the Internet servers that own those addresses could not be reached from the cluster"
    ),
    "pool-outside-node-networks": Rule(
        "warning", "unless the nodes have a card in that network, nobody gets an answer from it", _ARP
    ),
    "pool-holds-network-address": Rule("warning", "a service that gets it would be unreachable for many clients", _ARP),
    "pool-holds-broadcast-address": Rule(
        "warning", "a service that gets it would be unreachable for many clients", _ARP
    ),
    "node-in-dhcp-range": Rule("warning", _LEASED + ", unless the lease is reserved"),
    "few-node-blocks-left": Rule(
        "warning", "less than a quarter is left for new nodes, and the pod range of a running cluster cannot grow"
    ),
}

IDS: dict[str, Severity] = {id_: rule.severity for id_, rule in RULES.items()}

__all__ = ("IDS", "LABELS", "RULES", "SAMPLES", "Rule")
