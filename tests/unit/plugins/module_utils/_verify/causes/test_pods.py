# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why nodes, pods and workloads are not ready. Most texts were seen on real clusters that were broken on purpose."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import pods as c
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.nodes import diagnose_nodes
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import FINAL
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    CNI_MESSAGE,
    ONE_TAINTED,
    WEBHOOK,
    Object,
    container,
    event,
    node,
    pod,
    unschedulable,
    waiting,
)

PULL = 'failed to pull and unpack image "registry.k8s.io/agnhost:1": '
IMAGE = "Test pod: image registry.k8s.io/agnhost:1: "
HEAD = 'failed to do request: Head "https://registry.k8s.io/v2/agnhost/manifests/1": '
OWN_TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
SUBNET_ENV = (
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "d76a": plugin '
    'type="flannel" failed (add): open /run/flannel/subnet.env: no such file or directory'
)


def brief(findings: t.Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(f["id"], f["host"], f["message"]) for f in findings]


def diagnose(obj: Object, *events: Object, nodes: t.Sequence[Object] = (), log: str = "") -> list[tuple[str, str, str]]:
    found = c.diagnose(obj, events, nodes, log=log, owner="Test pod")
    assert all(f["fix"] and f["severity"] == "error" for f in found)
    return brief(found)


def crash(log: str, **ended: t.Any) -> tuple[str, str, str]:
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s restarting failed container"}}
    last = {"terminated": {"exitCode": 1, "reason": "Error", **ended}}
    (found,) = diagnose(pod(container(state=state, lastState=last)), log=log)
    return found


def test_a_ready_pod_has_no_cause() -> None:
    assert c.diagnose(pod(phase="Running", ready=True), [], []) == []


@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        (
            f"{PULL}failed to resolve image: registry.k8s.io/agnhost:1: not found",
            "image-not-found",
            "the registry has no such image",
        ),
        (
            f"{HEAD}dial tcp: lookup registry.k8s.io on 192.168.0.1:53: no such host",
            "image-dns",
            "the node cannot resolve the registry's name",
        ),
        (
            f"{HEAD}dial tcp: lookup registry.k8s.io: i/o timeout",
            "image-dns",
            "the node cannot resolve the registry's name",
        ),
        (
            f"{HEAD}dial tcp 10.0.0.1:443: connect: connection refused",
            "image-registry-refused",
            "the registry refuses connections or has no route to it",
        ),
        (f"{HEAD}dial tcp 10.0.0.1:443: i/o timeout", "image-timeout", "the registry does not answer in time"),
        (f"{HEAD}context deadline exceeded", "image-timeout", "the registry does not answer in time"),
        (
            f"{HEAD}tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "image-tls",
            "the node does not trust the registry's certificate: certificate signed by unknown authority",
        ),
        (
            f"{HEAD}http: server gave HTTP response to HTTPS client",
            "image-http",
            "the registry or mirror speaks plain HTTP where HTTPS is expected",
        ),
        (
            f"{PULL}unexpected status from HEAD request to https://ghcr.io/v2/x: 403 Forbidden",
            "image-denied",
            "the registry denies access, or the image does not exist under that name",
        ),
        (
            f"{PULL}429 Too Many Requests - toomanyrequests: You have reached your pull rate limit",
            "image-rate-limit",
            "the registry refuses: too many pulls from your address",
        ),
        (
            f"{PULL}no match for platform in manifest: not found",
            "image-platform",
            "the image does not exist for the node's architecture",
        ),
        (
            f"{PULL}write /var/lib/containerd/x: no space left on device",
            "image-disk-full",
            "the node's disk is full",
        ),
        (f"{PULL}something new", "image-pull", "cannot be pulled"),
    ],
)
def test_image(text: str, expected: str, message: str) -> None:
    found = (expected, "w2", IMAGE + message)
    assert diagnose(pod(waiting("ErrImagePull", text))) == [found]
    # An older kubelet says it only in an event.
    back_off = pod(waiting("ImagePullBackOff", 'Back-off pulling image "registry.k8s.io/agnhost:1"'))
    assert diagnose(back_off, event("Failed", text)) == [found]
    # The event of another pod says nothing about this one.
    assert diagnose(back_off, event("Failed", text, name="other")) == [("image-pull", "w2", f"{IMAGE}cannot be pulled")]


