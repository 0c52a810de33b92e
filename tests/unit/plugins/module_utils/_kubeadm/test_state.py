# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import documents as config
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import state as _kubeadm

TOKEN = "abcdef.0123456789abcdef"


def test_redact_takes_the_token_and_nothing_else_out_of_real_output(fixtures: Path) -> None:
    text = (fixtures / "kubeadm/init-1.37.txt").read_text()
    assert TOKEN in text
    assert _kubeadm.redact(text) == text.replace(TOKEN, "<token>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"--certificate-key {'0a' * 32} \\", "--certificate-key <key> \\"),
        (f"Using certificate key:\n{'0a' * 32}", "Using certificate key:\n<key>"),
        (f"certificateKey: {'0a' * 32}\nkind: x", "certificateKey: <key>\nkind: x"),
        (f"certificateKey: '{'0A' * 32}'", "certificateKey: '<key>'"),
        (f'{{"certificateKey":"{"0a" * 32}"}}', '{"certificateKey":"<key>"}'),
        (f"certificate_key={'0a' * 16}", "certificate_key=<key>"),
        (f"CERTIFICATE-KEY {'0a' * 32}", "CERTIFICATE-KEY <key>"),
        (f"sha256:{'0a' * 32}", f"sha256:{'0a' * 32}"),
        ("certificateKey: ''", "certificateKey: ''"),
        ("version 1.37.2", "version 1.37.2"),
    ],
)
def test_redact(text: str, expected: str) -> None:
    assert _kubeadm.redact(text) == expected


def test_complaints_of_a_host_that_is_already_a_control_plane(fixtures: Path) -> None:
    found = _kubeadm.complaints((fixtures / "kubeadm/preflight-1.37.txt").read_text())
    assert len(found) == 12
    assert found[0] == {"severity": "error", "check": "Port-6443", "message": "Port 6443 is in use"}
    assert found[10] == {
        "severity": "error",
        "check": "DirAvailable--var-lib-etcd",
        "message": "/var/lib/etcd is not empty",
    }
    assert found[11]["severity"] == "warning"
    assert found[11]["check"] == "SystemVerification"


def test_failure_names_every_error_once(fixtures: Path) -> None:
    message = _kubeadm.failure("kubeadm init", (fixtures / "kubeadm/preflight-1.37.txt").read_text())
    assert message.splitlines()[:2] == ["kubeadm init refused this host:", "  - Port-6443: Port 6443 is in use"]
    assert len(message.splitlines()) == 12
    assert "SystemVerification" not in message


def test_failure_without_complaints_is_the_end_of_the_output() -> None:
    output = "\n".join(["first", *map(str, range(20)), f"token {TOKEN} refused", ""])
    assert _kubeadm.failure("kubeadm join", output).splitlines() == [
        "kubeadm join failed:",
        *(f"  {n}" for n in range(9, 20)),
        "  token <token> refused",
    ]


def test_phases() -> None:
    lines = [
        (10.0, "[init] Using\n"),
        (10.5, "[certs] a\n"),
        (11.0, "[certs] b\n"),
        (11.5, "noise\n"),
        (12.0, "[etcd] c\n"),
    ]
    assert _kubeadm.phases(lines, 15.0) == [
        {"name": "init", "seconds": 0.5},
        {"name": "certs", "seconds": 1.5},
        {"name": "etcd", "seconds": 3.0},
    ]
    assert _kubeadm.phases([], 1.0) == []


def test_pod_links() -> None:
    flannel = ["cni0", "flannel-v6.1", "flannel-wg", "flannel-wg-v6", "flannel.1", "flannel0"]
    others = ["cali0a1b2c3d4e5", "cni-podman0", "docker0", "eth0", "flannel", "lo", "mycni0", "vethf9cb01e6"]
    assert _kubeadm.pod_links([*others, *reversed(flannel)]) == flannel


