# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof against a cluster in memory: what it tries, what it says, and that it leaves nothing."""

from __future__ import annotations

import json
import threading
import time
import typing as t
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import mark as _verify_mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import run as _verify_run
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs.table import LEGS, NAMES, Row
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.results import verdict
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.run import Result, Verification
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    ApiDownError,
    Outcome,
    Reply,
    Session,
    Settings,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    event,
    node,
    pod,
    waiting,
)

NODES = ("cp1", "w1", "w2")
OURS = v.namespace_object("homelab-verify")
# What a leg of one's own makes.
KINDS = ("apps/v1/statefulsets",)


class FakeCluster:
    """An API server and a LAN in one. ``broken`` answers requests whose path contains a key differently."""

    server = "https://api:6443"

    def __init__(self) -> None:
        self.nodes = [node(name) for name in NODES]
        self.namespace: Object | None = None
        # As it was shown last: what is written is written on that, or refused.
        self.seen: Object | None = None
        kinds = (
            "pods",
            "services",
            "serviceaccounts",
            "statefulsets",
            "networkpolicies",
            "deployments",
            "horizontalpodautoscalers",
            "persistentvolumeclaims",
        )
        self.objects: dict[str, dict[str, Object]] = {kind: {} for kind in kinds}
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

    def call(self, method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
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

    def answer(self, method: str, url: t.Any, body: Object | None) -> t.Any:
        parts = url.path.strip("/").split("/")
        if parts[0] == "readyz":
            return Reply(200, "ok")
        if parts[0] == "version":
            return {"gitVersion": "v1.37.1"}
        if parts[:3] == ["api", "v1", "nodes"]:
            return {"items": self.nodes}
        if parts[0] == "apis" and "homelab-verify" in parts:
            return self.on_objects(method, parts[5], parts[6] if len(parts) > 6 else "", body)
        if parts[:2] == ["apis", "apps"]:
            return {"items": self.workloads.get(parts[-1], []) if "kube-system" in parts else []}
        if "proxy" in parts:
            query = parse_qs(url.query)
            if self.shut(parts[5], query.get("host", [""])[0]):
                raise ApiDownError("Read timed out.")
            if query.get("host") == ["homelab-verify.invalid"] and not self.wildcard:
                return Reply(400, "host and/or port param are invalid. lookup homelab-verify.invalid: no such host")
            return {"responses": ["verify-0"]} if query.get("tries") == ["1"] else {}
        if parts[-1] == "log":
            return Reply(200, "panic: no tea\n")
        if len(parts) <= 4 and parts[2] == "namespaces":
            return self.on_namespace(method, body)
        if "kube-system" in parts:
            return {"items": []}
        return self.on_objects(method, parts[4], parts[5] if len(parts) > 5 else "", body)

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
        elif method == "DELETE" and name and name not in objects:
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
        "timeout": 0.3,
        "cni": "calico",
    }
    return Settings(**{**fixed, **changed})


def run(cluster: FakeCluster, **changed: t.Any) -> Result:
    return Verification(cluster, cluster, settings(**changed), patience=0.2).run()


def outcome(result: Result) -> dict[str, str]:
    return {leg["name"]: leg["status"] for leg in result.legs}


def only(status: str, *names: str, **others: str) -> dict[str, str]:
    """All legs passed but those; what needs metrics-server or NFS was not asked for."""
    unasked = dict.fromkeys(("metrics", "hpa", "storage"), "skipped")
    return {**dict.fromkeys(NAMES, "passed"), **unasked, **dict.fromkeys(names, status), **others}


def ids(result: Result) -> list[tuple[str, str]]:
    return [(f["id"], f["host"]) for f in result.findings]


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def test_a_cluster_that_works(cluster: FakeCluster) -> None:
    result = run(cluster)
    assert result.findings == []
    assert outcome(result) == only("passed")
    assert [leg["detail"] for leg in result.legs] == [
        "https://api:6443 v1.37.1",
        "3 Ready, exactly those of the inventory",
        "1 ready in kube-system",
        "3 of 3 nodes run the test pod, the API server reaches 3",
        "6 of 6 paths between pods on different nodes",
        "9 of 9 answers for kubernetes.default.svc.cluster.local, web, kubernetes.io",
        "10.96.0.9 from 3 of 3 nodes' pods",
        "port 30080 on 3 of 3 nodes, from this machine",
        "http://172.28.0.200 answers 200 from this machine, announced by w1",
        "no node mounts NFS",
        "deny shuts same node, other node, service, DNS; allow opens other node alone; removing restores all",
        "no metrics-server",
        "not asked for",
    ]
    assert [info["name"] for info in result.nodes] == list(NODES)
    assert result.version == "v1.37.1"
    assert cluster.empty()


