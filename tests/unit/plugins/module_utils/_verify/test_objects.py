# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When things count as ready, what the proof creates and how its result reads."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import ask, results
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import node, pod


def workload(generation: int = 2, spec: dict[str, t.Any] | None = None, **status: t.Any) -> v.Object:
    return {
        "metadata": {"name": "x", "namespace": "ns", "generation": generation},
        "spec": spec if spec is not None else {"replicas": 2},
        "status": {"observedGeneration": 2, **status},
    }


ALL = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
EVERYWHERE = {"desiredNumberScheduled": 3, "numberReady": 3, "updatedNumberScheduled": 3}
ON_DELETE = {"updateStrategy": {"type": "OnDelete"}, "replicas": 2}


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        pytest.param(workload(**ALL), True, id="all available"),
        pytest.param(workload(3, **ALL), False, id="the controller has not seen the newest version"),
        pytest.param(workload(**{**ALL, "availableReplicas": 1}), False, id="one not available"),
        pytest.param(workload(**{**ALL, "updatedReplicas": 1}), False, id="one of the old version"),
        pytest.param(workload(**{**ALL, "replicas": 3}), False, id="an old one is left"),
        pytest.param({"metadata": {"name": "x", "generation": 1}, "spec": {"replicas": 1}}, False, id="just made"),
        pytest.param(workload(spec={"replicas": 0}), True, id="scaled to none"),
    ],
)
def test_deployment_ready(obj: v.Object, expected: bool) -> None:
    assert v.deployment_ready(obj) is expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        pytest.param(workload(spec={}, **EVERYWHERE), True, id="on every node"),
        pytest.param(workload(spec={}, **{**EVERYWHERE, "numberReady": 2}), False, id="one not ready"),
        pytest.param(workload(spec={}, **{**EVERYWHERE, "updatedNumberScheduled": 2}), False, id="one old"),
        pytest.param(workload(spec=ON_DELETE, **{**EVERYWHERE, "updatedNumberScheduled": 0}), True, id="by hand"),
        pytest.param(workload(3, spec={}, **EVERYWHERE), False, id="not seen"),
        pytest.param({"metadata": {"name": "x", "generation": 1}, "spec": {}}, False, id="just made"),
        pytest.param(workload(spec={}), True, id="no node wants it"),
    ],
)
def test_daemonset_ready(obj: v.Object, expected: bool) -> None:
    assert v.daemonset_ready(obj) is expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        pytest.param(workload(**ALL, updateRevision="b", currentRevision="b"), True, id="all ready"),
        pytest.param(workload(**ALL, updateRevision="b", currentRevision="a"), False, id="rolling"),
        pytest.param(workload(spec=ON_DELETE, **ALL, updateRevision="b", currentRevision="a"), True, id="by hand"),
        pytest.param(workload(readyReplicas=1), False, id="one missing"),
    ],
)
def test_statefulset_ready(obj: v.Object, expected: bool) -> None:
    assert v.statefulset_ready(obj) is expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        pytest.param(pod(phase="Running", ready=True), True, id="running and ready"),
        pytest.param(pod(phase="Running"), False, id="not ready"),
        pytest.param(pod(), False, id="pending"),
        pytest.param(pod(phase="Succeeded"), True, id="a job's"),
        pytest.param(pod(phase="Failed"), False, id="failed"),
        pytest.param(pod(phase="Running", ready=True, metadata={"deletionTimestamp": "x"}), False, id="going"),
        pytest.param({"metadata": {"name": "x"}, "spec": {}}, False, id="just made"),
    ],
)
def test_pod_ready(obj: v.Object, expected: bool) -> None:
    assert v.pod_ready(obj) is expected


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        pytest.param(node(), True, id="ready"),
        pytest.param(node(Ready=("False", "")), False, id="not ready"),
        pytest.param(node(Ready=("Unknown", "Kubelet stopped posting node status.")), False, id="silent"),
        pytest.param(node(DiskPressure=("True", "")), False, id="disk pressure"),
        pytest.param(node(NetworkUnavailable=("True", "")), False, id="no network"),
        pytest.param({"metadata": {"name": "x"}, "spec": {}}, False, id="just made"),
    ],
)
def test_node_ready(obj: v.Object, expected: bool) -> None:
    assert v.node_ready(obj) is expected


