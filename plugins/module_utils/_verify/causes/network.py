# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why pods, names, services or the load balancer are not reached."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import (
    Cause,
    brief,
    events_of,
    explain,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import (
    Object,
    bracketed,
    ingresses,
    name_of,
    place_of,
)

# Part of the text for an HTTP answer that is not a test pod's.
STRANGER = "something else answers"
EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"

# What a pod's resolver says.
DNS_CAUSES = (
    Cause(
        r"no such host",
        "dns-nxdomain",
        "the answer is that it does not exist",
        "Check the spelling. For a cluster name: is cluster_dns_domain the kubelet's clusterDomain and CoreDNS's zone? Or "
        "some CoreDNS pods are out of reach: repair the pod network first.",
    ),
    Cause(
        r"server misbehaving",
        "dns-servfail",
        "CoreDNS answers SERVFAIL: it cannot ask the servers that it forwards to",
        "Check the servers in the resolv.conf that the kubelet gives CoreDNS, and their reachability from pods: "
        "`kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20`.",
    ),
    Cause(
        r"connection refused",
        "dns-refused",
        "nothing answers behind the DNS service",
        "CoreDNS has no ready pod, or kube-proxy does not run: `kubectl -n kube-system get pods -o wide`.",
    ),
    Cause(
        r"i/o timeout|deadline exceeded|timed out",
        "dns-timeout",
        "the DNS service does not answer",
        "Is a CoreDNS pod ready (`kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide`)? Then check kube-proxy, the "
        "pod network and firewalls: UDP 53 must pass between pods of different nodes.",
    ),
)


def diagnose_dns(text: str, name: str, node: str, *, external: bool) -> Finding:
    """Why a pod does not resolve a name."""
    kind = "outside name" if external else "cluster name"
    otherwise = ("dns-error", "it does not resolve", "`kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20`.")
    found = explain(DNS_CAUSES, text, f"A pod asked for the {kind} {name}", otherwise=otherwise, host=node)
    if external:
        found["subjects"] = ["verify_external_name"]
        found["fix"] += ' For a cluster without Internet, set verify_external_name: "".'
    return found


def diagnose_reach(text: str, node: str) -> Finding:
    """Why the API server does not reach the test pod on a node."""
    return error(
        "api-to-pod",
        "The API server does not reach the test pod on this node",
        why=brief(text),
        fix="The pod network from a control plane to this node is broken: see the CNI's pods, and both firewalls.",
        host=node,
    )


def diagnose_paths(failures: t.Mapping[tuple[str, str], str], total: int, nodes: t.Sequence[str]) -> list[Finding]:
    """Why pods do not reach pods. Keys are (from node, to node), values what was said."""
    if not failures:
        return []
    culprits = [node for node in nodes if all(node in pair for pair in failures)]
    shown = [f"{source} to {target}" for source, target in sorted(failures)[:6]]
    pairs = ", ".join(shown) + (" ..." if len(shown) < len(failures) else "")
    return [
        error(
            "pod-network-broken",
            f"Pods do not reach pods on other nodes: {len(failures)} of {total} paths fail ({pairs})",
            why=brief(next(iter(failures.values()))),
            fix="The nodes must reach each other's node addresses on the CNI's port (Flannel: UDP 8472, Calico VXLAN: UDP "
            "4789): check firewalls, cluster_node_ip and the MTU.",
            host=culprits[0] if len(culprits) == 1 else "",
        )
    ]


def diagnose_family(node: str, addresses: t.Sequence[str]) -> Finding:
    """Why the pods of a node have one family in a dual-stack cluster."""
    return error(
        "pod-family-missing",
        f"Pods on this node have {' and '.join(addresses) or 'no address'}, and no address of the other family",
        fix="`kubectl get nodes -o custom-columns=N:.metadata.name,P:.spec.podCIDRs`: a node without two blocks was joined "
        "before the cluster had both families. With two blocks, see the CNI's pod on that node.",
        host=node,
    )


def diagnose_cluster_ip(text: str, address: str, node: str) -> Finding:
    """Why a pod does not reach a ClusterIP."""
    return error(
        "cluster-ip-silent",
        f"A pod does not reach the service address {address}",
        why=brief(text),
        fix="kube-proxy serves it: see its pod on that node and its log, `kubectl -n kube-system get pods -o wide`.",
        host=node,
    )