def test_without_load_balancer_and_internet(cluster: FakeCluster) -> None:
    result = run(cluster, load_balancer=False, external_name="")
    assert outcome(result) == only("skipped", "load-balancer")
    assert result.legs[8]["detail"] == "the cluster has no load balancer"
    dns = "6 of 6 answers for kubernetes.default.svc.cluster.local, web; outside names skipped: no external_name"
    assert result.legs[5]["detail"] == dns


def test_one_node(cluster: FakeCluster) -> None:
    cluster.nodes = cluster.nodes[:1]
    result = run(cluster, nodes=["cp1"])
    assert outcome(result) == only("skipped", "pod-network")
    assert result.legs[4]["detail"] == "there is only one node"


def test_check_mode_creates_nothing(cluster: FakeCluster) -> None:
    result = run(cluster, read_only=True)
    assert outcome(result) == only("skipped", *NAMES[3:])
    assert all(call.startswith("GET ") for call in cluster.calls)


def test_waiting_alone_creates_nothing_and_tries_again(cluster: FakeCluster) -> None:
    cluster.hiccups = {"readyz": [ApiDownError("Connection refused")]}
    result = run(cluster, prove=False, timeout=5)
    assert outcome(result) == only("skipped", *NAMES[3:])
    assert result.legs[NAMES.index("network-policy")]["detail"] == "nothing was to be proven yet"
    assert all(call.startswith("GET ") for call in cluster.calls)


def test_check_mode_does_not_wait(cluster: FakeCluster) -> None:
    cluster.broken = {"readyz": ApiDownError("Connection refused")}
    result = run(cluster, read_only=True, timeout=300)
    assert outcome(result) == only("skipped", *NAMES[1:], api="failed")
    assert ids(result) == [("api-refused", "")]
    assert len(cluster.calls) == 1


def test_hiccups_are_tried_again(cluster: FakeCluster) -> None:
    cluster.hiccups = {
        "readyz": [ApiDownError("Connection refused"), Reply(500, "[-]etcd failed")],
        "POST /api/v1/namespaces": [Reply(500, '{"message":"etcd leader changed"}')],
        "GET /api/v1/nodes": [ApiDownError("reset")],
        "proxy/dial": [Reply(503, '{"message":"error trying to reach service"}')],
    }
    result = run(cluster, timeout=5)
    assert result.findings == []
    assert outcome(result) == only("passed")


def test_a_wrong_certificate_is_not_waited_for(cluster: FakeCluster) -> None:
    cluster.broken = {"readyz": ApiDownError("certificate verify failed")}
    assert ids(run(cluster, timeout=300)) == [("api-certificate", "")]


def test_a_user_without_rights(cluster: FakeCluster) -> None:
    text = 'nodes is forbidden: User "me" cannot list resource "nodes"'
    cluster.broken = {"GET /api/v1/nodes": Reply(403, json.dumps({"message": text}))}
    result = run(cluster)
    assert outcome(result)["nodes"] == outcome(result)["pods"] == "failed"
    assert ids(result) == [("not-allowed", "")]
    assert cluster.empty()


def test_a_missing_node(cluster: FakeCluster) -> None:
    result = run(cluster, nodes=[*NODES, "w3"])
    assert outcome(result) == only("failed", "nodes")
    assert ids(result) == [("node-missing", "w3")]


def test_workloads_that_do_not_become_ready(cluster: FakeCluster) -> None:
    cluster.workloads = {"deployments": [cluster.deployment(available=0)]}
    result = run(cluster)
    assert outcome(result) == only("failed", "workloads")
    assert result.legs[2]["detail"] == "not ready: Deployment kube-system/coredns 0/1"
    assert ids(result) == [("workload-not-ready", "")]


def test_workloads_that_become_ready(cluster: FakeCluster) -> None:
    waiting_for = json.dumps({"items": [cluster.deployment(available=0)]})
    cluster.hiccups = {"namespaces/kube-system/deployments": [Reply(200, waiting_for)] * 2}
    result = run(cluster, timeout=5)
    assert result.legs[2]["detail"] == "1 ready in kube-system; waited for Deployment kube-system/coredns 0/1"


def test_an_empty_namespace(cluster: FakeCluster) -> None:
    result = run(cluster, namespaces=["kube-system", "metallb-system"])
    assert result.legs[2]["detail"] == "not ready: namespace metallb-system (empty)"
    assert ids(result) == [("namespace-empty", "")]


