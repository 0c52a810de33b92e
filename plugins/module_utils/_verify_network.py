# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The legs over the network. They run side by side with a short patience, since everything they need is ready."""

from __future__ import annotations

import functools
import time

from ansible_collections.homelab.kubernetes.plugins.module_utils import _verify as v
from ansible_collections.homelab.kubernetes.plugins.module_utils import _verify_causes_network as causes
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify_causes import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify_session import Outcome, Session

NO_POD, NO_SOURCE, NO_PAIR = "no test pod runs", "no test pod can be asked", "no pair of test pods can be asked"


def pod_network(session: Session) -> Outcome:
    """Every test pod reaches every other by its address."""
    addresses = {node: pod["status"]["podIP"] for node, pod in session.pods.items()}
    pairs = [(a, b) for a in session.sources for b in addresses if a != b]
    if not pairs:
        single = len(session.settings.nodes) == 1
        return Outcome("there is only one node" if single else NO_PAIR, skipped=True)
    failures = session.persist(
        {(a, b): functools.partial(session.dial, session.pods[a], addresses[b], v.POD_PORT) for a, b in pairs}
    )
    detail = f"{len(pairs) - len(failures)} of {len(pairs)} paths between pods on different nodes"
    return Outcome(detail, causes.diagnose_paths(failures, len(pairs), list(addresses)))


def dns(session: Session) -> Outcome:
    """Pods on every node resolve a cluster name, a service's bare name and a name on the Internet."""
    if not session.sources:
        return Outcome(NO_SOURCE, skipped=True)
    settings = session.settings
    # A final dot spares the search list; the service's bare name proves it.
    names = [f"kubernetes.default.svc.{settings.dns_domain}.", v.WEB]
    outside = f"{settings.external_name.rstrip('.')}." if settings.external_name else ""
    names += [outside] if outside else []
    failures = session.persist(
        {
            (node, name): functools.partial(session.dial, session.pods[node], name, v.SERVICE_PORT, connect=False)
            for node in session.sources
            for name in names
        }
    )
    # A pod that gets no answer for one name gets none for the next: its first failure counts.
    first = dict(reversed(list(failures)))
    found = [
        causes.diagnose_dns(failures[node, first[node]], first[node].rstrip("."), node, external=first[node] == outside)
        for node in session.sources
        if node in first
    ]
    shown = ", ".join(name.rstrip(".") for name in names)
    skipped = "" if outside else "; outside names skipped: no external_name"
    total = len(session.sources) * len(names)
    return Outcome(f"{total - len(failures)} of {total} answers for {shown}{skipped}", found)


def cluster_ip(session: Session) -> Outcome:
    """Pods on every node reach a service's address."""
    if not session.sources:
        return Outcome(NO_SOURCE, skipped=True)
    address = str(session.json("GET", session.path("services", v.WEB))["spec"]["clusterIP"])
    failures = session.persist(
        {node: functools.partial(session.dial, session.pods[node], address, v.SERVICE_PORT) for node in session.sources}
    )
    detail = f"{address} from {len(session.sources) - len(failures)} of {len(session.sources)} nodes' pods"
    return Outcome(detail, [causes.diagnose_cluster_ip(text, address, node) for node, text in failures.items()])


def node_port(session: Session) -> Outcome:
    """This machine reaches a NodePort on every node."""
    if not session.pods:
        return Outcome(NO_POD, skipped=True)
    settings = session.settings
    port = int(session.json("GET", session.path("services", v.WEB))["spec"]["ports"][0]["nodePort"])
    inside = {v.name_of(node): v.node_info(node)["address"] for node in session.nodes}
    addresses = {node: settings.node_addresses.get(node) or inside[node] for node in settings.nodes if node in inside}
    failures = session.persist(
        {node: functools.partial(session.fetch, address, port) for node, address in addresses.items()}
    )
    detail = f"port {port} on {len(addresses) - len(failures)} of {len(addresses)} nodes, from this machine"
    found = [causes.diagnose_node_port(text, node, addresses[node], port) for node, text in failures.items()]
    return Outcome(detail, found)


def load_balancer(session: Session) -> Outcome:
    """This machine reaches a service through an address on the LAN."""
    if not session.settings.load_balancer:
        return Outcome("the cluster has no load balancer", skipped=True)
    if not session.pods:
        return Outcome(NO_POD, skipped=True)
    path = session.path("services", v.LOAD_BALANCER)
    deadline = time.monotonic() + session.patience
    service = session.until(lambda: session.json("GET", path), lambda seen: bool(v.ingress(seen)), deadline)
    address = v.ingress(service)
    problem = "no address"
    if address:
        problem = session.persist({address: functools.partial(_ask_address, session, service)}).get(address, "")
    events = session.events(session.settings.namespace)
    if not problem:
        by = f", announced by {nodes[-1]}" if (nodes := causes.announcers(service, events)) else ""
        return Outcome(f"http://{address} answers 200 from this machine{by}")
    neighbour = session.lan.neighbour(address)
    found = causes.diagnose_load_balancer(service, events, session.nodes, problem, neighbour)
    return Outcome(f"{address}: {brief(problem, 80)}" if address else problem, [found])


def _ask_address(session: Session, service: Object) -> str:
    """Why the address does not answer.

    This machine's ARP table may still lead to a node that announced the address earlier: with MetalLB an answer
    counts when a node says that it announces it now.
    """
    problem = session.fetch(v.ingress(service), v.SERVICE_PORT)
    if problem or not causes.by_metallb(service):
        return problem
    announced = causes.announcers(service, session.events(session.settings.namespace))
    return "" if announced else "It answers only because this machine remembers a node that announced it earlier."


__all__ = ("cluster_ip", "dns", "load_balancer", "node_port", "pod_network")
