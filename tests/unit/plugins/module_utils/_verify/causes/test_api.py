# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the API server does not answer or refuses. Most texts were seen on real clusters that were broken on purpose."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes import api as c
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import WEBHOOK


@pytest.mark.parametrize(
    ("text", "expected", "what"),
    [
        (
            f"{WEBHOOK}connection refused",
            "webhook-refused",
            "the webhook ipaddresspoolvalidationwebhook.metallb.io does not answer: connection refused",
        ),
        (
            f"{WEBHOOK}no route to host",
            "webhook-refused",
            "the webhook ipaddresspoolvalidationwebhook.metallb.io does not answer: no route to host",
        ),
        (
            'admission webhook "validate.kyverno.svc" denied the request: no latest tags',
            "webhook-denied",
            "the webhook validate.kyverno.svc forbids it: no latest tags",
        ),
        (
            'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3',
            "quota",
            "the quota small is used up",
        ),
        (
            'pods "x" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)',
            "pod-security",
            "the namespace's pod security standard restricted:latest forbids it",
        ),
        (
            'pods "x" is forbidden: error looking up service account ns/y: serviceaccount "y" not found',
            "service-account",
            "its service account does not exist",
        ),
        (
            'nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope',
            "not-allowed",
            'the user me may not list resource "nodes" in API group "" at the cluster scope',
        ),
        ("nope", "api-refusal", "the API server refuses it: nope"),
    ],
)
def test_refusal(text: str, expected: str, what: str) -> None:
    found = c.diagnose_refusal(text, "Pod x")
    assert (found["id"], found["host"], found["message"]) == (expected, "", f"Pod x: {what}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Failed to establish a new connection: [Errno 111] Connection refused", "api-refused"),
        ("Connection to 172.28.0.99 timed out. (connect timeout=3.0)", "api-unreachable"),
        ("Failed to establish a new connection: [Errno 113] No route to host", "api-unreachable"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer", "api-certificate"),
        ("Failed to resolve 'k8s.home' ([Errno -2] Name or service not known)", "api-name"),
        ('HTTP 401 {"message":"Unauthorized"}', "api-unauthorized"),
        ("HTTP 403 forbidden", "api-forbidden"),
        ("HTTP 500 [+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed", "api-not-ready"),
        ("HTTP 418", "api-error"),
    ],
)
def test_api(text: str, expected: str) -> None:
    found = c.diagnose_api(text, "https://172.28.0.11:6443")
    assert found["id"] == expected
    assert found["message"].startswith("API server https://172.28.0.11:6443: ")


def test_stuck_namespace() -> None:
    conditions = [
        {
            "type": "NamespaceDeletionDiscoveryFailure",
            "status": "True",
            "message": "Discovery failed: metrics.k8s.io/v1beta1",
        },
        {"type": "NamespaceContentRemaining", "status": "False", "message": "All content removed"},
    ]
    found = c.diagnose_stuck_namespace({"metadata": {"name": "x"}, "status": {"conditions": conditions}})
    assert (found["id"], found["why"]) == ("namespace-stuck", "Discovery failed: metrics.k8s.io/v1beta1")