def test_a_wrong_image_is_not_waited_for_and_named_once(cluster: FakeCluster) -> None:
    missing = waiting("ErrImagePull", "agnhost:1: not found", image="agnhost:1")
    cluster.pod_status = {"phase": "Pending", "containerStatuses": [missing]}
    # The scheduler's work.
    living = cluster.living
    cluster.living = lambda kind, body: (  # type: ignore[method-assign]
        {**living(kind, body), "spec": {**body["spec"], "nodeName": v.wanted_node(body)}}
        if kind == "pods"
        else living(kind, body)
    )
    result = run(cluster, timeout=300)
    assert ids(result) == [("image-not-found", "cp1, w1, w2")]
    assert outcome(result) == only("skipped", *NAMES[4:], pods="failed")
    assert cluster.empty()


def test_a_pod_that_the_api_server_does_not_reach(cluster: FakeCluster) -> None:
    cluster.broken = {"verify-2:8080/proxy": ApiDownError("Read timed out.")}
    result = run(cluster)
    assert ids(result) == [("api-to-pod", "w2")]
    assert outcome(result) == only("failed", "pods")
    assert result.legs[4]["detail"] == "4 of 4 paths between pods on different nodes"


def test_a_broken_pod_network(cluster: FakeCluster) -> None:
    cluster.broken = {"tries=1": Reply(200, '{"errors":["i/o timeout"]}')}
    result = run(cluster)
    assert outcome(result) == only("failed", "pod-network", "cluster-ip", **{"network-policy": "skipped"})
    detail = "without a policy it is shut already: same node, other node, service"
    assert result.legs[NAMES.index("network-policy")]["detail"] == detail
    assert sorted(ids(result)) == [("cluster-ip-silent", "cp1, w1, w2"), ("pod-network-broken", "")]


def test_broken_names(cluster: FakeCluster) -> None:
    gone = "host and/or port param are invalid. lookup kubernetes.io. on 10.96.0.10:53: no such host"
    cluster.broken = {"host=kubernetes.io.": Reply(400, gone)}
    result = run(cluster)
    assert outcome(result) == only("failed", "dns")
    assert ids(result) == [("dns-nxdomain", "cp1, w1, w2")]


def test_a_search_domain_that_answers_for_everything(cluster: FakeCluster) -> None:
    cluster.wildcard = True
    result = run(cluster)
    assert outcome(result) == only("failed", "dns")
    assert ids(result) == [("dns-wildcard", "cp1, w1, w2")]


def test_the_first_name_that_fails_counts(cluster: FakeCluster) -> None:
    cluster.broken = {"tries=0": Reply(400, "lookup x on 10.96.0.10:53: i/o timeout")}
    result = run(cluster)
    (finding,) = result.findings
    assert finding["message"].startswith("A pod asked for the cluster name kubernetes.default.svc.cluster.local: ")


DUAL: dict[str, t.Any] = {
    "dual_stack": True,
    "load_balancer_families": ["IPv4", "IPv6"],
    "node_addresses": {node: [f"172.28.0.{at}", f"fd00:28::{at}"] for at, node in enumerate(NODES, 11)},
}


def test_both_families(cluster: FakeCluster) -> None:
    cluster.families = 2
    result = run(cluster, **DUAL)
    assert result.findings == []
    told = {leg["name"]: leg["detail"] for leg in result.legs}
    assert told["pod-network"] == "12 of 12 paths between pods on different nodes, IPv4 and IPv6"
    assert told["cluster-ip"] == "10.96.0.9 and fd00:96::9 from 3 of 3 nodes' pods"
    assert told["node-port"] == "port 30080 on 3 of 3 nodes, from this machine, IPv4 and IPv6"
    assert told["load-balancer"].startswith("http://172.28.0.200 and http://[fd00:28::200] answer 200")


ONE_FAMILY: list[tuple[dict[str, Reply], dict[str, Reply], str, str]] = [
    ({"host=fd00%3A%3A": Reply(200, '{"errors":["timed out"]}')}, {}, "pod-network", "pod-network-broken"),
    ({"host=fd00%3A96%3A%3A9": Reply(200, '{"errors":["refused"]}')}, {}, "cluster-ip", "cluster-ip-silent"),
    ({}, {"fd00:28::12": Reply(0, "timed out")}, "node-port", "node-port-silent"),
    ({}, {"fd00:28::200": Reply(0, "timed out")}, "load-balancer", "load-balancer-silent"),
]


@pytest.mark.parametrize(("broken", "lan", "leg", "id_"), ONE_FAMILY)
def test_one_family_fails(
    cluster: FakeCluster, broken: dict[str, Reply], lan: dict[str, Reply], leg: str, id_: str
) -> None:
    cluster.families, cluster.broken, cluster.lan = 2, broken, lan
    result = run(cluster, **DUAL)
    assert outcome(result) == only("failed", leg)
    assert {found for found, _host in ids(result)} == {id_}


