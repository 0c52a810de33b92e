# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of nodes and an autoscaler, against an API server that plays a script."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs import hpa
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    ApiDownError,
    Outcome,
    Reply,
    Session,
    Settings,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.objects_of_tests import (
    Object,
    node,
    pod,
)

SETTINGS = Settings(
    nodes=("cp1", "w1"),
    node_addresses={},
    image="agnhost:1",
    namespace="homelab-verify",
    dns_domain="cluster.local",
    external_name="",
    load_balancer=False,
    namespaces=(),
    timeout=0.0,
    metrics=True,
    hpa=True,
)
FIGURES = {"cpu": "134567890n", "memory": "1020928Ki"}


class Script:
    """The Deployment has the next number of replicas each time somebody looks; the last one stays."""

    server = "https://api:6443"

    def __init__(self, replicas: t.Sequence[int] = (1,), metrics: Reply | Exception | None = None) -> None:
        self.replicas = list(replicas)
        self.metrics = metrics
        self.made: list[Object] = []
        self.questions = 0

    def call(self, method: str, path: str, body: Object | None = None, timeout: float = 5.0) -> Reply:
        if "metrics.k8s.io" in path and self.metrics:
            if isinstance(self.metrics, Exception):
                raise self.metrics
            return self.metrics
        if body:
            self.made.append(body)
        self.questions += "/proxy/dial" in path
        return Reply(200, json.dumps(self.answer(path)))

    def answer(self, path: str) -> Object:
        if path.endswith("deployments/autoscaled"):
            count = self.replicas.pop(0) if len(self.replicas) > 1 else self.replicas[0]
            status = {"replicas": count, "updatedReplicas": count, "availableReplicas": count}
            return {"metadata": {"name": "autoscaled"}, "spec": {"replicas": count}, "status": status}
        if path.endswith("horizontalpodautoscalers/autoscaled"):
            return {"status": {"conditions": [{"type": "ScalingActive", "status": "False", "message": "no metrics"}]}}
        return {}


def session(api: Script, **changes: t.Any) -> Session:
    settings = Settings(**{**SETTINGS.__dict__, **changes})
    found = Session(api, t.cast("t.Any", None), settings)
    found.nodes = [node("cp1"), node("w1")]
    found.pods, found.sources = {"w1": pod(name="verify-1")}, ["w1"]
    return found


def figures(*names: str) -> Reply:
    return Reply(200, json.dumps({"items": [{"metadata": {"name": name}, "usage": FIGURES} for name in names]}))


METRICS = [
    (figures("cp1", "w1"), "cp1 135m 997Mi, w1 135m 997Mi", ""),
    (
        figures("w1"),
        "no figures of cp1",
        "it answers, but does not reach these kubelets, or does not trust their certificates",
    ),
    (Reply(503, '{"message": "unavailable"}'), "no figures of cp1, w1", "unavailable"),
    (ApiDownError("timed out"), "no figures of cp1, w1", "timed out"),
]


@pytest.mark.parametrize(("answer", "detail", "why"), METRICS)
def test_metrics(answer: Reply | Exception, detail: str, why: str) -> None:
    outcome = hpa.metrics(session(Script(metrics=answer)))
    assert outcome.detail == detail
    assert [(f["id"], f["why"]) for f in outcome.findings] == ([("node-metrics-missing", why)] if why else [])


def test_what_was_not_asked_for_is_skipped() -> None:
    assert hpa.metrics(session(Script(), metrics=False)).skipped
    assert hpa.hpa(session(Script(), hpa=False)).skipped
    nobody = session(Script())
    nobody.sources = []
    assert hpa.hpa(nobody) == Outcome("no test pod can be asked", skipped=True)


def test_it_follows_the_load() -> None:
    api = Script([1, 2, 2, 1])
    outcome = hpa.hpa(session(api))
    assert outcome == Outcome("from 1 to 2 pods in 0 s under load, back in 0 s without")
    deployment, service, autoscaler = api.made
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert container["resources"]["requests"]["cpu"] == "20m"
    # Nobody asks these pods for anything but their name; a template with a deadline would be refused.
    assert "--http-override=/hostname" in container["args"]
    assert "activeDeadlineSeconds" not in spec
    assert [port["containerPort"] for port in container["ports"]] == [
        port["targetPort"] for port in service["spec"]["ports"]
    ]
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"] == hpa.LABELS
    assert autoscaler["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 0


FAILURES = [
    ([0], "its application does not start", "does not start"),
    ([1], "no second pod in 0 s of load", "does not grow under load"),
    ([1, 2], "still 2 pods 0 s after the load", "does not shrink"),
]


@pytest.mark.parametrize(("replicas", "detail", "message"), FAILURES)
def test_what_does_not_follow(replicas: list[int], detail: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hpa, "SCALE_TIMEOUT", 0.2)
    outcome = hpa.hpa(session(Script(replicas)))
    assert outcome.detail == detail
    (finding,) = outcome.findings
    assert (finding["id"], finding["why"]) == ("autoscaling-failed", "ScalingActive False: no metrics")
    assert finding["message"] == f"An application with a HorizontalPodAutoscaler {message}"
