# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Runs the proof: creates its objects, tries every leg, removes what it made.

Talks to the cluster through ``Api`` and to the LAN through ``Lan``, so that tests can play both.

Order: the API first; then nodes, workloads and test pods side by side, each waiting as long as a fresh cluster may
need; then all legs over the network side by side, with a short patience, since everything they need is ready.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import threading
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from ansible_collections.homelab.kubernetes.plugins.module_utils import _verify as v
from ansible_collections.homelab.kubernetes.plugins.module_utils import _verify_causes as causes
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import Object

# How long a leg over the network keeps trying: services, ARP and DNS settle moments after their pods are ready.
PATIENCE = 20.0
# Longer than a pod takes to give up itself (5 s for HTTP, 10 s for DNS), shorter than the API server's 30 s.
DIAL_TIMEOUT = 12.0
NO_POD, NO_SOURCE, NO_PAIR = "no test pod runs", "no test pod can be asked", "no pair of test pods can be asked"
CLEANUP_TIMEOUT = 30.0
# How long everything else may go on after one pod proved hopeless.
HOPELESS_AFTER = 5.0
OK, UNAUTHORIZED, NOT_FOUND, CONFLICT = 200, 401, 404, 409
RETRIED = (429, 500, 502, 503, 504)


class Reply(t.NamedTuple):
    """What the API server answered."""

    status: int
    body: str


class ApiDownError(Exception):
    """The API server could not be reached, or did not answer in time."""


class RefusedError(Exception):
    """The API server refuses a request for good."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api(t.Protocol):
    """The API server, as the kubeconfig reaches it."""

    server: str

    def call(self, method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        """One request. Raises ApiDownError where there is no answer."""


class Lan(t.Protocol):
    """This machine's own network."""

    def get(self, address: str, port: int, path: str) -> Reply:
        """Fetches http://address:port/path ; status 0 and the reason where nothing answers."""

    def neighbour(self, address: str) -> str:
        """What the ARP table says: a MAC address, ``incomplete``, or "" for nothing."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What is to be proven."""

    nodes: t.Sequence[str]
    node_addresses: t.Mapping[str, str]
    image: str
    namespace: str
    dns_domain: str
    external_name: str
    load_balancer: bool
    namespaces: t.Sequence[str]
    timeout: float
    prove: bool = True
    read_only: bool = False


@dataclasses.dataclass
class Result:
    """What was found."""

    legs: list[v.Leg] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    nodes: list[v.NodeInfo] = dataclasses.field(default_factory=list)
    version: str = ""
    seconds: float = 0.0


class Outcome(t.NamedTuple):
    """How a leg ended: passed when there is no finding."""

    detail: str
    findings: t.Sequence[Finding] = ()
    skipped: bool = False


class Survey(t.NamedTuple):
    """What runs in the namespaces at one moment."""

    total: int
    unready: list[tuple[str, Object]]
    empty: list[str]
    pods: list[Object]

    def names(self) -> list[str]:
        return [*(f"namespace {name} (empty)" for name in self.empty), *(v.progress(*item) for item in self.unready)]


class Hopeless:
    """Whether some pods fail for a reason that waiting does not cure.

    Others get a little more time, so that one mistake on all nodes is seen on all of them.
    """

    def __init__(self, nodes: t.Sequence[Object]) -> None:
        self._nodes = nodes
        self._since: float | None = None

    def __call__(self, pods: t.Iterable[Object]) -> bool:
        unready = [pod for pod in pods if not v.pod_ready(pod)]
        final = [any(f["id"] in causes.FINAL for f in causes.diagnose(pod, (), self._nodes)) for pod in unready]
        if not any(final):
            self._since = None
            return False
        self._since = self._since or time.monotonic()
        return all(final) or time.monotonic() - self._since > HOPELESS_AFTER


T = t.TypeVar("T")