def test_image_of_an_init_container_comes_first() -> None:
    init = waiting("ErrImagePull", f"{PULL}x: not found", image="init:1")
    obj = pod(waiting("PodInitializing"), status={"initContainerStatuses": [init]})
    assert diagnose(obj) == [("image-not-found", "w2", "Test pod: image init:1: the registry has no such image")]


@pytest.mark.parametrize(
    ("reason", "expected", "message"),
    [
        ("InvalidImageName", "image-name-invalid", "the name is not valid"),
        ("ErrImageNeverPull", "image-not-on-node", "not on the node, and may not be pulled"),
    ],
)
def test_image_that_is_not_even_tried(reason: str, expected: str, message: str) -> None:
    assert diagnose(pod(waiting(reason))) == [(expected, "w2", IMAGE + message)]
    assert expected in FINAL


@pytest.mark.parametrize(
    ("message", "nodes", "expected"),
    [
        pytest.param(
            ONE_TAINTED,
            [node("w1"), node("w2", DiskPressure=("True", "kubelet has disk pressure"))],
            ("node-disk-pressure", "w2", "The node reports DiskPressure (kubelet has disk pressure)"),
            id="disk pressure",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w2", MemoryPressure=("True", ""))],
            ("node-memory-pressure", "w2", "The node reports MemoryPressure"),
            id="memory pressure",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w1", Ready=("False", "else")), node("w2", Ready=("False", CNI_MESSAGE))],
            (
                "cni-not-initialised",
                "w2",
                "NotReady: no pod network is set up on this node: /etc/cni/net.d holds no configuration",
            ),
            id="no CNI, and only the wanted node counts",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w2", Ready=("Unknown", "Kubelet stopped posting node status."))],
            ("node-unreachable", "w2", "The kubelet does not report"),
            id="silent kubelet",
        ),
        pytest.param(
            ONE_TAINTED,
            [node("w2", taints=[OWN_TAINT])],
            ("pod-unschedulable-taint", "w2", "Test pod: taints keep it away: gpu"),
            id="the owner's taint",
        ),
        pytest.param(
            "0/3 nodes are available: 3 Insufficient cpu. preemption: not helpful",
            [node("w2")],
            ("pod-unschedulable-resources", "w2", "Test pod: no node has enough cpu left for its request"),
            id="cpu",
        ),
        pytest.param(
            "0/1 nodes are available: 1 Too many pods.",
            [node("w2")],
            ("pod-unschedulable-count", "w2", "Test pod: the node already runs as many pods as it may"),
            id="too many pods",
        ),
        pytest.param(
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
            [node("w2")],
            ("pod-unschedulable-volume", "w2", "Test pod: its volume claim is not bound"),
            id="volume",
        ),
        pytest.param(
            "0/1 nodes are available: 1 node(s) were unschedulable.",
            [node("w2")],
            ("pod-unschedulable-cordon", "w2", "Test pod: the nodes are cordoned"),
            id="cordon",
        ),
        pytest.param(
            "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
            [node("w2")],
            (
                "pod-unschedulable-spread",
                "w2",
                "Test pod: Pending, the nodes that may take it have as many of its kind as they may",
            ),
            id="spread",
        ),
        pytest.param(
            "0/1 nodes are available: 1 moon in the wrong phase.",
            [node("w2")],
            ("pod-unschedulable", "w2", "Test pod: Pending, no node suits it"),
            id="unknown",
        ),
    ],
)
def test_unschedulable(message: str, nodes: list[Object], expected: tuple[str, str, str]) -> None:
    assert diagnose(pod(node="", only="w2", conditions=[unschedulable(message)]), nodes=nodes) == [expected]
    # Before the condition there is only the event.
    assert diagnose(pod(node="", only="w2"), event("FailedScheduling", message), nodes=nodes) == [expected]


