# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of reported cases: each is told as what it is, and the line itself stands beside it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.pods import diagnose

Found = dict[str, t.Any]
NODE: Found = {
    "metadata": {"name": "w1"},
    "spec": {},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}
DOWN: Found = {**NODE, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}


def one(reason: str = "", message: str = "", *, node: Found = NODE, waiting: Found | None = None, **meta: str) -> Found:
    """What is found of a pod with one event, or with one container that waits."""
    state = (
        {"waiting": waiting} if waiting else {"running": {}} if meta else {"waiting": {"reason": "ContainerCreating"}}
    )
    pod: Found = {
        "metadata": {"name": "web-0", "namespace": "default", **meta},
        "spec": {"nodeName": "w1", "containers": [{"name": "web"}]},
        "status": {
            "phase": "Pending",
            "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}],
            "containerStatuses": [{"name": "web", "ready": False, "image": "nginx:1.27", "state": state}],
        },
    }
    event = {"involvedObject": {"name": "web-0", "namespace": "default"}, "reason": reason, "message": message}
    (found,) = diagnose(pod, [event], [node])
    return dict(found)


SANDBOX = (
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
    f'"{"5be1" * 16}": plugin type="calico" failed (add): '
)
ASK = 'error getting ClusterInformation: Get "https://10.96.0.1:443/apis/crd.projectcalico.org/v1/clusterinformations/default": '


@pytest.mark.parametrize(
    ("tail", "id_", "message"),
    [
        (
            "error getting ClusterInformation: connection is unauthorized: Unauthorized",
            "cni-unauthorized",
            "the CNI plugin calico may not read from the API: its credentials on this node are not accepted",
        ),
        (
            ASK + "x509: certificate signed by unknown authority",
            "cni-certificate",
            "the CNI plugin calico does not trust the API's certificate",
        ),
        (
            ASK + "dial tcp 10.96.0.1:443: i/o timeout",
            "cni-api-unreachable",
            "the CNI plugin calico does not reach the API at 10.96.0.1:443",
        ),
        ("no more addresses, code 401", "cni-failed", "the CNI plugin calico failed"),
    ],
)
def test_what_a_cni_plugin_says_is_no_matter_of_images(tail: str, id_: str, message: str) -> None:
    found = one("FailedCreatePodSandBox", SANDBOX + tail)
    assert (found["id"], found["message"]) == (id_, f"Pod default/web-0: {message}")
    assert tail[-30:] in found["why"]


HEAD = (
    'failed to resolve reference "docker.io/library/nginx:1.27": failed to do request: Head '
    '"https://registry-1.docker.io/v2/library/nginx/manifests/1.27": '
)


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        (
            HEAD
            + "dial tcp: lookup registry-1.docker.io on 10.0.2.3:53: read udp 10.0.2.15:39674->10.0.2.3:53: i/o timeout",
            "image-dns",
        ),
        (HEAD + "dial tcp: lookup registry-1.docker.io: no such host", "image-dns"),
        (HEAD + "proxyconnect tcp: dial tcp 192.168.1.5:3128: connect: connection refused", "image-proxy"),
        (HEAD + "proxyconnect tcp: dial tcp: lookup proxy.lan: no such host", "image-proxy"),
        ("docker.io/library/app:1.403.0: not found", "image-not-found"),
        (f"app@sha256:{'401f' * 16}: not found", "image-not-found"),
        ("unexpected status from HEAD request to http://192.168.1.5:4010/v2/app: 404 Not Found", "image-not-found"),
        ("unexpected status from HEAD request to https://ghcr.io/v2/app: 403 Forbidden", "image-denied"),
        ("pull access denied, repository does not exist or may require authorization", "image-denied"),
        ("unexpected media type text/html; charset=utf-8 for sha256:1f: not found", "image-no-registry"),
    ],
)
def test_whom_the_node_asked_in_vain(said: str, id_: str) -> None:
    found = one(waiting={"reason": "ErrImagePull", "message": said})
    assert found["id"] == id_
    assert found["why"].endswith(said[-40:] if "sha256" not in said else said[-9:])


def test_the_proxy_is_named() -> None:
    said = HEAD + "proxyconnect tcp: dial tcp 192.168.1.5:3128: connect: connection refused"
    assert "192.168.1.5:3128" in one(waiting={"reason": "ErrImagePull", "message": said})["message"]


KILL = (
    'error killing pod: failed to "KillContainer" for "web" with KillContainerError: "unknown error after kill: runc did not '
    'terminate successfully: exit status 1: unable to signal init: permission denied"'
)


@pytest.mark.parametrize(
    ("reason", "message", "node", "id_", "why"),
    [
        ("FailedKillPod", KILL, NODE, "pod-kill-failed", KILL),
        ("", "", NODE, "pod-not-ready", "Its node is ready: a finalizer may hold it."),
        ("", "", DOWN, "pod-not-ready", "Its node may be down."),
    ],
)
def test_a_pod_that_does_not_go(reason: str, message: str, node: Found, id_: str, why: str) -> None:
    found = one(reason, message, node=node, deletionTimestamp="2026-01-01T00:00:00Z")
    assert (found["id"], found["why"]) == (id_, why)