def diagnose_node_port(text: str, node: str, address: str, port: int) -> Finding:
    """Why a NodePort does not answer."""
    refused = "refused" in text
    return error(
        "node-port-refused" if refused else "node-port-silent",
        f"http://{bracketed(address)}:{port} (NodePort) does not answer from this machine",
        why=brief(text),
        fix=f"kube-proxy on {node} does not serve it: see its log."
        if refused
        else f"A firewall on {node} or on the way drops it: NodePorts are TCP 30000-32767.",
        host=node,
    )


def announcers(service: Object, events: t.Iterable[Object]) -> list[str]:
    """The nodes that announce a service's address, as MetalLB's speakers say; the newest last."""
    texts = [str(e.get("message", "")) for e in events_of(service, events) if e.get("reason") == "nodeAssigned"]
    return [match.group(1) for match in (re.search(r'from node "([^"]+)"', text) for text in texts) if match]


def by_metallb(service: Object) -> bool:
    """Whether MetalLB gave the service its address."""
    return any(key.endswith("/ip-allocated-from-pool") for key in service["metadata"].get("annotations") or {})


def diagnose_load_balancer(
    service: Object,
    events: t.Iterable[Object],
    nodes: t.Sequence[Object],
    text: str,
    neighbour: str = "",
    address: str = "",
) -> Finding:
    """Why a LoadBalancer service does not answer on the LAN, at one of its addresses or at the first.

    ``neighbour`` is what this machine's ARP table says about the address: a MAC, ``incomplete``, or "" for nothing.
    """
    mine = events_of(service, events)
    address = address or next(iter(ingresses(service)), "")
    if not address:
        return _no_address(service, mine)
    announced = announcers(service, mine)
    excluded = [name_of(n) for n in nodes if EXCLUDE_LABEL in (n["metadata"].get("labels") or {})]
    if not announced and nodes and len(excluded) == len(nodes):
        return error(
            "load-balancer-excluded",
            f"LoadBalancer address {address}: no node may announce it",
            why=f"{', '.join(excluded)} carry the label {EXCLUDE_LABEL}, and there is no other node.",
            fix=f"`kubectl label node {' '.join(excluded)} {EXCLUDE_LABEL}-`.",
        )
    if not announced:
        return error(
            "load-balancer-not-announced",
            f"LoadBalancer address {address}: no node announces it",
            why=f"No speaker took it. {brief(text)}",
            fix="`kubectl -n metallb-system get pods,l2advertisements`, and the speakers' logs: the pool needs an "
            "L2Advertisement, and a speaker on a node that runs a pod.",
        )
    return _silent_address(address, announced[-1], text, neighbour)


def _no_address(service: Object, events: t.Sequence[Object]) -> Finding:
    failed = [str(e.get("message", "")) for e in events if e.get("reason") == "AllocationFailed"]
    if failed:
        return error(
            "load-balancer-pool",
            f"Service {place_of(service)} gets no LoadBalancer address: {brief(failed[-1])}",
            fix="Add addresses to cluster_load_balancer_ranges, or delete services that no longer need theirs.",
            subjects=["cluster_load_balancer_ranges"],
        )
    return error(
        "load-balancer-no-address",
        f"Service {place_of(service)} gets no LoadBalancer address, and no controller says why",
        fix="Does MetalLB's controller run, and is there an IPAddressPool? "
        "`kubectl -n metallb-system get pods,ipaddresspools,l2advertisements`.",
    )


def _silent_address(address: str, announced: str, text: str, neighbour: str) -> Finding:
    if "refused" in text:
        id_, fix = (
            "load-balancer-refused",
            "The node is reached; kube-proxy there does not serve the service: see its log.",
        )
    elif STRANGER in text:
        id_, fix = (
            "load-balancer-taken",
            "Take the address out of cluster_load_balancer_ranges, or off the other machine.",
        )
    elif neighbour == "incomplete" or "No route to host" in text:
        id_ = "load-balancer-arp"
        fix = (
            "Nobody answers ARP for it: this machine must be in the nodes' network segment (no router, VPN or Wi-Fi "
            "client isolation between), and the range in cluster_load_balancer_ranges must belong to that segment."
        )
    else:
        id_ = "load-balancer-silent"
        fix = "Another machine uses the address, or a firewall on the announcing node drops TCP 80."
        if neighbour:
            fix += f" ARP here says {neighbour}: compare it with that node's MAC address."
    what = f"LoadBalancer address {address} does not answer from this machine"
    return error(id_, what, why=f"{announced} announces it; {brief(text)}", fix=fix)


__all__ = (
    "STRANGER",
    "announcers",
    "by_metallb",
    "diagnose_cluster_ip",
    "diagnose_dns",
    "diagnose_family",
    "diagnose_load_balancer",
    "diagnose_node_port",
    "diagnose_paths",
    "diagnose_reach",
)
