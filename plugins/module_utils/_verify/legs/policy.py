# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The leg that proves NetworkPolicy: everything is shut, one path is opened, everything is as before.

Three pods of its own, so that no other leg is shut out: a client, one beside it behind a service, one on another node.
The API server must go on asking the client, from outside the pod network's own node: its port stays open all the time.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import network as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import POD_NETWORKS
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Outcome, Session

KIND = "networking.k8s.io/v1/networkpolicies"
# Who does not get an answer in this time is shut out: an open path answers in milliseconds.
SHUT_AFTER = 1.5
NAME, ROLE = "app.kubernetes.io/name", "app.kubernetes.io/component"
ALL = {NAME: "homelab-verify-policy"}
SERVICE = "policy"


class Target(t.NamedTuple):
    """Something the client tries to reach: a host and a port, or with port 0 a name to resolve."""

    host: str
    port: int


def _labels(role: str) -> dict[str, str]:
    return {**ALL, ROLE: role}


def _pods(session: Session) -> list[Object]:
    """The client and its neighbour on one node, the third pod on another where there is one."""
    nodes, settings = session.asked(), session.settings
    # A worker asks, so that the API server comes over the pod network too.
    near, far = nodes[-1], nodes[0]
    made = []
    for role, node in (("client", near), ("shut", near), ("open", far)):
        make = v.asked_pod if role == "client" else v.web_pod
        pod = make(settings.namespace, f"policy-{role}", node, settings.image, settings.lifetime)
        pod["metadata"]["labels"].update(_labels(role))
        made.append(pod)
    return made


def _service(namespace: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": SERVICE, "namespace": namespace},
        "spec": {"selector": _labels("shut"), "ports": [{"port": v.SERVICE_PORT, "targetPort": v.WEB_PORT}]},
    }


def policies(namespace: str) -> dict[str, list[Object]]:
    """What shuts everything but the question to the client, and what opens one path."""
    asked, ports = ([{"protocol": "TCP", "port": port}] for port in (v.ASK_PORT, v.WEB_PORT))

    def policy(name: str, selected: t.Mapping[str, str], **rules: t.Any) -> Object:
        spec = {"podSelector": {"matchLabels": dict(selected)}, **rules}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace},
            "spec": spec,
        }

    def peer(role: str) -> list[Object]:
        return [{"podSelector": {"matchLabels": _labels(role)}}]

    client, opened = _labels("client"), _labels("open")
    return {
        "deny": [
            policy("ask", client, policyTypes=["Ingress"], ingress=[{"ports": asked}]),
            policy("deny", ALL, policyTypes=["Ingress", "Egress"]),
        ],
        "allow": [
            policy("allow-out", client, policyTypes=["Egress"], egress=[{"to": peer("open"), "ports": ports}]),
            policy("allow-in", opened, policyTypes=["Ingress"], ingress=[{"from": peer("client"), "ports": ports}]),
        ],
    }


class Trial:
    """The pods at work, and which paths are open as they should be."""

    def __init__(self, session: Session, pods: t.Mapping[str, Object], address: str) -> None:
        self._session, self._client = session, pods["client"]
        ips = {role: str(pod["status"]["podIP"]) for role, pod in pods.items()}
        apart = v.wanted_node(pods["open"]) != v.wanted_node(pods["client"])
        self.opened = "other node" if apart else "second pod"
        self.targets = {
            "same node": Target(ips["shut"], v.WEB_PORT),
            self.opened: Target(ips["open"], v.WEB_PORT),
            "service": Target(address, v.SERVICE_PORT),
            "DNS": Target(f"kubernetes.default.svc.{session.settings.dns_domain}.", 0),
        }

    def wrong(self, opened: t.Collection[str]) -> dict[str, str]:
        """Paths that do not become as they should be, and how they are instead."""
        return self._session.persist(
            {path: functools.partial(self._try, path, path in opened) for path in self.targets}
        )

    def _try(self, path: str, opened: bool) -> str:
        host, port = self.targets[path]
        refused = self._session.dial(self._client, host, port or v.SERVICE_PORT, connect=bool(port), timeout=SHUT_AFTER)
        if opened:
            return refused
        return "" if refused else "it is open"


def network_policy(session: Session) -> Outcome:
    """A policy that denies shuts every path, another opens one, and without them all is as before."""
    reason = POD_NETWORKS[session.settings.cni].unproven
    if reason or not session.asked():
        return Outcome(reason or "no test pod can be asked", skipped=True)
    namespace = session.settings.namespace
    session.create(session.path("services"), _service(namespace))
    made = _pods(session)
    list(session.calls.map(functools.partial(session.create, session.path("pods")), made))
    names = {v.name_of(pod) for pod in made}
    seen = session.until(
        lambda: [pod for pod in session.items(session.path("pods")) if v.name_of(pod) in names],
        lambda pods: len(pods) == len(names) and all(map(v.pod_ready, pods)),
        session.deadline,
    )
    if not all(map(v.pod_ready, seen)):
        return Outcome("its pods do not start", session.diagnose_pods(seen, session.events(namespace), "Test pod"))
    address = str(session.json("GET", session.path("services", SERVICE))["spec"]["clusterIP"])
    return _prove(session, Trial(session, {pod["metadata"]["labels"][ROLE]: pod for pod in seen}, address))


def _prove(session: Session, trial: Trial) -> Outcome:
    """The steps in their order; the first that goes wrong ends it."""
    everything, path, wanted = list(trial.targets), session.path(KIND), policies(session.settings.namespace)
    broken = trial.wrong(everything)
    if broken:
        # The legs over the network say why.
        return Outcome(f"without a policy it is shut already: {', '.join(broken)}", skipped=True)

    def make(name: str) -> None:
        for policy in wanted[name]:
            session.create(path, policy)

    steps: list[tuple[str, t.Callable[[], None], list[str]]] = [
        ("deny", lambda: make("deny"), []),
        ("allow", lambda: make("allow"), [trial.opened]),
        ("after", lambda: session.delete(path), everything),
    ]
    for name, change, opened in steps:
        change()
        wrong = trial.wrong(opened)
        if wrong:
            return Outcome(f"{name}: {', '.join(wrong)}", [_finding(name, wrong, opened)])
    return Outcome(f"deny shuts {', '.join(everything)}; allow opens {trial.opened} alone; removing restores all")


_WRONG = {
    "deny": kinds.NETWORK_POLICY_NOT_ENFORCED,
    "allow": kinds.NETWORK_POLICY_INEXACT,
    "after": kinds.NETWORK_POLICY_STAYS,
}


def _finding(step: str, wrong: t.Mapping[str, str], opened: t.Collection[str]) -> Finding:
    paths = ", ".join(f"{path} ({'shut' if path in opened else 'open'})" for path in wrong)
    return _WRONG[step].at(said=brief(next(iter(wrong.values()))), paths=paths)


__all__ = ("KIND", "network_policy", "policies")
