# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What every leg of the proof works with: the cluster, the LAN, what is to be proven, and what is known so far.

Talks to the cluster through ``Api`` and to the LAN through ``Lan``, so that tests can play both.
"""

from __future__ import annotations

import dataclasses
import json
import threading
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import ask
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.network import STRANGER
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.pods import crashing, diagnose
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import UNMARKED, Mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object

# How long a leg over the network keeps trying: services, ARP and DNS settle moments after their pods are ready.
PATIENCE = 20.0
# Longer than a pod takes to give up itself (5 s for HTTP, 10 s for DNS), shorter than the API server's 30 s.
DIAL_TIMEOUT = 12.0
OK, UNAUTHORIZED, NOT_FOUND, CONFLICT = 200, 401, 404, 409
# Seconds that a run may take beyond its timeout; the autoscaler alone is waited for three times three minutes.
LATE, LATE_WITH_HPA = 300, 900
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

    def call(self, method: str, path: str, body: Object | None = None, timeout: float = 5.0, server: str = "") -> Reply:
        """One request, to the kubeconfig's server or another of the cluster. Raises ApiDownError where there is no answer."""


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
    node_addresses: t.Mapping[str, t.Sequence[str]]
    image: str
    namespace: str
    dns_domain: str
    external_name: str
    load_balancer: bool
    namespaces: t.Sequence[str]
    timeout: float
    cni: str = "none"
    metrics: bool = False
    hpa: bool = False
    storage_nodes: t.Sequence[str] = ()
    prove: bool = True
    dual_stack: bool = False
    load_balancer_families: t.Sequence[str] = ()
    # Name -> what control_plane_info told there, and the address that they keep between them.
    control_planes: t.Mapping[str, t.Mapping[str, t.Any]] = dataclasses.field(default_factory=dict)
    virtual_ip: str = ""
    failover: t.Sequence[t.Mapping[str, t.Any]] = ()
    read_only: bool = False
    mark: Mark = UNMARKED

    @property
    def lifetime(self) -> int:
        """Seconds after which a run is over for certain: legs that begin late, and the cleanup, come after the timeout."""
        return int(self.timeout) + (LATE_WITH_HPA if self.hpa else LATE)


class Learned(t.TypedDict, total=False):
    """What a leg found out for those of later waves."""

    version: str
    nodes: list[Object]
    # Node name -> the test pod that runs there; and those of them that the API server reaches, to ask them.
    pods: dict[str, Object]
    sources: list[str]


class Outcome(t.NamedTuple):
    """How a leg ended: passed when there is no finding but warnings; skipped with the reason in ``detail``."""

    detail: str
    findings: t.Sequence[Finding] = ()
    skipped: bool = False
    learned: Learned = Learned()


T = t.TypeVar("T")