class Verification:
    """One run of the proof."""

    def __init__(self, api: Api, lan: Lan, settings: Settings, patience: float = PATIENCE) -> None:
        self.api, self.lan, self.settings = api, lan, settings
        self.patience = 0.0 if settings.read_only else patience
        self.result = Result()
        self._begin = time.monotonic()
        self._deadline = self._begin + (0.0 if settings.read_only else settings.timeout)
        self._stop = threading.Event()
        self._created = False
        self._nodes: list[Object] = []
        # Node name -> the test pod that runs there; and those of them that the API server reaches, to ask them.
        self._pods: dict[str, Object] = {}
        self._sources: list[str] = []
        self._calls = ThreadPoolExecutor(max_workers=24)

    # Running

    def run(self) -> Result:
        """All legs, then the cleanup, whatever happens."""
        try:
            self._run_legs()
        except BaseException:
            # Waiting threads end at once: an interrupted run must come to its cleanup.
            self._stop.set()
            raise
        finally:
            if self._created:
                self.result.findings += self._cleanup()
            self._calls.shutdown()
        self.result.legs = v.ordered_legs(self.result.legs)
        self.result.nodes = [v.node_info(node) for node in sorted(self._nodes, key=self._inventory_order)]
        self.result.seconds = round(time.monotonic() - self._begin, 2)
        return self.result

    def _run_legs(self) -> None:
        if not self._leg("api", self._api):
            self.result.legs += v.skipped_legs(v.LEGS[1:], "the API server does not answer")
            return
        first = {"nodes": self._nodes_leg, "workloads": self._workloads}
        if self.settings.read_only or not self.settings.prove:
            self._legs(first)
            rest = [name for name in v.LEGS if name not in v.READ_ONLY_LEGS]
            reason = "check mode creates nothing" if self.settings.read_only else "nothing was to be proven yet"
            self.result.legs += v.skipped_legs(rest, reason)
            return
        self._legs({**first, "pods": self._pods_leg})
        self._legs(
            {
                "pod-network": self._pod_network,
                "dns": self._dns,
                "cluster-ip": self._cluster_ip,
                "node-port": self._node_port,
                "load-balancer": self._load_balancer,
            }
        )

    def _legs(self, legs: t.Mapping[str, t.Callable[[], Outcome]]) -> None:
        with ThreadPoolExecutor(max_workers=len(legs)) as pool:
            futures = [pool.submit(self._leg, name, leg) for name, leg in legs.items()]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                self._stop.set()
                raise

    def _leg(self, name: str, leg: t.Callable[[], Outcome]) -> bool:
        begin = time.monotonic()
        try:
            outcome = leg()
        except ApiDownError as exc:
            outcome = Outcome("the API server stopped answering", [causes.diagnose_api(str(exc), self.api.server)])
        except RefusedError as exc:
            outcome = Outcome("the API server refused a request", [causes.diagnose_refusal(str(exc), "API server")])
        status: v.Status = "skipped" if outcome.skipped else "failed" if outcome.findings else "passed"
        seconds = round(time.monotonic() - begin, 2)
        self.result.legs.append(v.Leg(name=name, status=status, seconds=seconds, detail=outcome.detail))
        self.result.findings += [f for f in v.merged(outcome.findings) if f not in self.result.findings]
        return status == "passed"

    def _inventory_order(self, node: Object) -> tuple[int, str]:
        name, known = v.name_of(node), list(self.settings.nodes)
        return (known.index(name) if name in known else len(known), name)

    # Asking

    def _json(self, method: str, path: str, body: Object | None = None, *, deadline: float | None = None) -> Object:
        """The answer to a request; connection errors and a busy server are tried again until the deadline."""
        deadline = self._deadline if deadline is None else deadline
        while True:
            try:
                reply = self.api.call(method, path, body)
                if reply.status // 100 == OK // 100:
                    answer: Object = json.loads(reply.body)
                    return answer
                message = v.status_message(reply.body) or f"HTTP {reply.status}"
                if reply.status not in RETRIED:
                    raise RefusedError(
                        reply.status, f"HTTP {reply.status} {message}" if reply.status == UNAUTHORIZED else message
                    )
                problem: Exception = RefusedError(reply.status, message)
            except ApiDownError as exc:
                problem = exc
            if self._over(deadline):
                raise problem
            self._stop.wait(0.5)

    def _items(self, path: str) -> list[Object]:
        items: list[Object] = self._json("GET", path)["items"]
        return items

    def _over(self, deadline: float) -> bool:
        return self._stop.is_set() or time.monotonic() >= deadline

    def _until(self, look: t.Callable[[], T], good: t.Callable[[T], bool], deadline: float) -> T:
        """Looks until it is good or the deadline is over, quickly at first; returns what it saw last."""
        pause = 0.1
        while True:
            seen = look()
            if good(seen) or self._over(deadline):
                return seen
            self._stop.wait(pause)
            pause = min(pause * 1.2, 0.5)

    def _persist(self, tries: t.Mapping[T, t.Callable[[], str]]) -> dict[T, str]:
        """Tries everything side by side, each until it works or patience is over; returns what failed, and why."""
        deadline = time.monotonic() + self.patience
        futures = {
            key: self._calls.submit(self._until, attempt, lambda problem: not problem, deadline)
            for key, attempt in tries.items()
        }
        problems = {key: future.result() for key, future in futures.items()}
        return {key: problem for key, problem in problems.items() if problem}

    def _path(self, kind: str, name: str = "", **query: str | int) -> str:
        path = f"/api/v1/namespaces/{quote(self.settings.namespace)}/{kind}" + (f"/{quote(name)}" if name else "")
        return f"{path}?{urlencode(query)}" if query else path

    def _events(self, namespace: str) -> list[Object]:
        return self._items(f"/api/v1/namespaces/{quote(namespace)}/events?limit=500")

    def _log(self, pod: Object) -> str:
        """The last lines of a container of this pod that ended badly."""
        container = causes.crashing(pod)
        if not container:
            return ""
        path = f"/api/v1/namespaces/{quote(pod['metadata']['namespace'])}/pods/{quote(v.name_of(pod))}/log?"
        for previous in ("true", "false"):
            query = {"container": container, "previous": previous, "tailLines": 20}
            try:
                reply = self.api.call("GET", path + urlencode(query))
            except ApiDownError:
                return ""
            if reply.status == OK and reply.body:
                return reply.body
        return ""

    def _diagnose_pods(self, pods: t.Iterable[Object], events: t.Sequence[Object], owner: str) -> list[Finding]:
        return [
            finding
            for pod in pods
            for finding in causes.diagnose(pod, events, self._nodes, log=self._log(pod), owner=owner)
        ]

    # Legs that only read

    def _api(self) -> Outcome:
        def look() -> str:
            try:
                reply = self.api.call("GET", "/readyz?verbose")
            except ApiDownError as exc:
                return str(exc)
            return "" if reply.status == OK else f"HTTP {reply.status} {reply.body}"

        def good(problem: str) -> bool:
            return not problem or causes.diagnose_api(problem, "")["id"] in causes.FINAL

        problem = self._until(look, good, self._deadline)
        if problem:
            return Outcome(causes.brief(problem, 80), [causes.diagnose_api(problem, self.api.server)])
        self.result.version = str(self._json("GET", "/version")["gitVersion"])
        return Outcome(f"{self.api.server} {self.result.version}")

    def _nodes_leg(self) -> Outcome:
        def look() -> list[Finding]:
            self._nodes = self._items("/api/v1/nodes")
            return causes.diagnose_nodes(self.settings.nodes, self._nodes)

        found = self._until(look, lambda findings: not findings, self._deadline)
        if found:
            return Outcome(f"not as expected: {', '.join(sorted({f['host'] for f in found}))}", found)
        return Outcome(f"{len(self._nodes)} Ready, exactly those of the inventory")

    def _survey(self) -> Survey:
        unready: list[tuple[str, Object]] = []
        empty, pods, total = [], [], 0
        paths = {
            (namespace, kind): f"/apis/apps/v1/namespaces/{quote(namespace)}/{plural}"
            for namespace in self.settings.namespaces
            for kind, plural in v.WORKLOADS.items()
        }
        for namespace in self.settings.namespaces:
            paths[namespace, "Pod"] = f"/api/v1/namespaces/{quote(namespace)}/pods"
        answers = dict(zip(paths, self._calls.map(self._items, paths.values())))
        for namespace in self.settings.namespaces:
            pods += answers[namespace, "Pod"]
            static = [("Pod", pod) for pod in answers[namespace, "Pod"] if v.static_pod(pod)]
            found = static + [(kind, obj) for kind in v.WORKLOADS for obj in answers[namespace, kind]]
            total += len(found)
            empty += [] if found else [namespace]
            unready += [(kind, obj) for kind, obj in found if not v.ready(kind, obj)]
        return Survey(total, unready, empty, pods)

    def _workloads(self) -> Outcome:
        last: list[str] = []

        hopeless = Hopeless(self._nodes)

        def good(survey: Survey) -> bool:
            last[:] = survey.names() or last
            return not survey.names() or hopeless(survey.pods)

        survey = self._until(self._survey, good, self._deadline)
        if not survey.names():
            waited = f"; waited for {', '.join(last)}" if last else ""
            return Outcome(f"{survey.total} ready in {', '.join(self.settings.namespaces)}{waited}")
        found = [
            error("namespace-empty", f"Namespace {name} holds no Deployment, DaemonSet or StatefulSet",
                  fix="What it is for was not installed: run site.yml again.")
            for name in survey.empty
        ]  # fmt: skip
        for kind, obj in survey.unready:
            found += self._diagnose_workload(kind, obj, survey.pods)
        return Outcome(f"not ready: {', '.join(survey.names())}", found)

    def _diagnose_workload(self, kind: str, obj: Object, pods: t.Sequence[Object]) -> list[Finding]:
        events = self._events(obj["metadata"]["namespace"])
        own = [obj] if kind == "Pod" else [pod for pod in pods if v.selects(obj, pod)]
        return self._diagnose_pods(own, events, f"{kind} {v.place_of(obj)}") or causes.diagnose_workload(
            kind, obj, events
        )

    # The test pods

    def _pods_leg(self) -> Outcome:
        nodes = [node for node in self._items("/api/v1/nodes") if v.name_of(node) in self.settings.nodes]
        if not nodes:
            return Outcome("no node of the inventory is in the cluster", causes.diagnose_nodes(self.settings.nodes, []))
        problems = self._prepare(sorted(nodes, key=self._inventory_order))
        if problems:
            return Outcome("the test objects cannot be made", problems)
        wanted, hopeless = len(nodes), Hopeless(nodes)
        pods = self._until(
            lambda: self._items(self._path("pods")),
            lambda seen: sum(map(v.pod_ready, seen)) >= wanted or hopeless(seen),
            self._deadline,
        )
        self._pods = {v.wanted_node(pod): pod for pod in pods if v.pod_ready(pod)}
        unreached = self._persist({node: functools.partial(self._reach, node) for node in self._pods})
        self._sources = [node for node in self._pods if node not in unreached]
        detail = f"{len(self._pods)} of {wanted} nodes run the test pod, the API server reaches {len(self._sources)}"
        found = [causes.diagnose_reach(text, node) for node, text in unreached.items()]
        if len(self._pods) < wanted:
            found += self._diagnose_pods(pods, self._events(self.settings.namespace), "Test pod")
        if len(self._sources) < wanted and not found:
            found = [error("pod-gone", "Test pods vanished", fix="Run the verification again.")]
        return Outcome(detail, found)

    def _reach(self, node: str) -> str:
        """Why the API server does not reach the test pod on this node; "" when it does."""
        pod = v.name_of(self._pods[node])
        try:
            reply = self.api.call("GET", v.pod_path(self.settings.namespace, pod, "hostname"))
        except ApiDownError as exc:
            return str(exc)
        return "" if reply.status == OK else v.status_message(reply.body)

    def _prepare(self, nodes: t.Sequence[Object]) -> list[Finding]:
        """Makes the namespace, the services and a pod per node."""
        name = self.settings.namespace
        if not self._create("/api/v1/namespaces", v.namespace_object(name)):
            problems = self._take_over(name)
            if problems:
                return problems
        self._created = True
        self._create(self._path("serviceaccounts"), v.account_object(name))
        services = v.service_objects(name, self.settings.load_balancer)
        pods = [v.pod_object(name, f"verify-{n}", node, self.settings.image) for n, node in enumerate(nodes)]
        paths = [self._path("services")] * len(services) + [self._path("pods")] * len(pods)
        list(self._calls.map(self._create, paths, services + pods))
        return []

    def _create(self, path: str, body: Object) -> bool:
        """Whether the object was made now; False when it was there."""
        try:
            self._json("POST", path, body)
        except RefusedError as exc:
            if exc.status != CONFLICT:
                raise
            return False
        return True

    def _take_over(self, name: str) -> list[Finding]:
        """Gets rid of what an interrupted run left; a namespace that is not ours is not touched."""
        path = f"/api/v1/namespaces/{quote(name)}"

        def look() -> Object:
            try:
                return self._json("GET", path)
            except RefusedError as exc:
                if exc.status != NOT_FOUND:
                    raise
                return {}

        namespace = look()
        if namespace and not v.is_ours(namespace):
            return [causes.foreign_namespace(name)]
        if namespace and not namespace["metadata"].get("deletionTimestamp"):
            self._empty(self._deadline)
            return []
        namespace = self._until(look, lambda seen: not seen, self._deadline)
        if namespace:
            return [causes.diagnose_stuck_namespace(namespace)]
        self._create("/api/v1/namespaces", v.namespace_object(name))
        return []

    # Legs over the network

    def _dial(self, node: str, host: str, port: int, connect: bool = True) -> str:
        """Why the pod on this node does not reach a host; "" when it does."""
        path = v.dial_path(self.settings.namespace, v.name_of(self._pods[node]), host, port, connect=connect)
        try:
            reply = self.api.call("GET", path, timeout=DIAL_TIMEOUT)
        except ApiDownError as exc:
            return f"the API server got no answer from the pod: {exc}"
        body = reply.body if reply.status == OK else v.status_message(reply.body)
        return v.dial_error(reply.status, body, connect=connect)

    def _fetch(self, address: str, port: int) -> str:
        """Why an address does not lead this machine to a test pod; "" when it does."""
        reply = self.lan.get(address, port, "/hostname")
        if not reply.status:
            return reply.body
        pods = [v.name_of(pod) for pod in self._pods.values()]
        return "" if reply.body in pods else f"{causes.STRANGER} (HTTP status {reply.status})"

    def _pod_network(self) -> Outcome:
        addresses = {node: pod["status"]["podIP"] for node, pod in self._pods.items()}
        pairs = [(a, b) for a in self._sources for b in addresses if a != b]
        if not pairs:
            single = len(self.settings.nodes) == 1
            return Outcome("there is only one node" if single else NO_PAIR, skipped=True)
        failures = self._persist({(a, b): functools.partial(self._dial, a, addresses[b], v.POD_PORT) for a, b in pairs})
        detail = f"{len(pairs) - len(failures)} of {len(pairs)} paths between pods on different nodes"
        return Outcome(detail, causes.diagnose_paths(failures, len(pairs), list(addresses)))

    def _dns(self) -> Outcome:
        if not self._sources:
            return Outcome(NO_SOURCE, skipped=True)
        settings = self.settings
        # A final dot spares the search list; the service's bare name proves it.
        names = [f"kubernetes.default.svc.{settings.dns_domain}.", v.WEB]
        outside = f"{settings.external_name.rstrip('.')}." if settings.external_name else ""
        names += [outside] if outside else []
        failures = self._persist(
            {
                (node, name): functools.partial(self._dial, node, name, v.SERVICE_PORT, connect=False)
                for node in self._sources
                for name in names
            }
        )
        # A pod that gets no answer for one name gets none for the next: its first failure counts.
        first = dict(reversed(list(failures)))
        found = [
            causes.diagnose_dns(
                failures[node, first[node]], first[node].rstrip("."), node, external=first[node] == outside
            )
            for node in self._sources
            if node in first
        ]
        shown = ", ".join(name.rstrip(".") for name in names)
        skipped = "" if outside else "; outside names skipped: no external_name"
        total = len(self._sources) * len(names)
        return Outcome(f"{total - len(failures)} of {total} answers for {shown}{skipped}", found)

    def _cluster_ip(self) -> Outcome:
        if not self._sources:
            return Outcome(NO_SOURCE, skipped=True)
        address = str(self._json("GET", self._path("services", v.WEB))["spec"]["clusterIP"])
        failures = self._persist(
            {node: functools.partial(self._dial, node, address, v.SERVICE_PORT) for node in self._sources}
        )
        detail = f"{address} from {len(self._sources) - len(failures)} of {len(self._sources)} nodes' pods"
        return Outcome(detail, [causes.diagnose_cluster_ip(text, address, node) for node, text in failures.items()])

    def _node_port(self) -> Outcome:
        if not self._pods:
            return Outcome(NO_POD, skipped=True)
        port = int(self._json("GET", self._path("services", v.WEB))["spec"]["ports"][0]["nodePort"])
        inside = {v.name_of(node): v.node_info(node)["address"] for node in self._nodes}
        addresses = {
            node: self.settings.node_addresses.get(node) or inside[node]
            for node in self.settings.nodes
            if node in inside
        }
        failures = self._persist(
            {node: functools.partial(self._fetch, address, port) for node, address in addresses.items()}
        )
        detail = f"port {port} on {len(addresses) - len(failures)} of {len(addresses)} nodes, from this machine"
        found = [causes.diagnose_node_port(text, node, addresses[node], port) for node, text in failures.items()]
        return Outcome(detail, found)

    def _load_balancer(self) -> Outcome:
        if not self.settings.load_balancer:
            return Outcome("the cluster has no load balancer", skipped=True)
        if not self._pods:
            return Outcome(NO_POD, skipped=True)
        path = self._path("services", v.LOAD_BALANCER)
        deadline = time.monotonic() + self.patience
        service = self._until(lambda: self._json("GET", path), lambda seen: bool(v.ingress(seen)), deadline)
        address = v.ingress(service)
        problem = "no address"
        if address:
            problem = self._persist({address: functools.partial(self._ask_address, service)}).get(address, "")
        events = self._events(self.settings.namespace)
        if not problem:
            by = f", announced by {nodes[-1]}" if (nodes := causes.announcers(service, events)) else ""
            return Outcome(f"http://{address} answers 200 from this machine{by}")
        neighbour = self.lan.neighbour(address)
        found = causes.diagnose_load_balancer(service, events, self._nodes, problem, neighbour)
        return Outcome(f"{address}: {causes.brief(problem, 80)}" if address else problem, [found])

    def _ask_address(self, service: Object) -> str:
        """Why the address does not answer.

        This machine's ARP table may still lead to a node that announced the address earlier: with MetalLB an answer
        counts when a node says that it announces it now.
        """
        problem = self._fetch(v.ingress(service), v.SERVICE_PORT)
        if problem or not causes.by_metallb(service):
            return problem
        announced = causes.announcers(service, self._events(self.settings.namespace))
        return "" if announced else "It answers only because this machine remembers a node that announced it earlier."

    # Cleanup

    def _empty(self, deadline: float) -> None:
        """Deletes pods and services, and returns when they are gone."""

        def left() -> list[Object]:
            kinds = (self._path("pods"), self._path("services"))
            return [item for path in kinds for item in self._json("GET", path, deadline=deadline)["items"]]

        self._delete(self._path("pods", gracePeriodSeconds=0), deadline)
        for service in (v.WEB, v.LOAD_BALANCER):
            self._delete(self._path("services", service), deadline)
        self._until(left, lambda items: not items, deadline)

    def _delete(self, path: str, deadline: float) -> None:
        try:
            self._json("DELETE", path, deadline=deadline)
        except RefusedError as exc:
            if exc.status != NOT_FOUND:
                raise

    def _cleanup(self) -> list[Finding]:
        """Removes what the proof made.

        Pods and services (and the load balancer's address) are gone when this returns. The empty namespace follows
        by itself: Kubernetes waits five seconds before it removes one, and nothing is gained by waiting with it.
        """
        self._stop.clear()
        deadline, name = time.monotonic() + CLEANUP_TIMEOUT, self.settings.namespace
        try:
            self._empty(deadline)
            self._delete(f"/api/v1/namespaces/{quote(name)}", deadline)
        except (ApiDownError, RefusedError) as exc:
            return [
                error(
                    "verify-leftovers",
                    f"The test objects in namespace {name} could not be removed",
                    why=causes.brief(str(exc)),
                    fix=f"The next verification removes them, or `kubectl delete namespace {name}`.",
                )
            ]
        return []


__all__ = ("Api", "ApiDownError", "Lan", "Reply", "Result", "Settings", "Verification")
