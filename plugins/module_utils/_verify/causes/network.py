# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why pods, names, services or the load balancer are not reached."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import network as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
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
# No final dot: the search list is tried.
NOWHERE = "homelab-verify.invalid"
EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"

# What a pod's resolver says.
DNS_CAUSES = (
    Cause(r"no such host", kinds.DNS_NXDOMAIN),
    Cause(r"server misbehaving", kinds.DNS_SERVFAIL),
    Cause(r"connection refused", kinds.DNS_REFUSED),
    Cause(r"i/o timeout|deadline exceeded|timed out", kinds.DNS_TIMEOUT),
)


def diagnose_dns(text: str, name: str, node: str, *, external: bool) -> Finding:
    """Why a pod does not resolve a name."""
    kind = "outside name" if external else "cluster name"
    found = explain(DNS_CAUSES, text, f"A pod asked for the {kind} {name}", otherwise=kinds.DNS_ERROR, host=node)
    if external:
        found["subjects"] = ["verify_external_name"]
        found["fix"] += ' For a cluster without Internet, set verify_external_name: "".'
    return found


def diagnose_wildcard(node: str) -> Finding:
    """Why a pod gets an answer for a name that cannot exist."""
    return kinds.DNS_WILDCARD.at(node, subjects=["kubeadm_nameservers"], name=NOWHERE)


def diagnose_reach(text: str, node: str) -> Finding:
    """Why the API server does not reach the test pod on a node."""
    return kinds.API_TO_POD.at(node, said=brief(text))


def diagnose_paths(failures: t.Mapping[tuple[str, str], str], total: int, nodes: t.Sequence[str]) -> list[Finding]:
    """Why pods do not reach pods. Keys are (from node, to node), values what was said."""
    if not failures:
        return []
    culprits = [node for node in nodes if all(node in pair for pair in failures)]
    shown = [f"{source} to {target}" for source, target in sorted(failures)[:6]]
    pairs = ", ".join(shown) + (" ..." if len(shown) < len(failures) else "")
    return [
        kinds.POD_NETWORK_BROKEN.at(
            culprits[0] if len(culprits) == 1 else "",
            said=brief(next(iter(failures.values()))),
            failures=len(failures),
            total=total,
            pairs=pairs,
        )
    ]


def diagnose_family(node: str, addresses: t.Sequence[str]) -> Finding:
    """Why the pods of a node have one family in a dual-stack cluster."""
    return kinds.POD_FAMILY_MISSING.at(node, addresses=" and ".join(addresses) or "no address")


def diagnose_cluster_ip(text: str, address: str, node: str) -> Finding:
    """Why a pod does not reach a ClusterIP."""
    return kinds.CLUSTER_IP_SILENT.at(node, said=brief(text), address=address)


def diagnose_node_port(text: str, node: str, address: str, port: int) -> Finding:
    """Why a NodePort does not answer."""
    kind = kinds.NODE_PORT_REFUSED if "refused" in text else kinds.NODE_PORT_SILENT
    return kind.at(node, said=brief(text), node=node, url=f"http://{bracketed(address)}:{port}")


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
        return kinds.LOAD_BALANCER_EXCLUDED.at(
            address=address, excluded=", ".join(excluded), label=EXCLUDE_LABEL, nodes=" ".join(excluded)
        )
    if not announced:
        return kinds.LOAD_BALANCER_NOT_ANNOUNCED.at(address=address, answer=brief(text))
    return _silent_address(address, announced[-1], text, neighbour)


def _no_address(service: Object, events: t.Sequence[Object]) -> Finding:
    failed = [str(e.get("message", "")) for e in events if e.get("reason") == "AllocationFailed"]
    if failed:
        return kinds.LOAD_BALANCER_POOL.at(
            subjects=["cluster_load_balancer_ranges"], service=place_of(service), answer=brief(failed[-1])
        )
    return kinds.LOAD_BALANCER_NO_ADDRESS.at(service=place_of(service))


def _silent_address(address: str, announced: str, text: str, neighbour: str) -> Finding:
    arp = f" ARP here says {neighbour}: compare it with that node's MAC address." if neighbour else ""
    kind = kinds.LOAD_BALANCER_SILENT
    if "refused" in text:
        kind = kinds.LOAD_BALANCER_REFUSED
    elif STRANGER in text:
        kind = kinds.LOAD_BALANCER_TAKEN
    elif neighbour == "incomplete" or "No route to host" in text:
        kind = kinds.LOAD_BALANCER_ARP
    return kind.at(address=address, node=announced, answer=brief(text), arp=arp)


__all__ = (
    "NOWHERE",
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
    "diagnose_wildcard",
)