def test_pods_of_one_family_in_a_dual_stack_cluster(cluster: FakeCluster) -> None:
    result = run(cluster, **DUAL)
    assert outcome(result)["pod-network"] == "failed"
    assert sorted(f["message"] for f in result.findings if f["id"] == "pod-family-missing") == [
        "Pods on this node have 10.244.8.48, and no address of the other family",
        "Pods on this node have 10.244.8.49, and no address of the other family",
        "Pods on this node have 10.244.8.50, and no address of the other family",
    ]


def test_a_node_port_behind_a_firewall(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.22": Reply(0, "timed out")}
    result = run(cluster, node_addresses={"cp1": ["172.28.0.11"], "w1": ["172.28.0.21"]})
    assert outcome(result) == only("failed", "node-port")
    assert ids(result) == [("node-port-silent", "w2")]


@pytest.mark.parametrize(
    ("reply", "events", "expected"),
    [
        pytest.param(Reply(0, "timed out"), True, "load-balancer-silent", id="silent"),
        pytest.param(Reply(200, "Router login"), True, "load-balancer-taken", id="someone else"),
        pytest.param(Reply(200, "verify-0"), False, "load-balancer-not-announced", id="only the ARP table"),
    ],
)
def test_a_load_balancer_that_does_not(cluster: FakeCluster, reply: Reply, events: bool, expected: str) -> None:
    cluster.lan = {"172.28.0.200": reply}
    cluster.events = cluster.events if events else []
    result = run(cluster)
    assert outcome(result) == only("failed", "load-balancer")
    assert ids(result) == [(expected, "")]


def surveys(cluster: FakeCluster) -> int:
    return sum(call.endswith("kube-system/deployments") for call in cluster.calls)


def test_what_is_not_ready_any_more_is_named_before_what_failed_through_it(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.200": Reply(0, "No route to host")}
    ready = Reply(200, json.dumps({"items": [cluster.deployment()]}))
    cluster.hiccups = {"kube-system/deployments": [ready]}
    cluster.workloads = {"deployments": [cluster.deployment(available=0)]}
    result = run(cluster)
    assert outcome(result) == only("failed", "load-balancer")
    assert ids(result) == [("workload-not-ready", ""), ("load-balancer-arp", "")]
    assert surveys(cluster) == 2


def test_a_node_that_is_not_ready_any_more(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.200": Reply(0, "timed out")}
    good = Reply(200, json.dumps({"items": cluster.nodes}))
    cluster.hiccups = {"GET /api/v1/nodes": [good] * 2}
    cluster.nodes = cluster.nodes[:2]
    assert ids(run(cluster)) == [("node-missing", "w2"), ("load-balancer-silent", "")]


def test_a_second_look_that_gets_no_answer_takes_nothing_away(cluster: FakeCluster) -> None:
    cluster.lan = {"172.28.0.200": Reply(0, "timed out")}
    cluster.hiccups = {"kube-system/deployments": [Reply(200, json.dumps({"items": [cluster.deployment()]}))]}
    cluster.broken = {"kube-system/deployments": ApiDownError("Connection refused")}
    assert ids(run(cluster)) == [("load-balancer-silent", "")]
    assert surveys(cluster) > 1


def dns_pods(*nodes: str, **more: t.Any) -> dict[str, Reply | Exception]:
    labels = {"k8s-app": "kube-dns"}
    found = [
        pod(
            name=f"coredns-{n}", namespace="kube-system", node=where, phase="Running", ready=True, labels=labels, **more
        )
        for n, where in enumerate(nodes)
    ]
    return {"namespaces/kube-system/pods": Reply(200, json.dumps({"items": found}))}


def test_replicas_on_one_node_are_a_warning_and_the_proof_passes(cluster: FakeCluster) -> None:
    cluster.broken = dns_pods("cp1", "cp1")
    result = run(cluster)
    assert outcome(result) == only("passed")
    assert verdict(result.legs, result.findings) == "The cluster works"
    (finding,) = result.findings
    assert (finding["id"], finding["severity"]) == ("replicas-share-a-node", "warning")
    assert finding["message"] == ("Deployment kube-system/coredns: all 2 pods run on cp1, though w1, w2 could take one")
    assert "`kubectl -n kube-system delete pod coredns-0`" in finding["fix"]
    assert surveys(cluster) == 1


@pytest.mark.parametrize(
    ("nodes", "taken"),
    [(("cp1", "w1"), False), (("cp1",), False), (("cp1", "cp1"), True)],
    ids=["apart", "one", "no other"],
)
def test_replicas_that_could_not_be_elsewhere(cluster: FakeCluster, nodes: tuple[str, ...], taken: bool) -> None:
    cluster.broken = dns_pods(*nodes)
    if taken:
        gpu = {"key": "gpu", "effect": "NoSchedule"}
        cluster.nodes = [node("cp1"), node("w1", taints=[gpu]), node("w2", taints=[gpu])]
    assert run(cluster).findings == []


def test_nobody_looks_again_where_nothing_failed(cluster: FakeCluster) -> None:
    assert run(cluster).findings == []
    assert surveys(cluster) == 1


def test_a_namespace_of_someone_else_is_not_touched(cluster: FakeCluster) -> None:
    cluster.namespace = {"metadata": {"name": "homelab-verify", "labels": {}}}
    result = run(cluster)
    assert ids(result) == [("namespace-foreign", "")]
    assert cluster.namespace is not None
    assert not [call for call in cluster.calls if call.startswith("DELETE")]


def test_leftovers_of_an_interrupted_run_are_removed(cluster: FakeCluster) -> None:
    cluster.namespace = OURS
    cluster.objects["pods"]["verify-0"] = pod(name="verify-0")
    cluster.objects["services"]["web"] = {"metadata": {"name": "web"}}
    result = run(cluster)
    assert result.findings == []
    assert cluster.empty()


def test_a_namespace_that_is_going_is_waited_for(cluster: FakeCluster) -> None:
    going = {**OURS, "metadata": {**OURS["metadata"], "deletionTimestamp": "2026-11-21T10:00:00Z"}}
    cluster.hiccups = {
        "POST /api/v1/namespaces": [Reply(409, "{}")],
        "GET /api/v1/namespaces/homelab-verify": [Reply(200, json.dumps(going))] * 2,
    }
    assert run(cluster, timeout=5).findings == []
    assert cluster.empty()


def test_a_namespace_that_does_not_go(cluster: FakeCluster) -> None:
    cluster.namespace = {**OURS, "metadata": {**OURS["metadata"], "deletionTimestamp": "2026-11-21T10:00:00Z"}}
    assert ids(run(cluster)) == [("namespace-stuck", "")]


DEAD = _verify_mark.Process(2**22 + 1, "1")
HERE = _verify_mark.own()


def marked(**changed: t.Any) -> tuple[_verify_mark.Mark, Object]:
    """The mark of another run, and the namespace that has it."""
    mark = HERE._replace(run="another", owner="bob@desk", **changed)
    return mark, v.namespace_object("homelab-verify", _verify_mark.written(mark, 60, time.time()))


OTHERS = [
    pytest.param({}, "process {pid}, ", id="its processes live"),
    pytest.param({"place": "another machine", "processes": [DEAD]}, "process 4194305, ", id="nobody can see them"),
    pytest.param({"place": "another machine", "processes": []}, "", id="it names none"),
]


@pytest.mark.parametrize(("changed", "process"), OTHERS)
def test_a_run_of_somebody_else_is_not_disturbed(cluster: FakeCluster, changed: dict[str, t.Any], process: str) -> None:
    mark, cluster.namespace = marked(**changed)
    cluster.objects["pods"]["verify-0"] = pod(name="verify-0")
    result = run(cluster, mark=HERE)
    found = _verify_mark.read(t.cast("Object", cluster.namespace))
    assert found
    assert found.run == mark.run
    assert not [call for call in cluster.calls if call.startswith(("DELETE", "PUT"))]
    process = process.format(pid=HERE.processes[0].pid)
    assert [(f["id"], f["message"], f["fix"]) for f in result.findings] == [
        (
            "verify-running",
            f"Namespace homelab-verify is in use by another verification: bob@desk, {process}until {found.until} at the latest",
            "Run this again when the other has ended. If it is dead already: `kubectl delete namespace homelab-verify`.",
        )
    ]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"processes": [HERE.processes[0], DEAD]}, id="dead on this machine"),
        pytest.param({"processes": [DEAD, HERE.processes[1]]}, id="without its Ansible"),
        pytest.param({"place": "another machine", "at": 0.0}, id="its time is over"),
    ],
)
def test_the_remains_of_a_dead_run_are_taken_over_at_once(cluster: FakeCluster, changed: dict[str, t.Any]) -> None:
    at = changed.pop("at", time.time())
    mark = HERE._replace(run="another", **changed)
    cluster.namespace = v.namespace_object("homelab-verify", _verify_mark.written(mark, 60, at))
    cluster.objects["pods"]["verify-0"] = pod(name="verify-0")
    assert run(cluster, mark=HERE, timeout=10).findings == []
    assert cluster.empty()


