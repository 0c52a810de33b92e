# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Why the API server does not answer, or does not accept what it is asked."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import api as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import Cause, brief, explain
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import Mark
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object, name_of

# Why the API server does not accept an object.
REFUSAL_CAUSES = (
    Cause(
        r"failed calling webhook \"(?P<webhook>[^\"]+)\".*?(?P<reason>connection refused|no endpoints available|no route to host|x509[^\n]*|"
        r"deadline exceeded|i/o timeout|EOF)",
        kinds.WEBHOOK_REFUSED,
    ),
    Cause(r"admission webhook \"(?P<webhook>[^\"]+)\" denied the request: ?(?P<reason>.*)", kinds.WEBHOOK_DENIED),
    Cause(r"exceeded quota: (?P<quota>[^,]+)", kinds.QUOTA),
    Cause(r"violates PodSecurity \"(?P<standard>[^\"]+)\"", kinds.POD_SECURITY),
    Cause(r"service ?account \S+ not found", kinds.SERVICE_ACCOUNT),
    Cause(r"is forbidden: User \"(?P<user>[^\"]+)\" cannot (?P<action>.*)", kinds.NOT_ALLOWED),
)

# Why the API itself does not answer.
API_CAUSES = (
    Cause(r"certificate verify failed|CERTIFICATE_VERIFY_FAILED", kinds.API_CERTIFICATE),
    Cause(r"HTTP 401", kinds.API_UNAUTHORIZED),
    Cause(r"HTTP 403", kinds.API_FORBIDDEN),
    Cause(r"Name or service not known|name resolution|nodename nor servname|getaddrinfo", kinds.API_NAME),
    Cause(r"[Cc]onnection refused", kinds.API_REFUSED),
    Cause(r"timed out|[Nn]o route to host|unreachable", kinds.API_UNREACHABLE),
    Cause(r"\[-\]|readyz check failed", kinds.API_NOT_READY),
)


def diagnose_refusal(text: str, place: str) -> Finding:
    """Why the API server did not accept an object."""
    return explain(REFUSAL_CAUSES, text, place, otherwise=kinds.API_REFUSAL, answer=brief(text))


def diagnose_api(text: str, server: str) -> Finding:
    """Why the API server does not answer as it should."""
    return explain(API_CAUSES, text, f"API server {server}", otherwise=kinds.API_ERROR)


def diagnose_stuck_namespace(namespace: Object) -> Finding:
    """Why a namespace that is being deleted does not go."""
    reasons = [
        str(c.get("message", ""))
        for c in namespace.get("status", {}).get("conditions") or []
        if c.get("status") == "True" and c.get("type") != "NamespaceFinalizersRemaining"
    ]
    return kinds.NAMESPACE_STUCK.at(
        said=brief("; ".join(reasons) or "kube-controller-manager gives no reason; does it run?"),
        namespace=name_of(namespace),
    )


def foreign_namespace(name: str) -> Finding:
    """The namespace exists and is not ours."""
    return kinds.NAMESPACE_FOREIGN.at(subjects=["verify_namespace"], name=name)


def running(name: str, mark: Mark) -> Finding:
    """Another verification goes on in the namespace."""
    pid = f"process {mark.processes[0].pid}, " if mark.processes else ""
    return kinds.VERIFY_RUNNING.at(name=name, owner=mark.owner, process=pid, until=mark.until)


__all__ = ("diagnose_api", "diagnose_refusal", "diagnose_stuck_namespace", "foreign_namespace", "running")