def test_no_scheduler() -> None:
    found = ("scheduler-silent", "", "Test pod: Pending, and no scheduler has looked at it")
    assert diagnose(pod(node="", only="w2"), nodes=[node("w2", DiskPressure=("True", ""))]) == [found]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (
            [node("w2", DiskPressure=("True", "kubelet has disk pressure"))],
            ("node-disk-pressure", "w2", "The node reports DiskPressure (kubelet has disk pressure)"),
        ),
        (
            [node("w2")],
            (
                "pod-rejected",
                "w2",
                "Test pod: the kubelet gave it up (Evicted): The node was low on resource: ephemeral-storage.",
            ),
        ),
    ],
)
def test_evicted(nodes: list[Object], expected: tuple[str, str, str]) -> None:
    status = {"reason": "Evicted", "message": "The node was low on resource: ephemeral-storage."}
    assert diagnose(pod(phase="Failed", status=status), nodes=nodes) == [expected]


@pytest.mark.parametrize(
    ("message", "expected", "what"),
    [
        (SUBNET_ENV, "flannel-not-running", "Flannel has not written /run/flannel/subnet.env on this node"),
        (
            'plugin type="flannel" failed (add): failed to find plugin "flannel" in path [/opt/cni/bin]',
            "cni-plugin-missing",
            "the CNI plugin flannel is not in /opt/cni/bin",
        ),
        (
            "failed to setup network for sandbox: cni plugin not initialized",
            "cni-not-initialised",
            "no pod network is set up on this node: /etc/cni/net.d holds no configuration",
        ),
        (
            'failed to start sandbox: failed to get sandbox image "registry.k8s.io/pause:3.10": not found',
            "sandbox-image",
            "the sandbox (pause) image registry.k8s.io/pause:3.10 cannot be had",
        ),
        (
            "runc create failed: error setting rlimit type 7: operation not permitted",
            "sandbox-rlimit",
            "the runtime may not raise a resource limit (rlimit type 7)",
        ),
        ("something new", "sandbox", "its sandbox cannot be made"),
    ],
)
def test_sandbox(message: str, expected: str, what: str) -> None:
    found = diagnose(pod(container()), event("FailedCreatePodSandBox", message))
    assert found == [(expected, "w2", f"Test pod: {what}")]


LOOP = (
    '[FATAL] plugin/loop: Loop (127.0.0.1:46031 -> :53) detected for zone ".", see '
    'https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 8675 19."\n'
)


@pytest.mark.parametrize(
    ("log", "expected", "what"),
    [
        (
            f".:53\n{LOOP}",
            "coredns-loop",
            "CoreDNS forwards to itself (Loop detected): the node's resolv.conf names a loopback server",
        ),
        (
            'E1121 main.go:377] Error registering network: failed to acquire lease: node "w2" pod cidr not assigned',
            "flannel-no-pod-cidr",
            "the node has no pod range for Flannel",
        ),
        (
            "E1121 main.go:291] Failed to find any valid interface to use: failed to get default interface",
            "flannel-interface",
            "Flannel finds no interface with the node's address",
        ),
        (
            "open /proc/sys/net/netfilter/nf_conntrack_max: permission denied",
            "kube-proxy-conntrack",
            "kube-proxy may not write net.netfilter.nf_conntrack_max",
        ),
        ("exec /agnhost: exec format error", "image-platform", "the image was built for another architecture"),
        (
            "listen tcp :9153: bind: address already in use",
            "port-in-use",
            "a port that the container needs is taken on the node",
        ),
        (
            "starting\npanic: everything is wrong\n\n",
            "container-crash",
            "container agnhost keeps ending with code 1; its last words: panic: everything is wrong",
        ),
        ("", "container-crash", "container agnhost keeps ending with code 1; its last words: it wrote nothing"),
    ],
)
def test_crash(log: str, expected: str, what: str) -> None:
    assert crash(log) == (expected, "w2", f"Test pod: {what}")