def test_ready_names_what_it_knows() -> None:
    with pytest.raises(ValueError, match=r"^No readiness is known for kind 'Job'; known are DaemonSet, Deployment, "):
        v.ready("Job", {})


@pytest.mark.parametrize(
    ("kind", "obj", "expected"),
    [
        ("Deployment", workload(readyReplicas=1), "Deployment ns/x 1/2"),
        ("DaemonSet", workload(spec={}, **{**EVERYWHERE, "numberReady": 1}), "DaemonSet ns/x 1/3"),
        ("Pod", pod(name="etcd-cp1", namespace="kube-system"), "Pod kube-system/etcd-cp1"),
    ],
)
def test_progress(kind: str, obj: v.Object, expected: str) -> None:
    assert v.progress(kind, obj) == expected


def test_static_pod() -> None:
    assert v.static_pod(pod(metadata={"ownerReferences": [{"kind": "Node", "name": "cp1"}]}))
    assert not v.static_pod(pod(metadata={"ownerReferences": [{"kind": "ReplicaSet", "name": "x"}]}))


@pytest.mark.parametrize(
    ("labels", "namespace", "expected"),
    [
        ({"k8s-app": "kube-dns", "pod-template-hash": "1"}, "kube-system", True),
        ({"k8s-app": "kube-proxy"}, "kube-system", False),
        ({"k8s-app": "kube-dns"}, "default", False),
    ],
)
def test_selects(labels: dict[str, str], namespace: str, expected: bool) -> None:
    dns = {
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": {"k8s-app": "kube-dns"}}},
    }
    assert v.selects(dns, pod(labels=labels, namespace=namespace)) is expected


@pytest.mark.parametrize(
    ("taints", "extra"),
    [
        pytest.param([], set(), id="none"),
        pytest.param([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}], {"gpu"}, id="the owner's"),
        pytest.param([{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}], set(), id="a symptom"),
    ],
)
def test_tolerations(taints: list[v.Object], extra: set[str]) -> None:
    always = {"node-role.kubernetes.io/control-plane", "node.kubernetes.io/unschedulable"}
    tolerated = v.tolerations(node(taints=taints))
    assert {toleration["key"] for toleration in tolerated} == always | extra
    assert all(toleration["operator"] == "Exists" for toleration in tolerated)


def test_pod_object_meets_the_restricted_standard_and_names_its_node() -> None:
    made = v.asked_pod("ns", "verify-0", node("w1"), "agnhost:1", 600)
    assert v.wanted_node(made) == "w1"
    assert made["spec"]["securityContext"]["runAsNonRoot"] is True
    assert made["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in made["spec"]["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert v.is_ours(made)


def ports(container: v.Object) -> list[int]:
    return [port["containerPort"] for port in container.get("ports", [])]


def test_services_lead_to_a_container_that_tells_its_name_whatever_it_is_asked() -> None:
    made = v.asked_pod("ns", "verify-0", node("w1"), "agnhost:1", 600)
    for service in v.service_objects("ns", load_balancer=True):
        (target,) = (port["targetPort"] for port in service["spec"]["ports"])
        (container,) = (one for one in made["spec"]["containers"] if target in ports(one))
        assert "--http-override=/hostname" in container["args"]


def test_the_container_that_is_asked_has_no_shell_to_start() -> None:
    made = v.asked_pod("ns", "verify-0", node("w1"), "agnhost:1", 600)
    (asked,) = (one for one in made["spec"]["containers"] if v.ASK_PORT in ports(one))
    (mount,) = asked["volumeMounts"]
    assert (mount["mountPath"], mount["readOnly"]) == ("/bin", True)
    (volume,) = made["spec"]["volumes"]
    assert (volume["name"], set(volume)) == (mount["name"], {"name", "emptyDir"})
    # Nothing but what is asked through the API server listens for commands, and no second port by default.
    assert all("--udp-port=-1" in one["args"] for one in made["spec"]["containers"])


def test_a_pod_ends_though_nobody_removes_it() -> None:
    assert v.asked_pod("ns", "verify-0", node("w1"), "agnhost:1", 600)["spec"]["activeDeadlineSeconds"] == 600


def test_wanted_node_of_any_pod() -> None:
    assert v.wanted_node(pod()) == ""


@pytest.mark.parametrize(
    ("load_balancer", "expected"),
    [(False, {"web": "NodePort"}), (True, {"web": "NodePort", "lan": "LoadBalancer"})],
)
def test_service_objects(load_balancer: bool, expected: dict[str, str]) -> None:
    made = v.service_objects("ns", load_balancer)
    assert {v.name_of(service): service["spec"]["type"] for service in made} == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (v.namespace_object("x")["metadata"]["labels"], True),
        ({}, False),
        (None, False),
        ({"app.kubernetes.io/managed-by": "Helm"}, False),
    ],
)
def test_is_ours(labels: dict[str, str] | None, expected: bool) -> None:
    assert v.is_ours({"metadata": {"name": "x", "labels": labels}}) is expected