def test_of_two_that_take_over_at_once_one_goes_on(cluster: FakeCluster) -> None:
    mark, theirs = marked()
    cluster.namespace = OURS

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if method == "PUT":
            cluster.namespace = theirs
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    assert ids(run(cluster, mark=HERE)) == [("verify-running", "")]
    assert cluster.namespace == theirs
    assert mark.run == "another"
    assert not [one for one in cluster.calls if one.startswith("DELETE")]


def test_an_answer_that_was_lost_is_no_other_run(cluster: FakeCluster) -> None:
    lost = ApiDownError("reset")

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        nonlocal lost
        answer = FakeCluster.call(cluster, method, path, body, timeout)
        if method == "POST" and path.endswith("/namespaces") and lost:
            problem, lost = lost, None  # type: ignore[assignment]
            raise problem
        return answer

    cluster.call = call  # type: ignore[method-assign]
    assert run(cluster, mark=HERE, timeout=10).findings == []
    assert cluster.empty()


def test_a_run_that_was_cut_off_removes_nothing_of_its_successors(cluster: FakeCluster) -> None:
    _mark, theirs = marked()

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if "proxy/dial" in path:
            cluster.namespace = theirs
            raise KeyboardInterrupt
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(cluster, mark=HERE)
    assert cluster.namespace == theirs
    assert not [one for one in cluster.calls if one.startswith("DELETE")]


