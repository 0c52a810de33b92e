# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The legs until the cluster and the test pods are ready: each waits as long as a fresh cluster may need."""

from __future__ import annotations

import functools
import time
import typing as t
from urllib.parse import quote

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import pods as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import ask
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import mark as _verify_mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.api import (
    diagnose_api,
    diagnose_stuck_namespace,
    foreign_namespace,
    running,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.network import diagnose_reach
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.nodes import diagnose_nodes
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.pods import (
    diagnose,
    diagnose_sharing,
    diagnose_workload,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import FINAL, brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    CONFLICT,
    NOT_FOUND,
    OK,
    ApiDownError,
    Outcome,
    RefusedError,
    Session,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.spread import shared_node

# How long everything else may go on after one pod proved hopeless.
HOPELESS_AFTER = 5.0


class Survey(t.NamedTuple):
    """What runs in the namespaces at one moment."""

    found: list[tuple[str, Object]]
    unready: list[tuple[str, Object]]
    empty: list[str]
    pods: list[Object]

    def names(self) -> list[str]:
        return [*(f"namespace {name} (empty)" for name in self.empty), *(v.progress(*item) for item in self.unready)]


class Hopeless:
    """Whether some pods fail for a reason that waiting does not cure.

    Others get a little more time, so that one mistake on all nodes is seen on all of them.
    """

    def __init__(self) -> None:
        self._since: float | None = None

    def __call__(self, pods: t.Iterable[Object]) -> bool:
        unready = [pod for pod in pods if not v.pod_ready(pod)]
        final = [any(f["id"] in FINAL for f in diagnose(pod, (), ())) for pod in unready]
        if not any(final):
            self._since = None
            return False
        self._since = self._since or time.monotonic()
        return all(final) or time.monotonic() - self._since > HOPELESS_AFTER


def api(session: Session) -> Outcome:
    """The API server says that it is ready."""

    def look() -> str:
        try:
            reply = session.api.call("GET", "/readyz?verbose")
        except ApiDownError as exc:
            return str(exc)
        return "" if reply.status == OK else f"HTTP {reply.status} {reply.body}"

    def good(problem: str) -> bool:
        return not problem or diagnose_api(problem, "")["id"] in FINAL

    problem = session.until(look, good, session.deadline)
    if problem:
        return Outcome(brief(problem, 80), [diagnose_api(problem, session.api.server)])
    version = str(session.json("GET", "/version")["gitVersion"])
    return Outcome(f"{session.api.server} {version}", learned={"version": version})


def nodes(session: Session) -> Outcome:
    """The nodes are exactly those of the inventory, all of them ready."""
    wanted = session.settings.nodes
    seen = session.until(
        lambda: session.items("/api/v1/nodes"), lambda seen: not diagnose_nodes(wanted, seen), session.deadline
    )
    found = diagnose_nodes(wanted, seen)
    detail = f"not as expected: {', '.join(sorted({f['host'] for f in found}))}"
    return Outcome(
        detail if found else f"{len(seen)} Ready, exactly those of the inventory", found, learned={"nodes": seen}
    )


# Workloads


def _survey(session: Session) -> Survey:
    every: list[tuple[str, Object]] = []
    empty, pods = [], []
    namespaces = session.settings.namespaces
    paths = {
        (namespace, kind): f"/apis/apps/v1/namespaces/{quote(namespace)}/{plural}"
        for namespace in namespaces
        for kind, plural in v.WORKLOADS.items()
    }
    for namespace in namespaces:
        paths[namespace, "Pod"] = f"/api/v1/namespaces/{quote(namespace)}/pods"
    answers = dict(zip(paths, session.calls.map(session.items, paths.values())))
    for namespace in namespaces:
        pods += answers[namespace, "Pod"]
        static = [("Pod", pod) for pod in answers[namespace, "Pod"] if v.static_pod(pod)]
        found = static + [(kind, obj) for kind in v.WORKLOADS for obj in answers[namespace, kind]]
        every += found
        empty += [] if found else [namespace]
    return Survey(every, [(kind, obj) for kind, obj in every if not v.ready(kind, obj)], empty, pods)


def workloads(session: Session) -> Outcome:
    """Everything in the namespaces that count is ready."""
    last: list[str] = []

    hopeless = Hopeless()

    def good(survey: Survey) -> bool:
        last[:] = survey.names() or last
        return not survey.names() or hopeless(survey.pods)

    survey = session.until(lambda: _survey(session), good, session.deadline)
    if not survey.names():
        waited = f"; waited for {', '.join(last)}" if last else ""
        ready = f"{len(survey.found)} ready in {', '.join(session.settings.namespaces)}{waited}"
        return Outcome(ready, _together(session, survey))
    found = [
        kinds.NAMESPACE_EMPTY.at(name=name)
        for name in survey.empty
    ]  # fmt: skip
    for kind, obj in survey.unready:
        found += _diagnose_workload(session, kind, obj, survey.pods)
    return Outcome(f"not ready: {', '.join(survey.names())}", found)


def _together(session: Session, survey: Survey) -> list[Finding]:
    """Warnings about workloads that one node alone runs though others could help. Nodes are asked for only where pods share one."""
    scaled = [(kind, obj) for kind, obj in survey.found if kind in ("Deployment", "StatefulSet")]
    owned = [(kind, obj, [pod for pod in survey.pods if v.selects(obj, pod)]) for kind, obj in scaled]
    sharing = [(kind, obj, own) for kind, obj, own in owned if shared_node(own)]
    seen = session.items("/api/v1/nodes") if sharing else []
    return [finding for kind, obj, own in sharing for finding in diagnose_sharing(kind, obj, own, seen)]


def _diagnose_workload(session: Session, kind: str, obj: Object, pods: t.Sequence[Object]) -> list[Finding]:
    events = session.events(obj["metadata"]["namespace"])
    own = [obj] if kind == "Pod" else [pod for pod in pods if v.selects(obj, pod)]
    return session.diagnose_pods(own, events, f"{kind} {v.place_of(obj)}") or diagnose_workload(kind, obj, events)


def relapsed(session: Session) -> Outcome:
    """What was ready when the proof began and is not any more: often why something else failed."""
    seen = session.items("/api/v1/nodes")
    found = diagnose_nodes(session.settings.nodes, seen)
    survey = _survey(session)
    for kind, obj in survey.unready:
        found += _diagnose_workload(session, kind, obj, survey.pods)
    return Outcome("", found, learned={"nodes": seen})


# The test pods


def pods(session: Session) -> Outcome:
    """A test pod runs on every node, and the API server reaches it."""
    known = [node for node in session.items("/api/v1/nodes") if v.name_of(node) in session.settings.nodes]
    if not known:
        return Outcome("no node of the inventory is in the cluster", diagnose_nodes(session.settings.nodes, []))
    problems = _prepare(session, sorted(known, key=session.inventory_order))
    if problems:
        return Outcome("the test objects cannot be made", problems)
    wanted, hopeless = len(known), Hopeless()
    seen = session.until(
        lambda: session.items(session.path("pods")),
        lambda seen: sum(map(v.pod_ready, seen)) >= wanted or hopeless(seen),
        session.deadline,
    )
    ready = {v.wanted_node(pod): pod for pod in seen if v.pod_ready(pod)}
    unreached = session.persist({node: functools.partial(_reach, session, pod) for node, pod in ready.items()})
    sources = [node for node in ready if node not in unreached]
    detail = f"{len(ready)} of {wanted} nodes run the test pod, the API server reaches {len(sources)}"
    found = [diagnose_reach(text, node) for node, text in unreached.items()]
    if len(ready) < wanted:
        found += session.diagnose_pods(seen, session.events(session.settings.namespace), "Test pod")
    if len(sources) < wanted and not found:
        found = [kinds.POD_GONE.at()]
    return Outcome(detail, found, learned={"pods": ready, "sources": sources})


def _reach(session: Session, pod: Object) -> str:
    """Why the API server does not reach a test pod; "" when it does."""
    try:
        reply = session.api.call("GET", ask.pod_path(session.settings.namespace, v.name_of(pod), "hostname"))
    except ApiDownError as exc:
        return str(exc)
    return "" if reply.status == OK else ask.status_message(reply.body)


def _prepare(session: Session, nodes: t.Sequence[Object]) -> list[Finding]:
    """Makes the namespace, the services and a pod per node."""
    settings, name = session.settings, session.settings.namespace
    problems = [] if _make(session) else _take_over(session)
    if problems:
        return problems
    session.created.set()
    session.create(session.path("serviceaccounts"), v.account_object(name))
    services = v.service_objects(
        name, settings.load_balancer, dual_stack=settings.dual_stack, families=settings.load_balancer_families
    )
    pods = [v.asked_pod(name, f"verify-{n}", node, settings.image, settings.lifetime) for n, node in enumerate(nodes)]
    paths = [session.path("services")] * len(services) + [session.path("pods")] * len(pods)
    list(session.calls.map(session.create, paths, services + pods))
    return []


def _marks(session: Session) -> dict[str, str]:
    return _verify_mark.written(session.settings.mark, session.settings.lifetime, time.time())


def _make(session: Session) -> bool:
    """Whether the namespace was made now."""
    return session.create("/api/v1/namespaces", v.namespace_object(session.settings.namespace, _marks(session)))


def _take_over(session: Session) -> list[Finding]:
    """Gets rid of what an interrupted run left; what is not ours, or in use by another run, is not touched."""
    name = session.settings.namespace

    def look() -> Object:
        try:
            return session.json("GET", f"/api/v1/namespaces/{quote(name)}")
        except RefusedError as exc:
            if exc.status != NOT_FOUND:
                raise
            return {}

    namespace = look()
    if namespace and not v.is_ours(namespace):
        return [foreign_namespace(name)]
    if namespace and namespace["metadata"].get("deletionTimestamp"):
        namespace = session.until(look, lambda seen: not seen, session.deadline)
        if namespace:
            return [diagnose_stuck_namespace(namespace)]
    if not namespace:
        if _make(session):
            return []
        namespace = look()
    return _seize(session, namespace)


def _seize(session: Session, namespace: Object) -> list[Finding]:
    """Makes a namespace of this collection the run's own, and empty. Of two that try at once the API server lets one."""
    name, own = v.name_of(namespace), session.settings.mark
    path, metadata = f"/api/v1/namespaces/{quote(name)}", namespace["metadata"]
    mark = _verify_mark.read(namespace)
    if mark and _verify_mark.in_use(mark, own, time.time()):
        return [running(name, mark)]
    marked = {**metadata, "annotations": {**(metadata.get("annotations") or {}), **_marks(session)}}
    try:
        session.json("PUT", path, {**namespace, "metadata": marked})
    except RefusedError as exc:
        if exc.status != CONFLICT:
            raise
        mark = _verify_mark.read(session.json("GET", path)) or _verify_mark.UNMARKED
        if mark.run != own.run:
            return [running(name, mark)]
    session.empty(session.deadline)
    return []


__all__ = ("api", "nodes", "pods", "relapsed", "workloads")