def test_dial_path_only_resolves_without_connect() -> None:
    prefix = "/api/v1/namespaces/ns/pods/http:verify-0:8080/proxy/dial?"
    query = "host=10.96.0.1&port=80&protocol=http&request=hostname&tries="
    assert ask.dial_path("ns", "verify-0", "10.96.0.1", 80) == f"{prefix}{query}1"
    assert ask.dial_path("ns", "verify-0", "10.96.0.1", 80, connect=False) == f"{prefix}{query}0"


NO_HOST = "host and/or port param are invalid. lookup x on 10.96.0.10:53: no such host\n"


@pytest.mark.parametrize(
    ("status", "body", "connect", "expected"),
    [
        (200, '{"responses":["verify-1"]}', True, ""),
        (200, '{"errors":["dial tcp: i/o timeout"]}', True, "dial tcp: i/o timeout"),
        (200, "{}", True, "the pod got an empty answer"),
        (200, "{}", False, ""),
        (400, NO_HOST, False, "lookup x on 10.96.0.10:53: no such host"),
        (503, "", True, "HTTP status 503"),
        (200, "<html>", True, "the pod answered '<html>' where JSON belongs"),
    ],
)
def test_dial_error(status: int, body: str, connect: bool, expected: str) -> None:
    assert ask.dial_error(status, body, connect=connect) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [('{"kind":"Status","message":"no"}', "no"), ("plain\n", "plain"), ("[1]", "[1]"), ("", "")],
)
def test_status_message(body: str, expected: str) -> None:
    assert ask.status_message(body) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, []),
        ({"loadBalancer": {}}, []),
        ({"loadBalancer": {"ingress": [{}]}}, []),
        ({"loadBalancer": {"ingress": [{"ip": "10.0.0.9", "ipMode": "VIP"}]}}, ["10.0.0.9"]),
        ({"loadBalancer": {"ingress": [{"ip": "10.0.0.9"}, {"ip": "fd00::9"}]}}, ["10.0.0.9", "fd00::9"]),
        ({"loadBalancer": {"ingress": [{"hostname": "lb.example"}]}}, ["lb.example"]),
    ],
)
def test_ingresses(status: v.Object, expected: list[str]) -> None:
    assert v.ingresses({"metadata": {}, "status": status}) == expected


def test_addresses_of_both_families() -> None:
    assert v.pod_addresses({"status": {"podIP": "10.244.0.5"}}) == ["10.244.0.5"]
    assert v.pod_addresses({"status": {"podIP": "a", "podIPs": [{"ip": "a"}, {"ip": "b"}]}}) == ["a", "b"]
    assert v.cluster_addresses({"spec": {"clusterIP": "10.96.0.9"}}) == ["10.96.0.9"]
    assert v.cluster_addresses({"spec": {"clusterIP": "a", "clusterIPs": ["a", "b"]}}) == ["a", "b"]
    assert [v.bracketed(address) for address in ("10.0.0.9", "fd00::9")] == ["10.0.0.9", "[fd00::9]"]