def test_an_interrupted_run_cleans_up(cluster: FakeCluster) -> None:
    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if "proxy/dial" in path:
            raise KeyboardInterrupt
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(cluster)
    assert cluster.empty()


def test_leftovers_that_cannot_be_removed_are_reported(cluster: FakeCluster) -> None:
    cluster.broken = {"DELETE": Reply(403, '{"message":"no"}')}
    result = run(cluster, cni="flannel")
    assert outcome(result) == only("skipped", "network-policy")
    assert ids(result) == [("verify-leftovers", "")]


# NetworkPolicy


@pytest.mark.parametrize(
    ("cni", "reason"),
    [("flannel", "not enforced by Flannel"), ("none", "the pod network is not of this collection")],
)
def test_a_network_that_does_not_enforce_policies(cluster: FakeCluster, cni: str, reason: str) -> None:
    result = run(cluster, cni=cni)
    assert outcome(result) == only("skipped", "network-policy")
    assert result.legs[NAMES.index("network-policy")]["detail"] == reason
    assert not any("networkpolicies" in call for call in cluster.calls if call.startswith("POST"))


def test_policies_that_are_not_obeyed(cluster: FakeCluster) -> None:
    cluster.enforces = False
    result = run(cluster)
    assert outcome(result) == only("failed", "network-policy")
    (finding,) = result.findings
    assert (finding["id"], finding["message"]) == (
        "network-policy-not-enforced",
        "A NetworkPolicy that denies everything does not shut everything: same node (open), other node (open), service "
        "(open), DNS (open)",
    )
    assert cluster.empty()