def test_crash_with_a_termination_message() -> None:
    assert crash("", message="out of tea")[2].endswith("its last words: out of tea")


def test_out_of_memory() -> None:
    what = "Test pod: container agnhost is killed: it needs more memory than its limit"
    assert crash("", reason="OOMKilled", exitCode=137) == ("container-out-of-memory", "w2", what)


@pytest.mark.parametrize(
    ("obj", "events", "expected", "what"),
    [
        pytest.param(
            pod(waiting("CreateContainerConfigError", 'secret "memberlist" not found', name="speaker")),
            [],
            "container-start",
            "container speaker: cannot start",
            id="a missing secret",
        ),
        pytest.param(
            pod(container()),
            [event("FailedMount", 'MountVolume.SetUp failed for volume "x" : configmap "y" not found')],
            "volume-mount",
            "a volume cannot be mounted",
            id="a missing config map",
        ),
        pytest.param(pod(), [], "pod-not-ready", "no kubelet has started it", id="a stuck kubelet"),
        pytest.param(
            pod(container(state={"running": {}}), phase="Running"),
            [event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")],
            "pod-not-ready",
            "runs, but is not ready",
            id="a failing probe",
        ),
        pytest.param(
            pod(container(), metadata={"deletionTimestamp": "x"}),
            [],
            "pod-not-ready",
            "is being deleted and does not go",
            id="going",
        ),
        pytest.param(
            pod(container()), [event("Pulling", "Pulling image")], "pod-not-ready", "still starting", id="slow"
        ),
    ],
)
def test_other_pods(obj: Object, events: list[Object], expected: str, what: str) -> None:
    assert diagnose(obj, *events) == [(expected, "w2", f"Test pod: {what}")]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (pod(phase="Running", ready=True), ""),
        (pod(container()), ""),
        (pod(container(lastState={"terminated": {"exitCode": 1}})), "agnhost"),
        (pod(container(name="b", state={"terminated": {"exitCode": 2}})), "b"),
        (pod(container(state={"terminated": {"exitCode": 0}})), ""),
    ],
)
def test_crashing(obj: Object, expected: str) -> None:
    assert c.crashing(obj) == expected


def test_nodes() -> None:
    nodes = [node("w1"), node("w9"), node("w2", Ready=("False", "container runtime is down"))]
    assert brief(diagnose_nodes(["w1", "w2", "w3"], nodes)) == [
        ("node-missing", "w3", "The inventory names this host, the cluster does not have it"),
        ("node-not-ready", "w2", "NotReady: container runtime is down"),
        ("node-unexpected", "w9", "The cluster has this node, the inventory does not name it"),
    ]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, []),
        (
            {"DiskPressure": ("True", ""), "PIDPressure": ("True", "")},
            ["node-disk-pressure", "node-pid-pressure"],
        ),
        ({"NetworkUnavailable": ("True", "no route created")}, ["node-network-unavailable"]),
        ({"DiskPressure": ("True", ""), "Ready": ("Unknown", "")}, ["node-disk-pressure", "node-unreachable"]),
    ],
)
def test_node(conditions: dict[str, tuple[str, str]], expected: list[str]) -> None:
    assert [f["id"] for f in c.diagnose_node(node(**conditions))] == expected


def test_workload_whose_pods_are_refused() -> None:
    events = [event("FailedCreate", f"{WEBHOOK}connection refused", name="speaker", namespace="metallb-system")]
    speaker = {"metadata": {"name": "speaker", "namespace": "metallb-system"}, "spec": {}}
    assert [f["id"] for f in c.diagnose_workload("DaemonSet", speaker, events)] == ["webhook-refused"]
    failure = [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small, requested"}]
    obj = {**speaker, "status": {"conditions": failure}}
    assert [f["id"] for f in c.diagnose_workload("Deployment", obj, [])] == ["quota"]
    assert [f["id"] for f in c.diagnose_workload("Deployment", speaker, [])] == ["workload-not-ready"]
