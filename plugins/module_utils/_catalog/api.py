# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The API server, and what a verification itself needs."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

NAMESPACE_STUCK = Kind(
    "namespace-stuck",
    "Namespace {namespace} of an earlier verification is being deleted and does not go",
    fix="Repair what the text names: often an APIService without its pods (`kubectl get apiservice | grep False`).",
)
NAMESPACE_FOREIGN = Kind(
    "namespace-foreign",
    "Namespace {name} exists and was not made by a verification",
    fix="Set verify_namespace to a name that is free.",
    why="The verification deletes its namespace at the end and touches no one else's.",
)
VERIFY_RUNNING = Kind(
    "verify-running",
    "Namespace {name} is in use by another verification: {owner}, {process}until {until} at the latest",
    fix="Run this again when the other has ended. If it is dead already: `kubectl delete namespace {name}`.",
    why="Two at once would remove each other's test pods and report faults that the cluster does not have.",
)
VERIFY_LEFTOVERS = Kind(
    "verify-leftovers",
    "The test objects in namespace {name} could not be removed",
    fix="The next verification removes them, or `kubectl delete namespace {name}`.",
)
KUBECONFIG_MISSING = Kind(
    "kubeconfig-missing",
    "There is no kubeconfig {path}",
    fix="Run site.yml, or set cluster_kubeconfig to where your kubeconfig is.",
)
WEBHOOK_REFUSED = Kind(
    "webhook-refused",
    "{place}: the webhook {webhook} does not answer: {reason}",
    fix="Look at the pod behind the webhook (`kubectl get pods -A`); a firewall on the control planes must let "
    "the API server reach pods.",
    why="The API server asks the webhook before it accepts the object.",
)
WEBHOOK_DENIED = Kind(
    "webhook-denied",
    "{place}: the webhook {webhook} forbids it: {reason}",
    fix="Except the namespace of the verification from that policy.",
)
QUOTA = Kind(
    "quota",
    "{place}: the quota {quota} is used up",
    fix="Raise or remove it.",
)
POD_SECURITY = Kind(
    "pod-security",
    "{place}: the namespace's pod security standard {standard} forbids it",
    fix="Label the namespace pod-security.kubernetes.io/enforce=privileged if it runs system pods.",
)
SERVICE_ACCOUNT = Kind(
    "service-account",
    "{place}: its service account does not exist",
    fix="Is kube-controller-manager running? It makes service accounts: `kubectl -n kube-system get pods`.",
)
NOT_ALLOWED = Kind(
    "not-allowed",
    "{place}: the user {user} may not {action}",
    fix="Use the kubeconfig of a cluster administrator.",
)
API_CERTIFICATE = Kind(
    "api-certificate",
    "{place}: its certificate is not signed by the CA in the kubeconfig, or not for this name",
    fix="The kubeconfig is of another (older?) cluster, or the endpoint is missing in apiServer.certSANs.",
)
API_UNAUTHORIZED = Kind(
    "api-unauthorized",
    "{place}: it does not accept the client certificate of the kubeconfig",
    fix="The certificate has expired or is of an older cluster: fetch the kubeconfig again from a control plane.",
)
API_FORBIDDEN = Kind(
    "api-forbidden",
    "{place}: the user of the kubeconfig has no rights",
    fix="Use the kubeconfig of a cluster administrator.",
)
API_NAME = Kind(
    "api-name",
    "{place}: its name does not resolve on this machine",
    fix="Check cluster_endpoint, or add the name to DNS.",
)
API_REFUSED = Kind(
    "api-refused",
    "{place}: nothing listens there",
    fix="On a control plane: `crictl ps -a --name kube-apiserver` and `journalctl -u kubelet -n 50`.",
)
API_UNREACHABLE = Kind(
    "api-unreachable",
    "{place}: it does not answer from this machine",
    fix="Check the control plane's power, address and firewall (TCP 6443), and HTTPS_PROXY of this shell.",
)
API_NOT_READY = Kind(
    "api-not-ready",
    "{place}: it answers, but is not ready",
    fix="On a control plane: `crictl logs` of kube-apiserver and etcd; a slow disk under etcd is a common reason.",
)
API_REFUSAL = Kind("api-refusal", "{place}: the API server refuses it: {answer}", fix="Change what it names.")
API_ERROR = Kind(
    "api-error",
    "{place}: it does not answer as it should",
    fix="On a control plane: `crictl ps -a`, `journalctl -u kubelet -n 50`.",
)
KUBECONFIG_INVALID = Kind(
    "kubeconfig-invalid",
    "{path} is not a usable kubeconfig",
    fix="Move it away and run site.yml: it fetches the kubeconfig again.",
)
