# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server and a LAN in memory, which the proof runs against, and what its results say."""

from __future__ import annotations

import json
import re
import typing as t
from urllib.parse import SplitResult, parse_qs, urlsplit

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import NAMES
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.run import Result, Verification
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    ApiDownError,
    Reply,
    Settings,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    event,
    node,
    pod,
)

NODES = ("cp1", "w1", "w2")
# The kinds that the proof looks at or makes, and where the API server has them; anything else is a mistake.
KINDS = {
    **dict.fromkeys(("events", "persistentvolumeclaims", "pods", "serviceaccounts", "services"), "api/v1"),
    **dict.fromkeys(("daemonsets", "deployments", "statefulsets"), "apis/apps/v1"),
    "horizontalpodautoscalers": "apis/autoscaling/v2",
    "networkpolicies": "apis/networking.k8s.io/v1",
}
OBJECTS = re.compile(r"/(.+)/namespaces/([a-z-]+)/([a-z]+)(?:/([a-z0-9:-]+)(/proxy/(?:dial|hostname))?)?")
OURS = v.namespace_object("homelab-verify")


class FakeCluster:
    """An API server and a LAN in one. ``broken`` answers requests whose path contains a key differently."""

    server = "https://api:6443"

    def __init__(self) -> None:
        self.nodes = [node(name) for name in NODES]
        self.namespace: Object | None = None
        # As it was shown last: what is written is written on that, or refused.
        self.seen: Object | None = None
        self.objects: dict[str, dict[str, Object]] = {kind: {} for kind in KINDS}
        # Whether policies are obeyed; the names of those that are there decide.
        self.enforces = True
        self.workloads = {"deployments": [self.deployment()]}
        self.events: list[Object] = [
            event("nodeAssigned", 'announcing from node "w1" with protocol "layer2"', name="lan")
        ]
        self.broken: dict[str, Reply | Exception] = {}
        self.hiccups: dict[str, list[Reply | Exception]] = {}
        self.calls: list[str] = []
        self.pod_status: Object = {}
        self.families = 1
        self.wildcard = False
        self.lan: dict[str, Reply] = {}

    @staticmethod
    def deployment(available: int = 1) -> Object:
        return {
            "metadata": {"name": "coredns", "namespace": "kube-system", "generation": 1},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}},
            "status": {
                "observedGeneration": 1,
                "replicas": 1,
                "updatedReplicas": 1,
                "readyReplicas": available,
                "availableReplicas": available,
            },
        }

    # The API

    def call(self, method: str, path: str, body: Object | None = None, timeout: float = 5.0, server: str = "") -> Reply:
        path = server + path
        self.calls.append(f"{method} {path}")
        queued = next((answers for key, answers in self.hiccups.items() if key in f"{method} {path}" and answers), [])
        answer = queued.pop(0) if queued else None
        answer = answer or next((a for key, a in self.broken.items() if key in f"{method} {path}"), None)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        found = self.answer(method, urlsplit(path), body)
        return found if isinstance(found, Reply) else Reply(200, json.dumps(found))

    def answer(self, method: str, url: SplitResult, body: Object | None) -> t.Any:
        if method == "GET" and url.path in ("/readyz", "/version", "/api/v1/nodes"):
            return {"gitVersion": "v1.37.2", "items": self.nodes}
        if url.path == "/api/v1/namespaces" + ("" if method == "POST" else "/homelab-verify"):
            return self.on_namespace(method, body)
        found = OBJECTS.fullmatch(url.path)
        root, namespace, kind, name, proxy = found.groups("") if found else [""] * 5
        if KINDS.get(kind) == root and namespace == "homelab-verify":
            if (method, kind, bool(proxy)) == ("GET", "pods", True):
                return self.on_proxy(name, parse_qs(url.query))
            if method in ("GET", "POST", "DELETE") and not proxy:
                return self.on_objects(method, kind, name, body)
        elif KINDS.get(kind) == root and (method, name) == ("GET", ""):
            return {"items": self.workloads.get(kind, []) if namespace == "kube-system" else []}
        raise AssertionError(f"the proof has no business with {method} {url.path}")

    def on_proxy(self, pod: str, query: dict[str, list[str]]) -> t.Any:
        if self.shut(pod, query.get("host", [""])[0]):
            raise ApiDownError("Read timed out.")
        if query.get("host") == ["homelab-verify.invalid"] and not self.wildcard:
            return Reply(400, "host and/or port param are invalid. lookup homelab-verify.invalid: no such host")
        return {"responses": ["verify-0"]} if query.get("tries") == ["1"] else {}

    def shut(self, pod: str, host: str) -> bool:
        policies = self.objects["networkpolicies"]
        if not self.enforces or "deny" not in policies or "policy-client" not in pod:
            return False
        return not ("allow-out" in policies and host == self.objects["pods"]["policy-open"]["status"]["podIP"])

    def on_namespace(self, method: str, body: Object | None) -> t.Any:
        if method == "POST":
            if self.namespace:
                return Reply(409, '{"message":"exists"}')
            self.namespace = body
        elif method == "PUT" and self.namespace != self.seen:
            return Reply(409, '{"message":"the object has been modified"}')
        elif method == "PUT":
            self.namespace = body
        elif not self.namespace:
            return Reply(404, '{"message":"not found"}')
        elif method == "DELETE":
            self.namespace = None
        self.seen = self.namespace
        return self.namespace or {}

    def on_objects(self, method: str, kind: str, name: str, body: Object | None) -> t.Any:
        if kind == "events":
            return {"items": self.events}
        objects = self.objects[kind]
        if method == "POST" and body:
            if v.name_of(body) in objects:
                return Reply(409, "{}")
            objects[v.name_of(body)] = self.living(kind, body)
        elif name and name not in objects:
            return Reply(404, '{"message":"not found"}')
        elif method == "DELETE":
            for gone in [name] if name else list(objects):
                del objects[gone]
        elif name:
            return objects[name]
        return {"items": list(objects.values())}

    def living(self, kind: str, body: Object) -> Object:
        if kind == "pods":
            name = v.name_of(body)
            address = f"10.244.{len(name)}.{ord(name[-1])}"
            both = [{"ip": address}, {"ip": f"fd00::{len(name)}:{ord(name[-1])}"}][: self.families]
            running = pod(phase="Running", ready=True, status={"podIP": address, "podIPs": both})["status"]
            return {**body, "status": self.pod_status or running}
        if kind == "services":
            port = {"port": 80, "nodePort": 30080}
            dual = body["spec"].get("ipFamilyPolicy") == "RequireDualStack"
            spec = {**body["spec"], "clusterIP": "10.96.0.9", "ports": [port]}
            spec["clusterIPs"] = ["10.96.0.9", "fd00:96::9"][: 1 + dual]
            balanced = body["spec"].get("type") == "LoadBalancer"
            given = [{"ip": "172.28.0.200"}, {"ip": "fd00:28::200"}][: balanced * (1 + dual)]
            annotations = {"metallb.io/ip-allocated-from-pool": "homelab"}
            metadata = {**body["metadata"], "annotations": annotations}
            return {**body, "metadata": metadata, "spec": spec, "status": {"loadBalancer": {"ingress": given}}}
        return body

    # The LAN

    def get(self, address: str, port: int, path: str) -> Reply:
        return self.lan.get(address, Reply(200, "verify-0"))

    def neighbour(self, address: str) -> str:
        return ""

    def empty(self) -> bool:
        return self.namespace is None and not self.objects["pods"] and not self.objects["services"]


def settings(**changed: t.Any) -> Settings:
    fixed: dict[str, t.Any] = {
        "nodes": NODES,
        "node_addresses": {node: ["172.28.0.11"] for node in NODES},
        "image": "agnhost:1",
        "namespace": "homelab-verify",
        "dns_domain": "cluster.local",
        "external_name": "kubernetes.io",
        "load_balancer": True,
        "namespaces": ["kube-system"],
        "timeout": 0.1,
        "cni": "calico",
    }
    return Settings(**{**fixed, **changed})


def run(cluster: FakeCluster, **changed: t.Any) -> Result:
    return Verification(cluster, cluster, settings(**changed), patience=0.05).run()


def outcome(result: Result) -> dict[str, str]:
    return {leg["name"]: leg["status"] for leg in result.legs}


def only(status: str, *names: str, **others: str) -> dict[str, str]:
    """All legs passed but those; what needs metrics-server or NFS was not asked for."""
    unasked = dict.fromkeys(("control-planes", "metrics", "hpa", "storage"), "skipped")
    return {**dict.fromkeys(NAMES, "passed"), **unasked, **dict.fromkeys(names, status), **others}


def ids(result: Result) -> list[tuple[str, str]]:
    return [(f["id"], f["host"]) for f in result.findings]
