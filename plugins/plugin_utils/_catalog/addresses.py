# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the address plan can report."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind, Severity

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

_SAMPLES = {
    "what": "a range or an address of the plan",
    "instead": "what to write instead, which preflight also proposes as one block to copy",
}


def _rule(severity: Severity, breaks: str, why: str = "") -> Kind:
    return Kind("", "{what}: " + breaks, fix="{instead}", why=why, severity=severity, samples=_SAMPLES)


_RULES = {
    "malformed-value": _rule("error", "nothing that depends on it can be checked or configured"),
    "unknown-key": _rule("error", "it would be left out of the check without a word"),
    "reserved-address": _rule("error", "no machine, pod or service can be reached there"),
    **{
        f"{owner}-overlap-{key.replace('_', '-')}": _rule("error", breaks.format(owner), why)
        for owner, why in _OWNERS.items()
        for key, breaks in _SWALLOWED.items()
    },
    "pods-overlap-services": _rule(
        "error",
        "a pod and a service could have one address, and traffic for the pod would go to the service",
        _OWNERS["services"],
    ),
    "load-balancer-overlap-nodes": _rule("error", _HELD, _ARP),
    "load-balancer-overlap-endpoint": _rule("error", _HELD, _ARP),
    "load-balancer-overlap-gateways": _rule("error", _HELD, _ARP),
    "load-balancer-overlap-dns-servers": _rule("error", _HELD, _ARP),
    "load-balancer-overlap-nfs-servers": _rule("error", _HELD, _ARP),
    "load-balancer-overlap-dhcp-ranges": _rule("error", _LEASED, _ARP),
    "load-balancer-pools-overlap": _rule("error", "MetalLB refuses pools that share addresses"),
    "endpoint-equals-gateway": _rule("error", "kubectl and nodes would ask the router for the API server"),
    "endpoint-equals-dns-server": _rule("error", "kubectl and nodes would ask the DNS server for the API server"),
    "endpoint-in-dhcp-range": _rule("error", _LEASED),
    "endpoint-is-network-address": _rule("error", "that address means the network itself, no machine can have it"),
    "endpoint-is-broadcast-address": _rule("error", "that address means all machines of the network, none can have it"),
    "duplicate-node-address": _rule("error", "only one of them can be reached, and they take each other's traffic"),
    "node-outside-node-networks": _rule("error", "the other nodes could not reach it directly"),
    "node-is-network-address": _rule("error", "that address means the network itself, no machine can have it"),
    "node-is-broadcast-address": _rule("error", "that address means all machines of the network, none can have it"),
    "node-without-primary-family": _rule(
        "error", "kubelet could not register it, and its pods on the host network would have no address"
    ),
    "families-differ": _rule("error", "no service could ever have a pod behind it"),
    "services-without-pods": _rule("error", "services would get addresses of a family in which no pod can answer"),
    "same-family-twice": _rule("error", "kubeadm takes one range, or one IPv4 and one IPv6 range"),
    "services-too-large": _rule("error", "the API server refuses to start with a service range of more than 20 bits"),
    "services-too-small": _rule("error", "kubeadm needs at least 16 service addresses"),
    "pods-smaller-than-block": _rule("error", "not one node would get addresses for its pods"),
    "pods-too-few-blocks": _rule(
        "error", "the nodes beyond that would get no addresses for their pods and never become Ready"
    ),
    "pods-too-wide": _rule(
        "error", "the controller manager cannot divide it, a node block may be at most 16 bits smaller than the range"
    ),
    "max-pods-too-large": _rule("error", "the scheduler would send pods to nodes that have no address left for them"),
    "public-address-space": _rule(
        "warning", "the Internet servers that own those addresses could not be reached from the cluster"
    ),
    "pool-outside-node-networks": _rule(
        "warning", "unless the nodes have a card in that network, nobody gets an answer from it", _ARP
    ),
    "pool-holds-network-address": _rule(
        "warning", "a service that gets it would be unreachable for many clients", _ARP
    ),
    "pool-holds-broadcast-address": _rule(
        "warning", "a service that gets it would be unreachable for many clients", _ARP
    ),
    "node-in-dhcp-range": _rule("warning", _LEASED + ", unless the lease is reserved"),
    "few-node-blocks-left": _rule(
        "warning", "less than a quarter is left for new nodes, and the pod range of a running cluster cannot grow"
    ),
}

KINDS = {id_: rule._replace(id=id_) for id_, rule in _RULES.items()}