class Session:
    """One run of the proof, as its legs see it. They run side by side and change nothing of it but the two events."""

    def __init__(
        self, api: Api, lan: Lan, settings: Settings, patience: float = PATIENCE, kinds: t.Sequence[str] = ()
    ) -> None:
        self.api, self.lan, self.settings = api, lan, settings
        # The kinds of objects that legs make, as for path(): what empty() removes besides pods and services.
        self.kinds = tuple(kinds)
        self.patience = 0.0 if settings.read_only else patience
        self.begin = time.monotonic()
        # Until when a leg may wait for what a fresh cluster still starts.
        self.deadline = self.begin + (0.0 if settings.read_only else settings.timeout)
        # Set when the run is to end: nothing waits any more.
        self.stop = threading.Event()
        self.calls = ThreadPoolExecutor(max_workers=24)
        # Set when the namespace of the proof is there because of this run; at once, since its leg may be cut off.
        self.created = threading.Event()
        # What the legs of earlier waves have learned.
        self.version = ""
        self.nodes: list[Object] = []
        self.pods: dict[str, Object] = {}
        self.sources: list[str] = []

    def learn(self, learned: Learned) -> None:
        """Between waves: what the next one knows."""
        vars(self).update(learned)

    def inventory_order(self, node: Object) -> tuple[int, str]:
        """Sorts nodes as the inventory names them, unknown ones last."""
        name, known = v.name_of(node), list(self.settings.nodes)
        return (known.index(name) if name in known else len(known), name)

    def asked(self) -> list[Object]:
        """The nodes whose test pods can be asked, as the inventory orders them."""
        return sorted((n for n in self.nodes if v.name_of(n) in self.sources), key=self.inventory_order)

    # Asking the API server

    def json(self, method: str, path: str, body: Object | None = None, *, deadline: float | None = None) -> Object:
        """The answer to a request; connection errors and a busy server are tried again until the deadline."""
        deadline = self.deadline if deadline is None else deadline
        while True:
            try:
                reply = self.api.call(method, path, body)
                if reply.status // 100 == OK // 100:
                    answer: Object = json.loads(reply.body)
                    return answer
                message = ask.status_message(reply.body) or f"HTTP {reply.status}"
                if reply.status not in RETRIED:
                    raise RefusedError(
                        reply.status, f"HTTP {reply.status} {message}" if reply.status == UNAUTHORIZED else message
                    )
                problem: Exception = RefusedError(reply.status, message)
            except ApiDownError as exc:
                problem = exc
            if self.over(deadline):
                raise problem
            self.stop.wait(0.5)

    def items(self, path: str) -> list[Object]:
        """The objects of a list."""
        items: list[Object] = self.json("GET", path)["items"]
        return items

    def events(self, namespace: str) -> list[Object]:
        """The events of a namespace."""
        return self.items(f"/api/v1/namespaces/{quote(namespace)}/events?limit=500")

    def path(self, kind: str, name: str = "", **query: str | int) -> str:
        """The path of objects in the proof's namespace: kind ``pods``, or ``apps/v1/deployments``."""
        group, _slash, plural = kind.rpartition("/")
        root = f"/apis/{group}" if group else "/api/v1"
        path = f"{root}/namespaces/{quote(self.settings.namespace)}/{plural}" + (f"/{quote(name)}" if name else "")
        return f"{path}?{urlencode(query)}" if query else path

    def create(self, path: str, body: Object) -> bool:
        """Whether the object was made now; False when it was there."""
        try:
            self.json("POST", path, body)
        except RefusedError as exc:
            if exc.status != CONFLICT:
                raise
            return False
        return True

    def delete(self, path: str, deadline: float | None = None) -> None:
        """Deletes an object or all of a kind; what is not there is no error."""
        try:
            self.json("DELETE", path, deadline=deadline)
        except RefusedError as exc:
            if exc.status != NOT_FOUND:
                raise

    def empty(self, deadline: float) -> None:
        """Deletes everything that legs made in the namespace, and returns when it is gone."""

        def left() -> list[Object]:
            kinds = (*self.kinds, "pods", "services")
            return [item for kind in kinds for item in self._made(kind, deadline)]

        for kind in self.kinds:
            self.delete(self.path(kind), deadline)
        self.delete(self.path("pods", gracePeriodSeconds=0), deadline)
        for service in self._made("services", deadline):
            self.delete(self.path("services", v.name_of(service)), deadline)
        self.until(left, lambda items: not items, deadline)

    def _made(self, kind: str, deadline: float) -> list[Object]:
        """The objects of a kind in the namespace; none where the cluster does not know the kind."""
        try:
            made: list[Object] = self.json("GET", self.path(kind), deadline=deadline)["items"]
        except RefusedError as exc:
            if exc.status != NOT_FOUND:
                raise
            return []
        return made

    # Waiting

    def over(self, deadline: float) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.stop.is_set() or time.monotonic() >= deadline

    def until(self, look: t.Callable[[], T], good: t.Callable[[T], bool], deadline: float) -> T:
        """Looks until it is good or the deadline is over, quickly at first; returns what it saw last."""
        pause = 0.1
        while True:
            seen = look()
            if good(seen) or self.over(deadline):
                return seen
            self.stop.wait(pause)
            pause = min(pause * 1.2, 0.5)

    def persist(self, tries: t.Mapping[T, t.Callable[[], str]]) -> dict[T, str]:
        """Tries everything side by side, each until it works or patience is over; returns what failed, and why."""
        deadline = time.monotonic() + self.patience
        futures = {
            key: self.calls.submit(self.until, attempt, lambda problem: not problem, deadline)
            for key, attempt in tries.items()
        }
        problems = {key: future.result() for key, future in futures.items()}
        return {key: problem for key, problem in problems.items() if problem}

    # Asking pods and the LAN

    def dial(self, pod: Object, host: str, port: int, connect: bool = True, timeout: float = DIAL_TIMEOUT) -> str:
        """Why a test pod does not reach a host, or without ``connect`` resolve its name; "" when it does."""
        path = ask.dial_path(self.settings.namespace, v.name_of(pod), host, port, connect=connect)
        try:
            reply = self.api.call("GET", path, timeout=timeout)
        except ApiDownError as exc:
            return f"the API server got no answer from the pod: {exc}"
        body = reply.body if reply.status == OK else ask.status_message(reply.body)
        return ask.dial_error(reply.status, body, connect=connect)

    def fetch(self, address: str, port: int) -> str:
        """Why an address does not lead this machine to a test pod; "" when it does."""
        reply = self.lan.get(address, port, "/hostname")
        if not reply.status:
            return reply.body
        pods = [v.name_of(pod) for pod in self.pods.values()]
        return "" if reply.body in pods else f"{STRANGER} (HTTP status {reply.status})"

    # Explaining

    def log(self, pod: Object) -> str:
        """The last lines of a container of this pod that ended badly."""
        container = crashing(pod)
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

    def diagnose_pods(self, pods: t.Iterable[Object], events: t.Sequence[Object], owner: str) -> list[Finding]:
        """Why these pods are not ready; ``owner`` is named in their stead."""
        nodes = self.items("/api/v1/nodes")
        return [finding for pod in pods for finding in diagnose(pod, events, nodes, log=self.log(pod), owner=owner)]


__all__ = (
    "CONFLICT",
    "NOT_FOUND",
    "OK",
    "PATIENCE",
    "Api",
    "ApiDownError",
    "Lan",
    "Learned",
    "Outcome",
    "RefusedError",
    "Reply",
    "Session",
    "Settings",
)