@pytest.mark.parametrize(
    ("broken", "expected", "message"),
    [
        pytest.param(
            {"POST": "allow-out"},
            "network-policy-inexact",
            "A NetworkPolicy that allows one path does not open just that one: other node (shut)",
            id="opens nothing",
        ),
        pytest.param(
            {"DELETE": "networkpolicies"},
            "network-policy-stays",
            "Paths stay shut after the NetworkPolicies are removed: same node (shut), service (shut), DNS (shut)",
            id="stays",
        ),
    ],
)
def test_policies_that_do_too_much(
    cluster: FakeCluster, broken: dict[str, str], expected: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API server takes the request, and nothing follows."""
    monkeypatch.setattr(_verify_run, "CLEANUP_TIMEOUT", 0.3)

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if broken.get(method, "-") in (path.rsplit("/", 1)[-1], v.name_of(body) if body else ""):
            return Reply(200, "{}")
        return FakeCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    result = run(cluster)
    assert [(f["id"], f["message"]) for f in result.findings if f["id"] != "verify-leftovers"] == [(expected, message)]


def test_policies_on_one_node(cluster: FakeCluster) -> None:
    cluster.nodes = cluster.nodes[:1]
    detail = "deny shuts same node, second pod, service, DNS; allow opens second pod alone; removing restores all"
    assert run(cluster, nodes=["cp1"]).legs[NAMES.index("network-policy")]["detail"] == detail


# Legs of one's own


def test_a_leg_of_the_last_wave(cluster: FakeCluster) -> None:
    seen: list[str] = []

    def prove(session: Session) -> Outcome:
        seen.extend(session.sources)
        session.create(session.path("apps/v1/statefulsets"), {"metadata": {"name": "db"}})
        return Outcome("1 of 1 claims")

    result = Verification(cluster, cluster, settings(), 0.2, (*LEGS, Row("database", 3, prove, kinds=KINDS))).run()
    assert result.legs[-1]["detail"] == "1 of 1 claims"
    assert sorted(seen) == sorted(NODES)
    assert cluster.empty()
    assert not cluster.objects["statefulsets"]


def test_a_wave_knows_what_earlier_waves_learned(cluster: FakeCluster) -> None:
    """And nothing of what runs beside it, however much earlier that ends."""
    ended, seen = threading.Event(), list[tuple[str, str]]()
    problems = [
        Finding(id=name, severity="error", host="", subjects=[], message="x", why="", fix="y") for name in ("a", "b")
    ]

    def first(session: Session) -> Outcome:
        ended.wait(5)
        seen.append(("first", session.version))
        return Outcome("", problems[:1], learned={"sources": ["w1"]})

    def second(session: Session) -> Outcome:
        seen.append(("second", session.version))
        ended.set()
        return Outcome("", problems, learned={"version": "v2"})

    def third(session: Session) -> Outcome:
        seen.append(("third", f"{session.version} {session.sources}"))
        return Outcome("")

    rows = [
        Row("api", 0, lambda _session: Outcome("", learned={"version": "v1"}), reads=True),
        *(Row(leg.__name__, wave, leg, reads=True) for leg, wave in ((first, 1), (second, 1), (third, 2))),
    ]
    result = Verification(cluster, cluster, settings(), 0.2, rows).run()
    assert seen == [("second", "v1"), ("first", "v1"), ("third", "v2 ['w1']")]
    # In the order of the table, whoever ended first.
    assert ([leg["name"] for leg in result.legs], result.findings) == (["api", "first", "second", "third"], problems)
    assert result.version == "v2"


def test_a_leg_that_has_nothing_to_prove(cluster: FakeCluster) -> None:
    legs = (*LEGS, Row("database", 3, lambda session: Outcome("the cluster has no storage class", skipped=True)))
    result = Verification(cluster, cluster, settings(), 0.2, legs).run()
    assert (result.legs[-1]["status"], result.legs[-1]["detail"]) == ("skipped", "the cluster has no storage class")


def test_what_legs_left_is_removed_before_it_is_made_anew(cluster: FakeCluster) -> None:
    cluster.namespace = OURS
    cluster.objects["statefulsets"]["db"] = {"metadata": {"name": "db"}}

    def prove(session: Session) -> Outcome:
        return Outcome("new" if session.create(session.path(*KINDS), {"metadata": {"name": "db"}}) else "old")

    result = Verification(cluster, cluster, settings(), 0.2, (*LEGS, Row("database", 3, prove, kinds=KINDS))).run()
    assert result.legs[-1]["detail"] == "new"


def test_a_kind_that_the_cluster_does_not_know(cluster: FakeCluster) -> None:
    cluster.broken = {"apps/v1/namespaces/homelab-verify/statefulsets": Reply(404, '{"message":"not found"}')}
    legs = (*LEGS, Row("database", 3, lambda session: Outcome("fine"), kinds=KINDS))
    result = Verification(cluster, cluster, settings(), 0.2, legs).run()
    assert result.findings == []
    assert cluster.empty()


# Storage


class StorageCluster(FakeCluster):
    """With a server behind it: files of volumes by their names, as pods write and read them."""

    def __init__(self, driver: bool = True) -> None:
        super().__init__()
        marks = dict(v.MANAGED_BY)
        provisioner = "nfs.csi.k8s.io" if driver else "kubernetes.io/no-provisioner"
        self.classes: list[Object] = [{"metadata": {"name": "nfs", "labels": marks}, "provisioner": provisioner}]
        source = {"server": "192.0.2.31", "path": "/srv/nfs"}
        by_hand: Object = {"metadata": {"name": "films", "labels": marks}, "spec": {"nfs": source}}
        self.volumes: dict[str, Object] = {} if driver else {"films": by_hand}
        self.files: dict[str, str] = {}
        # Whether pods see each other's files; whether a claim gets a volume; whether the driver deletes volumes.
        self.shares, self.binds, self.deletes = True, True, True

    def answer(self, method: str, url: t.Any, body: Object | None) -> t.Any:
        parts = url.path.strip("/").split("/")
        if parts[:2] == ["apis", "storage.k8s.io"]:
            return {"items": self.classes}
        if parts[2:3] == ["persistentvolumes"]:
            return self.on_volumes(method, parts[3] if len(parts) > 3 else "", body)
        if method == "DELETE" and parts[-1] == "storage" and self.deletes:
            self.volumes.pop("pvc-1", None)
        return super().answer(method, url, body)

    def on_volumes(self, method: str, name: str, body: Object | None) -> t.Any:
        if method == "POST" and body:
            self.volumes[v.name_of(body)] = body
        elif method == "DELETE":
            return self.volumes.pop(name, None) or Reply(404, "{}")
        elif name:
            return self.volumes.get(name) or Reply(404, "{}")
        return {"items": list(self.volumes.values())}

    def run(self, pod: Object) -> Object:
        """A pod's one thing: commands that end each other when they fail."""
        node, state = v.wanted_node(pod), {"exitCode": 0, "message": ""}
        (container,) = pod["spec"]["containers"]
        for command in container["command"][2].split(" && "):
            words = command.split()
            name = words[4] if words[0] == "printf" else words[1]
            file = name if self.shares else f"{node} {name}"
            if words[0] == "printf":
                self.files[file] = words[2]
            elif file not in self.files:
                state = {"exitCode": 1, "message": f"{words[0]}: {name}: No such file or directory\n"}
                break
            elif words[0] == "rm":
                del self.files[file]
            else:
                state["message"] = self.files[file]
        phase = "Failed" if state["exitCode"] else "Succeeded"
        return {**pod, "status": {"phase": phase, "containerStatuses": [{"state": {"terminated": state}}]}}

    def living(self, kind: str, body: Object) -> Object:
        if kind == "pods" and v.name_of(body).startswith("storage-") and not self.pod_status:
            return self.run(body)
        if kind != "persistentvolumeclaims":
            return super().living(kind, body)
        volume = body["spec"].get("volumeName") or "pvc-1"
        self.volumes.setdefault(volume, {"metadata": {"name": volume}})
        claim = {
            **body,
            "metadata": {**body["metadata"], "uid": "4711-9"},
            "spec": {**body["spec"], "volumeName": volume},
        }
        return {**claim, "status": {"phase": "Bound" if self.binds else "Pending"}}


def storage_leg(cluster: StorageCluster, **changed: t.Any) -> tuple[str, str, list[str]]:
    result = run(cluster, **{"storage_nodes": ["w1", "w2"], "cni": "flannel", **changed})
    (leg,) = (leg for leg in result.legs if leg["name"] == "storage")
    assert cluster.empty()
    assert cluster.objects["persistentvolumeclaims"] == {}
    return leg["status"], leg["detail"], [f"{f['id']}: {f['message']}" for f in result.findings]


def test_storage_of_a_driver() -> None:
    cluster = StorageCluster()
    detail = "written on w1, read on w2, still there for a new pod, volume deleted with its claim"
    assert storage_leg(cluster) == ("passed", detail, [])
    assert (cluster.volumes, cluster.files) == ({}, {})


def test_storage_by_hand_leaves_the_users_volume() -> None:
    cluster = StorageCluster(driver=False)
    detail = "written on w1, read by another pod there (no second node mounts), still there for a new pod, volume kept by its policy"
    assert storage_leg(cluster, storage_nodes=["w1"]) == ("passed", detail, [])
    assert (list(cluster.volumes), cluster.files) == (["films"], {})


def test_a_cluster_without_storage() -> None:
    cluster = StorageCluster()
    cluster.classes = []
    assert storage_leg(cluster) == ("skipped", "no NFS storage of this collection", [])


def test_storage_that_is_not_shared() -> None:
    cluster = StorageCluster(driver=False)
    cluster.shares = False
    status, _, found = storage_leg(cluster)
    assert (status, found) == (
        "failed",
        [
            "storage-not-shared: A file on the volume is not what was written: cat: /data/.homelab.kubernetes-4711-9: "
            "No such file or directory (exit code 1)"
        ],
    )
    assert cluster.files == {}


def test_every_pod_but_those_of_a_deployment_ends_by_itself() -> None:
    cluster = StorageCluster()
    made: list[Object] = []

    def call(method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        made.extend([body] if body and body.get("kind") == "Pod" else [])
        return StorageCluster.call(cluster, method, path, body, timeout)

    cluster.call = call  # type: ignore[method-assign]
    run(cluster, storage_nodes=["w1", "w2"], timeout=10)
    assert sorted(map(v.name_of, made)) == [
        "policy-client",
        "policy-open",
        "policy-shut",
        "storage-again",
        "storage-reader",
        "storage-writer",
        *(f"verify-{number}" for number in range(3)),
    ]
    assert {pod["spec"]["activeDeadlineSeconds"] for pod in made} == {310}


def test_a_claim_without_a_volume() -> None:
    cluster = StorageCluster()
    cluster.binds = False
    assert storage_leg(cluster)[2] == ["storage-not-bound: A claim on StorageClass nfs gets no volume"]


def test_a_volume_that_stays() -> None:
    cluster = StorageCluster()
    cluster.deletes = False
    assert storage_leg(cluster)[2] == [
        "storage-not-deleted: The volume pvc-1 is still there although its claim was deleted"
    ]
