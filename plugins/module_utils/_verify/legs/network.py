# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The legs over the network. They run side by side with a short patience, since everything they need is ready."""

from __future__ import annotations

import functools
import time

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import results
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import network as causes
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Outcome, Session

NO_POD, NO_SOURCE, NO_PAIR = "no test pod runs", "no test pod can be asked", "no pair of test pods can be asked"


def pod_network(session: Session) -> Outcome:
    """Every test pod reaches every other by its address."""
    addresses = {node: v.pod_addresses(pod) for node, pod in session.pods.items()}
    lacking = [node for node, found in addresses.items() if session.settings.dual_stack and len(found) < 2]
    if lacking:
        return Outcome("pods have one family only", [causes.diagnose_family(node, addresses[node]) for node in lacking])
    paths = [(a, b, address) for a in session.sources for b in addresses if a != b for address in addresses[b]]
    if not paths:
        single = len(session.settings.nodes) == 1
        return Outcome("there is only one node" if single else NO_PAIR, skipped=True)
    failures = session.persist(
        {path: functools.partial(session.dial, session.pods[path[0]], path[2], v.WEB_PORT) for path in paths}
    )
    pairs = {(a, b): text for (a, b, _address), text in failures.items()}
    detail = f"{len(paths) - len(failures)} of {len(paths)} paths between pods on different nodes{_both(session)}"
    return Outcome(detail, causes.diagnose_paths(pairs, len(session.sources) * (len(addresses) - 1), list(addresses)))


def _both(session: Session) -> str:
    return ", IPv4 and IPv6" if session.settings.dual_stack else ""


def _answered(session: Session) -> list[str]:
    """The nodes whose pods resolve a name that cannot exist (RFC 6761), which only a search domain can answer."""
    answers = session.calls.map(
        lambda node: session.dial(session.pods[node], causes.NOWHERE, v.SERVICE_PORT, connect=False), session.sources
    )
    return [node for node, refused in zip(session.sources, answers) if not refused]


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
    if outside and not failures:
        found = [causes.diagnose_wildcard(node) for node in _answered(session)]
        if found:
            return Outcome(f"{causes.NOWHERE} resolves", found)
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
    addresses = v.cluster_addresses(session.json("GET", session.path("services", v.WEB)))
    failures = session.persist(
        {
            (node, address): functools.partial(session.dial, session.pods[node], address, v.SERVICE_PORT)
            for node in session.sources
            for address in addresses
        }
    )
    reached = len(session.sources) - len({node for node, _address in failures})
    detail = f"{' and '.join(addresses)} from {reached} of {len(session.sources)} nodes' pods"
    found = [causes.diagnose_cluster_ip(text, address, node) for (node, address), text in failures.items()]
    return Outcome(detail, found)


def node_port(session: Session) -> Outcome:
    """This machine reaches a NodePort on every node."""
    if not session.pods:
        return Outcome(NO_POD, skipped=True)
    settings = session.settings
    port = int(session.json("GET", session.path("services", v.WEB))["spec"]["ports"][0]["nodePort"])
    inside = {v.name_of(node): [results.node_info(node)["address"]] for node in session.nodes}
    addresses = {node: settings.node_addresses.get(node) or inside[node] for node in settings.nodes if node in inside}
    failures = session.persist(
        {
            (node, address): functools.partial(session.fetch, address, port)
            for node, found in addresses.items()
            for address in found
        }
    )
    reached = len(addresses) - len({node for node, _address in failures})
    detail = f"port {port} on {reached} of {len(addresses)} nodes, from this machine{_both(session)}"
    findings = [causes.diagnose_node_port(text, *key, port) for key, text in failures.items()]
    return Outcome(detail, findings)


def load_balancer(session: Session) -> Outcome:
    """This machine reaches a service through an address on the LAN."""
    if not session.settings.load_balancer:
        return Outcome("the cluster has no load balancer", skipped=True)
    if not session.pods:
        return Outcome(NO_POD, skipped=True)
    path = session.path("services", v.LOAD_BALANCER)
    deadline = time.monotonic() + session.patience
    wanted = max(1, len(session.settings.load_balancer_families))
    service = session.until(lambda: session.json("GET", path), lambda seen: len(v.ingresses(seen)) >= wanted, deadline)
    addresses = v.ingresses(service)
    problems = {"": "no address"}
    if addresses:
        problems = session.persist({a: functools.partial(_ask_address, session, service, a) for a in addresses})
    events = session.events(session.settings.namespace)
    if not problems:
        by = f", announced by {nodes[-1]}" if (nodes := causes.announcers(service, events)) else ""
        shown = " and ".join(f"http://{v.bracketed(address)}" for address in addresses)
        return Outcome(f"{shown} answer{'s' * (len(addresses) == 1)} 200 from this machine{by}")
    address, problem = next(iter(problems.items()))
    neighbour = session.lan.neighbour(address)
    found = causes.diagnose_load_balancer(service, events, session.nodes, problem, neighbour, address)
    return Outcome(f"{address}: {brief(problem, 80)}" if address else problem, [found])


def _ask_address(session: Session, service: Object, address: str) -> str:
    """Why the address does not answer.

    This machine's ARP table may still lead to a node that announced the address earlier: with MetalLB an answer
    counts when a node says that it announces it now.
    """
    problem = session.fetch(address, v.SERVICE_PORT)
    if problem or not causes.by_metallb(service):
        return problem
    announced = causes.announcers(service, session.events(session.settings.namespace))
    return "" if announced else "It answers only because this machine remembers a node that announced it earlier."


__all__ = ("cluster_ip", "dns", "load_balancer", "node_port", "pod_network")
