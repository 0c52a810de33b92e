# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why the API server does not answer, or does not accept what it is asked."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import Cause, brief, explain
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import Mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object, name_of

# Why the API server does not accept an object.
REFUSAL_CAUSES = (
    Cause(
        r"failed calling webhook \"([^\"]+)\".*?(connection refused|no endpoints available|no route to host|x509[^\n]*|"
        r"deadline exceeded|i/o timeout|EOF)",
        "webhook-refused",
        "the webhook {0} does not answer: {1}",
        "Look at the pod behind the webhook (`kubectl get pods -A`); a firewall on the control planes must let the API "
        "server reach pods.",
        "The API server asks the webhook before it accepts the object.",
    ),
    Cause(
        r"admission webhook \"([^\"]+)\" denied the request: ?(.*)",
        "webhook-denied",
        "the webhook {0} forbids it: {1}",
        "Except the namespace of the verification from that policy.",
    ),
    Cause(
        r"exceeded quota: ([^,]+)",
        "quota",
        "the quota {0} is used up",
        "Raise or remove it.",
    ),
    Cause(
        r"violates PodSecurity \"([^\"]+)\"",
        "pod-security",
        "the namespace's pod security standard {0} forbids it",
        "Label the namespace pod-security.kubernetes.io/enforce=privileged if it runs system pods.",
    ),
    Cause(
        r"service ?account \S+ not found",
        "service-account",
        "its service account does not exist",
        "Is kube-controller-manager running? It makes service accounts: `kubectl -n kube-system get pods`.",
    ),
    Cause(
        r"is forbidden: User \"([^\"]+)\" cannot (.*)",
        "not-allowed",
        "the user {0} may not {1}",
        "Use the kubeconfig of a cluster administrator.",
    ),
)

# Why the API itself does not answer.
API_CAUSES = (
    Cause(
        r"certificate verify failed|CERTIFICATE_VERIFY_FAILED",
        "api-certificate",
        "its certificate is not signed by the CA in the kubeconfig, or not for this name",
        "The kubeconfig is of another (older?) cluster, or the endpoint is missing in apiServer.certSANs.",
    ),
    Cause(
        r"HTTP 401",
        "api-unauthorized",
        "it does not accept the client certificate of the kubeconfig",
        "The certificate has expired or is of an older cluster: fetch the kubeconfig again from a control plane.",
    ),
    Cause(
        r"HTTP 403",
        "api-forbidden",
        "the user of the kubeconfig has no rights",
        "Use the kubeconfig of a cluster administrator.",
    ),
    Cause(
        r"Name or service not known|name resolution|nodename nor servname|getaddrinfo",
        "api-name",
        "its name does not resolve on this machine",
        "Check cluster_endpoint, or add the name to DNS.",
    ),
    Cause(
        r"[Cc]onnection refused",
        "api-refused",
        "nothing listens there",
        "On a control plane: `crictl ps -a --name kube-apiserver` and `journalctl -u kubelet -n 50`.",
    ),
    Cause(
        r"timed out|[Nn]o route to host|unreachable",
        "api-unreachable",
        "it does not answer from this machine",
        "Check the control plane's power, address and firewall (TCP 6443), and HTTPS_PROXY of this shell.",
    ),
    Cause(
        r"\[-\]|readyz check failed",
        "api-not-ready",
        "it answers, but is not ready",
        "On a control plane: `crictl logs` of kube-apiserver and etcd; a slow disk under etcd is a common reason.",
    ),
)


def diagnose_refusal(text: str, place: str) -> Finding:
    """Why the API server did not accept an object."""
    otherwise = ("api-refusal", f"the API server refuses it: {brief(text)}", "Change what it names.")
    return explain(REFUSAL_CAUSES, text, place, otherwise=otherwise)


def diagnose_api(text: str, server: str) -> Finding:
    """Why the API server does not answer as it should."""
    fix = "On a control plane: `crictl ps -a`, `journalctl -u kubelet -n 50`."
    otherwise = ("api-error", "it does not answer as it should", fix)
    return explain(API_CAUSES, text, f"API server {server}", otherwise=otherwise)


def diagnose_stuck_namespace(namespace: Object) -> Finding:
    """Why a namespace that is being deleted does not go."""
    reasons = [
        str(c.get("message", ""))
        for c in namespace.get("status", {}).get("conditions") or []
        if c.get("status") == "True" and c.get("type") != "NamespaceFinalizersRemaining"
    ]
    return error(
        "namespace-stuck",
        f"Namespace {name_of(namespace)} of an earlier verification is being deleted and does not go",
        why=brief("; ".join(reasons) or "kube-controller-manager gives no reason; does it run?"),
        fix="Repair what the text names: often an APIService without its pods (`kubectl get apiservice | grep False`).",
    )


def foreign_namespace(name: str) -> Finding:
    """The namespace exists and is not ours."""
    return error(
        "namespace-foreign",
        f"Namespace {name} exists and was not made by a verification",
        why="The verification deletes its namespace at the end and touches no one else's.",
        fix="Set verify_namespace to a name that is free.",
        subjects=["verify_namespace"],
    )


def running(name: str, mark: Mark) -> Finding:
    """Another verification goes on in the namespace."""
    pid = f"process {mark.processes[0].pid}, " if mark.processes else ""
    return error(
        "verify-running",
        f"Namespace {name} is in use by another verification: {mark.owner}, {pid}until {mark.until} at the latest",
        why="Two at once would remove each other's test pods and report faults that the cluster does not have.",
        fix=f"Run this again when the other has ended. If it is dead already: `kubectl delete namespace {name}`.",
    )


__all__ = ("diagnose_api", "diagnose_refusal", "diagnose_stuck_namespace", "foreign_namespace", "running")