@pytest.mark.parametrize(
    ("record", "remains", "healthy", "expected"),
    [
        ("", [], False, "absent"),
        ("", ["/etc/kubernetes/admin.conf"], True, "done"),
        ("", ["/etc/kubernetes/admin.conf"], False, "foreign"),
        ("started", [], False, "partial"),
        ("started", ["/var/lib/etcd/member"], False, "partial"),
        # The API is ready before kubeadm has made kube-proxy and CoreDNS.
        ("started", ["/var/lib/etcd/member"], True, "partial"),
        ("complete", ["/var/lib/etcd/member"], False, "done"),
        ("complete", ["/var/lib/etcd/member"], True, "done"),
        # Somebody ran kubeadm reset, which does not know our note.
        ("complete", [], False, "absent"),
    ],
)
def test_control_plane_state(record: str, remains: list[str], healthy: bool, expected: str) -> None:
    assert _kubeadm.control_plane_state(record, remains, healthy) == expected


FRESH = """
Node//cp1 Namespace//default Namespace//kube-node-lease Namespace//kube-public Namespace//kube-system
Pod/kube-system/coredns-6f6b679f8f-2xkqv Pod/kube-system/etcd-cp1 Pod/kube-system/kube-apiserver-cp1
Pod/kube-system/kube-controller-manager-cp1 Pod/kube-system/kube-proxy-x2x4z Pod/kube-system/kube-scheduler-cp1
Service/default/kubernetes Service/kube-system/kube-dns ConfigMap/default/kube-root-ca.crt ConfigMap/kube-public/cluster-info
ConfigMap/kube-system/kubeadm-config Secret/kube-system/bootstrap-token-abcdef Secret/kube-system/kubeadm-certs
Deployment/kube-system/coredns DaemonSet/kube-system/kube-proxy
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], []),
        (["Node//w1"], ["Node//cp1", "Node//w1"]),
        (["Namespace//shop"], ["Namespace//shop"]),
        (["Namespace//kube-flannel", "DaemonSet/kube-flannel/kube-flannel-ds"], None),
        (["Pod/default/etcd-cp1"], None),
        (["Pod/kube-system/calico-node-x"], None),
        (["Deployment/default/coredns"], None),
        (["ConfigMap/default/settings", "Secret/default/bootstrap-token-abcdef", "Secret/kube-system/mine"], None),
        (["PersistentVolume//disk", "PersistentVolumeClaim/default/data"], None),
        (["CustomResourceDefinition//things.example.org", "Service/default/web", "StatefulSet/default/db"], None),
    ],
)
def test_strangers(more: list[str], expected: list[str] | None) -> None:
    assert _kubeadm.strangers([*FRESH.split(), *more]) == (more if expected is None else expected)


@pytest.mark.parametrize(
    ("ready", "same", "used", "expected"),
    [
        (True, True, False, "finish"),
        (True, True, True, "finish"),
        # Other settings are for a cluster that nobody has used.
        (True, False, False, "restart"),
        (True, False, True, "finish"),
        (False, True, False, "restart"),
        (False, False, False, "restart"),
        (False, True, True, "stop"),
        (False, False, True, "stop"),
    ],
)
def test_start_repair(ready: bool, same: bool, used: bool, expected: str) -> None:
    assert _kubeadm.start_repair(ready=ready, same=same, used=used) == expected


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ("", []),
        (
            "kind: InitConfiguration\nskipPhases:\n- addon/kube-proxy\n- 'addon/coredns'\nx: y\n",
            ["addon/kube-proxy", "addon/coredns"],
        ),
        ("skipPhases:\n  - addon\n---\n- mark-control-plane\n", ["addon"]),
        ("skipPhases: []\nother:\n- x\n", []),
        ("other:\n- skipPhases:\n", []),
        ("skipPhases: [addon/coredns, mark-control-plane]\n", ["addon/coredns", "mark-control-plane"]),
        (
            config.text([{"kind": "InitConfiguration", "skipPhases": ["addon/kube-proxy", "addon"]}, {"x": 1}]),
            ["addon/kube-proxy", "addon"],
        ),
        (config.text([{"skipPhases": []}, {"list": ["x"]}]), []),
        (config.text([{"nodeRegistration": {"skipPhases": ["addon"]}}]), []),
    ],
)
def test_skipped_phases(configuration: str, expected: list[str]) -> None:
    assert _kubeadm.skipped_phases(configuration) == expected


NODE: _kubeadm.Worker = {
    "record": "complete",
    "control_plane": [],
    "kubelet": True,
    "certificate": True,
    "remains": ["/etc/kubernetes/pki/ca.crt"],
    "cluster": "same",
    "node": "present",
}
BARE: dict[str, t.Any] = {
    "record": "",
    "kubelet": False,
    "certificate": False,
    "remains": [],
    "cluster": "",
    "node": "unknown",
}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, ("done", "")),
        ({"record": ""}, ("done", "")),
        # An API that is away for a moment is no reason to touch a node.
        ({"cluster": "unknown", "node": "unknown"}, ("done", "")),
        # Killed after kubelet.conf was written, before the note was.
        ({"record": "started"}, ("partial", "finish")),
        ({"record": "started", "node": "missing"}, ("partial", "register")),
        # Its own cluster's API will not have it, or it never was a node.
        ({"record": "started", "node": "refused"}, ("partial", "restart")),
        ({"record": "started", "certificate": False, "node": "unknown"}, ("partial", "restart")),
        ({"record": "started", "certificate": False, "cluster": "unknown", "node": "unknown"}, ("partial", "restart")),
        # The API is away, or somebody else answers at its address; pods may run here.
        ({"record": "started", "node": "unknown"}, ("partial", "wait")),
        ({"record": "started", "cluster": "unknown", "node": "unknown"}, ("partial", "wait")),
        ({"record": "started", "cluster": "other", "node": "unknown"}, ("partial", "wait")),
        ({"record": "started", "cluster": "", "node": "unknown"}, ("partial", "wait")),
        ({"record": "started", "cluster": "unknown", "node": "refused"}, ("partial", "wait")),
        ({"record": "started", "cluster": "unknown", "node": "missing"}, ("partial", "wait")),
        # Joined by hand, with the certificate in the kubeconfig itself.
        ({"record": "", "certificate": False, "node": "unknown"}, ("done", "")),
        ({"node": "missing"}, ("partial", "register")),
        ({"node": "refused"}, ("foreign", "")),
        ({"record": "", "cluster": "other", "node": "unknown"}, ("foreign", "")),
        ({"cluster": "other", "node": "unknown"}, ("foreign", "")),
        ({"control_plane": ["/etc/kubernetes/admin.conf"]}, ("foreign", "")),
        (BARE, ("absent", "")),
        ({**BARE, "control_plane": ["/var/lib/etcd/member"]}, ("foreign", "")),
        # The note of a join whose remains somebody took away.
        ({**BARE, "record": "complete"}, ("absent", "")),
        ({**BARE, "record": "started"}, ("absent", "")),
        ({**BARE, "record": "started", "remains": ["ca.crt"], "cluster": "other"}, ("partial", "restart")),
        ({**BARE, "remains": ["ca.crt"], "cluster": "same"}, ("partial", "restart")),
        ({**BARE, "remains": ["config.yaml"]}, ("partial", "restart")),
        ({**BARE, "remains": ["ca.crt"], "cluster": "other"}, ("foreign", "")),
        ({**BARE, "remains": ["ca.crt"], "cluster": "unknown"}, ("foreign", "")),
    ],
)
def test_worker_state(seen: dict[str, t.Any], expected: tuple[str, str]) -> None:
    assert _kubeadm.worker_state(t.cast("_kubeadm.Worker", {**NODE, **seen})) == expected


def test_findings_have_the_shape_of_every_report(fixtures: Path) -> None:
    found = _kubeadm.findings((fixtures / "kubeadm/preflight-1.37.txt").read_text(), "mini1")
    assert [f["severity"] for f in found] == ["error"] * 11 + ["warning"]
    port = next(f for f in found if f["id"] == "kubeadm-port-6443")
    assert port == {
        "id": "kubeadm-port-6443",
        "severity": "error",
        "host": "mini1",
        "subjects": [],
        "message": "Port 6443 is in use",
        "why": "kubeadm's preflight checks it",
        "fix": "see with `ss -ltnp` which program listens there, and stop it or move it; "
        "whoever accepts the risk adds Port-6443 to ignore_preflight_errors",
    }


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("The connection to the server 10.0.0.1:6443 was refused - connection refused", "the API is down or cannot be"),
        ("Unable to connect to the server: EOF", "the API is down or cannot be"),
        (
            "error: stat /etc/kubernetes/admin.conf: no such file or directory",
            "/etc/kubernetes/admin.conf is not there",
        ),
        ("error: open /etc/kubernetes/admin.conf: permission denied", "/etc/kubernetes/admin.conf cannot be read"),
        ('error: error loading config file "x": yaml: line 3', "/etc/kubernetes/admin.conf cannot be read"),
        ('error: error loading config file "x": read x: is a directory', "/etc/kubernetes/admin.conf cannot be read"),
        # An empty file is no error to kubectl, which then asks a port where nobody is.
        (
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
            "/etc/kubernetes/admin.conf cannot be read",
        ),
        (
            'Error from server (InternalError): an error on the server ("boom") has prevented the request from succeeding',
            "the API answers with an error of its own",
        ),
        (
            "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
            "the API answers with an error of its own",
        ),
        (
            "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
            "the API does not accept these credentials",
        ),
        ("Error from server (InternalError): an error on the server", "the API answers with an error of its own"),
        ("Error from server: etcdserver: request timed out", "the API answers with an error of its own"),
        ("tls: x509: certificate has expired or is not yet valid: current time", "a certificate is outside its time"),
        ("x509: certificate signed by unknown authority", "the API shows a certificate of another cluster"),
        ("error: You must be logged in to the server (Unauthorized)", "the API does not accept these credentials"),
        ('Error from server (NotFound): secrets "x" not found', ""),
        ("", ""),
    ],
)
def test_trouble(text: str, beginning: str) -> None:
    told = _kubeadm.trouble(f"first line\n{text} {TOKEN}\nlast line")
    assert told.startswith(beginning)
    assert bool(told) is bool(beginning)
    assert TOKEN not in told
    assert "first line" not in told


HOSTILE = "\x1b[2J\x9b\x07"
OUTPUTS = [
    pytest.param(f"[preflight] Some fatal errors occurred:\n\t[ERROR Port-6443]: {HOSTILE}\n", id="a complaint"),
    pytest.param(f"error: x509: certificate has expired {HOSTILE}\n", id="a known cause"),
    pytest.param(f"what {HOSTILE}\n\tthis\r\nis\n", id="the end of the output"),
]


@pytest.mark.parametrize("output", OUTPUTS)
def test_what_kubeadm_prints_moves_no_cursor(output: str) -> None:
    message = _kubeadm.failure("kubeadm init", output)
    assert "\\x1b[2J\\x9b\\x07" in message
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", message)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            "[kubelet-check] The kubelet is not healthy after 4m0.0009s\nerror: error execution phase kubelet-wait-bootstrap: "
            "failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL http://127.0.0.1:10248/healthz' "
            'returned error: Get "http://127.0.0.1:10248/healthz": dial tcp 127.0.0.1:10248: connect: connection refused\n',
            "kubeadm join failed: the kubelet on this host does not become healthy. Look at `journalctl -u kubelet -n 50`",
        ),
        (
            "[kubelet-check] The kubelet is not healthy after 4m0.0009s\n"
            'E1125 20:10:09.486067     995 file_linux.go:59] "Unable to read config path" err="unable to create inotify: too many '
            'open files" path="/etc/kubernetes/manifests"\n'
            'E1125 20:10:09.526426     995 kubelet.go:1833] "Failed to start cAdvisor" err="inotify_init: too many open files"\n'
            "kubelet.service: Main process exited, code=exited, status=1/FAILURE\n",
            "kubeadm join failed: the kernel of this host has no inotify instance left, so the kubelet stops at its start. Raise "
            "fs.inotify.max_user_instances, to 512 say,",
        ),
        (
            "[kubelet-check] The kubelet is not healthy after 4m0.0009s\n"
            'E1125 20:10:09.526426     995 run.go:72] "command failed" err="failed to run Kubelet: running with swap on is not '
            'supported, please disable swap or set --fail-swap-on flag to false"\n',
            "kubeadm join failed: the kubelet on this host stops at its start. Correct what its line names;",
        ),
        (
            "[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s\n"
            "[kubelet-check] The kubelet is healthy after 501.63ms\n"
            'error: Get "https://10.0.0.1:6443/api": dial tcp 10.0.0.1:6443: connect: connection refused\n',
            "kubeadm join failed: the API is down or cannot be reached from here. Look at `crictl ps -a`",
        ),
        (
            'error: Get "https://k8s.lan:6443/api": dial tcp: lookup k8s.lan on 10.0.2.3:53: read udp 10.0.2.15:3->10.0.2.3:53: '
            "i/o timeout\n",
            "kubeadm join failed: this host cannot resolve the name k8s.lan. Look at `getent hosts k8s.lan`",
        ),
        (
            'error: Get "https://k8s.lan:6443/api": proxyconnect tcp: dial tcp 10.0.0.5:3128: connect: connection refused\n',
            "kubeadm join failed: the proxy of this host does not let it through. Look at HTTPS_PROXY and NO_PROXY",
        ),
        (
            'error: Get "https://10.0.0.1:6443/api": dial tcp 10.0.0.1:6443: connect: connection refused\n',
            "kubeadm join failed: the API is down or cannot be reached from here. Look at `crictl ps -a`",
        ),
    ],
)
def test_who_refused_is_told_as_who_it_is(said: str, expected: str) -> None:
    assert _kubeadm.failure("kubeadm join", said).startswith(expected)


JOINER: _kubeadm.Joiner = {"record": "", "remains": [], "cluster": "", "ready": False, "member": "unknown"}
HELD = ["/etc/kubernetes/admin.conf"]


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, ("absent", "")),
        # Our note alone: the join had not begun, or somebody has reset the host.
        ({"record": "complete"}, ("absent", "")),
        ({"record": "joining"}, ("partial", "restart")),
        ({"record": "joining", "remains": HELD, "ready": True, "member": "voter"}, ("partial", "finish")),
        ({"record": "joining", "remains": HELD, "ready": True, "member": "learner"}, ("partial", "restart")),
        ({"record": "joining", "remains": HELD, "member": "missing"}, ("partial", "restart")),
        ({"record": "complete", "remains": HELD, "ready": True, "member": "voter"}, ("done", "")),
        # Its API is away: the module waits, and then says so.
        ({"record": "complete", "remains": HELD}, ("done", "")),
        # Joined by hand.
        ({"remains": HELD, "ready": True, "cluster": "same"}, ("done", "")),
        ({"remains": HELD}, ("foreign", "")),
        ({"record": "complete", "remains": HELD, "ready": True, "cluster": "other"}, ("foreign", "")),
        ({"record": "started", "remains": HELD}, ("foreign", "")),
    ],
)
def test_joiner_state(seen: dict[str, t.Any], expected: tuple[str, str]) -> None:
    assert _kubeadm.joiner_state(t.cast("_kubeadm.Joiner", {**JOINER, **seen})) == expected
