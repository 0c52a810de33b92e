# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why nodes, pods and workloads are not ready. Most texts were seen on real clusters that were broken on purpose."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import pods as c
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import FINAL
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.causes.findings_of_tests import (
    diagnose,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    WEBHOOK,
    Object,
    container,
    event,
    pod,
    waiting,
)

PULL = 'failed to pull and unpack image "registry.k8s.io/agnhost:1": '
IMAGE = "Test pod: image registry.k8s.io/agnhost:1: "
HEAD = 'failed to do request: Head "https://registry.k8s.io/v2/agnhost/manifests/1": '
SUBNET_ENV = (
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "d76a": plugin '
    'type="flannel" failed (add): open /run/flannel/subnet.env: no such file or directory'
)


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


def test_workload_whose_pods_are_refused() -> None:
    events = [event("FailedCreate", f"{WEBHOOK}connection refused", name="speaker", namespace="metallb-system")]
    speaker = {"metadata": {"name": "speaker", "namespace": "metallb-system"}, "spec": {}}
    assert [f["id"] for f in c.diagnose_workload("DaemonSet", speaker, events)] == ["webhook-refused"]
    failure = [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: small, requested"}]
    obj = {**speaker, "status": {"conditions": failure}}
    assert [f["id"] for f in c.diagnose_workload("Deployment", obj, [])] == ["quota"]
    assert [f["id"] for f in c.diagnose_workload("Deployment", speaker, [])] == ["workload-not-ready"]