FAMILIES: list[tuple[bool, list[str], dict[str, v.Object]]] = [
    (False, [], {"web": {}, "lan": {}}),
    (True, [], {"web": {"ipFamilyPolicy": "RequireDualStack"}, "lan": {}}),
    (
        True,
        ["IPv6"],
        {
            "web": {"ipFamilyPolicy": "RequireDualStack"},
            "lan": {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6"]},
        },
    ),
    (
        True,
        ["IPv4", "IPv6"],
        {
            "web": {"ipFamilyPolicy": "RequireDualStack"},
            "lan": {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]},
        },
    ),
]


@pytest.mark.parametrize(("dual_stack", "families", "expected"), FAMILIES)
def test_families_of_services(dual_stack: bool, families: list[str], expected: dict[str, v.Object]) -> None:
    made = v.service_objects("ns", True, dual_stack=dual_stack, families=families)
    asked = {v.name_of(s): {key: value for key, value in s["spec"].items() if key.startswith("ipFam")} for s in made}
    assert asked == expected


def test_node_info() -> None:
    assert results.node_info(node("cp1", role="control-plane")) == {
        "name": "cp1",
        "role": "control-plane",
        "address": "172.28.0.22",
        "os": "Debian GNU/Linux 13 (trixie)",
        "kubelet": "v1.37.2",
        "runtime": "containerd 2.3.4",
        "ready": True,
    }


def leg(name: str, status: results.Status = "passed", detail: str = "fine") -> results.Leg:
    return results.Leg(name=name, status=status, seconds=0.25, detail=detail)


def test_merged_joins_hosts() -> None:
    same = [Kind("image-not-found", "no such image", "fix it").at(f"w{n}", said=f"try {n}") for n in (1, 2)]
    other = Kind("image-not-found", "another", "fix it").at("w1")
    assert results.merged([*same, same[0], other]) == [{**same[0], "host": "w1, w2"}, other]
    assert [finding["host"] for finding in results.merged(reversed(same))] == ["w1, w2"]


@pytest.mark.parametrize(
    ("legs", "broken", "expected"),
    [
        ([leg("api"), leg("pods")], False, "The cluster works"),
        ([leg("api"), leg("pods")], True, "The cluster is not proven"),
        ([leg("api", "failed")], False, "The cluster is not proven"),
        ([leg("api"), leg("pods", "skipped")], False, "The cluster is up, and not proven"),
        ([leg("api", "skipped")], False, "Nothing is proven"),
    ],
)
def test_verdict(legs: list[results.Leg], broken: bool, expected: str) -> None:
    assert results.verdict(legs, [Kind("x", "y", "z").at()] if broken else []) == expected


def test_a_warning_disproves_nothing() -> None:
    legs, warning = [leg("api"), leg("pods")], Kind("x", "it may break", "mend it", severity="warning").at("w1")
    assert results.verdict(legs, [warning]) == "The cluster works"
    assert results.report(legs, [warning], 1.25) == [
        "The cluster works: 2 passed, in 1.2 s",
        "  passed  api             0.2 s  fine",
        "  passed  pods            0.2 s  fine",
        "WARNING [x] w1: it may break",
        "    fix: mend it",
    ]


def test_report() -> None:
    legs = [
        leg("api"),
        leg("pods", "failed", "2 of 3"),
        leg("dns", "skipped", "no"),
        leg("cluster-ip", "skipped", "no"),
    ]
    assert results.report(legs, [Kind("x", "it broke", "mend it").at("w1")], 1.25) == [
        "The cluster is not proven: 1 passed, 1 failed, 2 skipped, in 1.2 s",
        "  passed  api             0.2 s  fine",
        "  FAILED  pods            0.2 s  2 of 3",
        "  skipped dns, cluster-ip: no",
        "ERROR [x] w1: it broke",
        "    fix: mend it",
    ]


def test_ordered_legs() -> None:
    legs = [leg("dns"), leg("api"), leg("pods")]
    assert [x["name"] for x in results.ordered_legs(legs, ["api", "pods", "dns"])] == ["api", "pods", "dns"]


def test_a_report_moves_no_cursor() -> None:
    legs = [results.Leg(name="api", status="passed", seconds=1.0, detail="x\x1b[2J\ny\x9b")]
    assert results.report(legs, [], 1.0)[1:] == ["  passed  api             1.0 s  x\\x1b[2J\\x0ay\\x9b"]
