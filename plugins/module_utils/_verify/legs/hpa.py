# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The legs of metrics-server: figures of every node, and an autoscaler that follows the load of an echo application.

The load comes from the test pods: each question to one of them makes it ask the application's service many times, so
that the API server carries one request and not hundreds.
"""

from __future__ import annotations

import threading
import time
import typing as t
from urllib.parse import urlencode

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import pods as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import ask
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import brief
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import Object
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    ApiDownError,
    Outcome,
    RefusedError,
    Session,
)

DEPLOYMENTS, AUTOSCALERS = "apps/v1/deployments", "autoscaling/v2/horizontalpodautoscalers"
METRICS = "/apis/metrics.k8s.io/v1beta1/nodes"
NAME = "autoscaled"
LABELS = {"app.kubernetes.io/name": "homelab-verify-hpa"}
LEAST, MOST = 1, 2
# A pod counts as busy at half of this: little, so that a small machine can make the load.
REQUEST, BUSY_PERCENT = "20m", 50
# Metrics are taken every 15 s and judged every 15 s; a new pod's first figure comes after a minute at worst.
SCALE_TIMEOUT = 180.0
QUESTIONS, QUESTION_TIMEOUT = 300, 20.0


def metrics(session: Session) -> Outcome:
    """metrics-server knows every node, so it reaches every kubelet over TLS that it verifies."""
    if not session.settings.metrics:
        return Outcome("no metrics-server", skipped=True)

    def look() -> tuple[list[Object], str]:
        try:
            return session.items(METRICS), ""
        except (ApiDownError, RefusedError) as exc:
            return [], str(exc)

    def missing(seen: tuple[list[Object], str]) -> list[str]:
        known = {v.name_of(item) for item in seen[0]}
        return [name for name in session.settings.nodes if name not in known]

    seen = session.until(look, lambda answer: not missing(answer), session.deadline)
    silent = missing(seen)
    if silent:
        return Outcome(f"no figures of {', '.join(silent)}", [_no_metrics(silent, seen[1])])
    return Outcome(", ".join(_usage(item) for item in seen[0]))


def _usage(item: Object) -> str:
    """``mini1 135m 997Mi``: CPU in thousandths of a core and memory, from the API's nano cores and KiB."""
    cpu, memory = str(item["usage"]["cpu"]), str(item["usage"]["memory"])
    if cpu.endswith("n") and cpu[:-1].isdigit():
        cpu = f"{round(int(cpu[:-1]) / 1e6)}m"
    if memory.endswith("Ki") and memory[:-2].isdigit():
        memory = f"{round(int(memory[:-2]) / 1024)}Mi"
    return f"{v.name_of(item)} {cpu} {memory}"


def _no_metrics(nodes: t.Sequence[str], problem: str) -> Finding:
    return kinds.NODE_METRICS_MISSING.at(
        ", ".join(nodes),
        said=brief(problem or "it answers, but does not reach these kubelets, or does not trust their certificates"),
        nodes=", ".join(nodes),
    )


def _autoscaler(metadata: Object) -> Object:
    # Without these windows it would wait five minutes before it takes a pod away.
    at_once = {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": MOST, "periodSeconds": 15}]}
    target = {"type": "Utilization", "averageUtilization": BUSY_PERCENT}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
            "minReplicas": LEAST,
            "maxReplicas": MOST,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            "behavior": {"scaleUp": at_once, "scaleDown": at_once},
        },
    }


def objects(session: Session) -> tuple[Object, Object, Object]:
    """The echo application, its service and its autoscaler."""
    namespace = session.settings.namespace
    container = v.web_container(session.settings.image)
    container["resources"]["requests"]["cpu"] = REQUEST
    container["readinessProbe"] = {"httpGet": {"path": "/", "port": v.WEB_PORT}, "periodSeconds": 1}
    spec = v.pod_object(namespace, NAME, session.nodes[0], [container], session.settings.lifetime)["spec"]
    # Kubernetes refuses a deadline for pods that it makes again.
    del spec["affinity"], spec["activeDeadlineSeconds"]
    metadata = {"name": NAME, "namespace": namespace, "labels": {**LABELS, **v.MANAGED_BY}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": LEAST,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": {**LABELS, **v.MANAGED_BY}}, "spec": spec},
        },
    }
    ports = [{"port": v.SERVICE_PORT, "targetPort": v.WEB_PORT}]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"selector": LABELS, "ports": ports},
    }
    return deployment, service, _autoscaler(metadata)


class Load:
    """Questions to the application from a test pod, as long as the context lasts."""

    def __init__(self, session: Session, pod: Object) -> None:
        query = {"host": NAME, "port": v.SERVICE_PORT, "protocol": "http", "request": "hostname", "tries": QUESTIONS}
        self._session = session
        self._path = ask.pod_path(session.settings.namespace, v.name_of(pod), f"dial?{urlencode(query)}")
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def _ask(self) -> None:
        while not (self._end.is_set() or self._session.stop.is_set()):
            try:
                self._session.api.call("GET", self._path, timeout=QUESTION_TIMEOUT)
            except ApiDownError:
                self._end.wait(1.0)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end.set()
        self._thread.join(QUESTION_TIMEOUT)


def _wait(session: Session, replicas: int) -> tuple[float, Object]:
    """Seconds until the application has that many ready pods, and the Deployment as it was seen last."""
    path = session.path(DEPLOYMENTS, NAME)
    begin = time.monotonic()

    def good(deployment: Object) -> bool:
        return v.deployment_ready(deployment) and deployment["spec"]["replicas"] == replicas

    return_ = session.until(lambda: session.json("GET", path), good, begin + SCALE_TIMEOUT)
    return time.monotonic() - begin, return_


def hpa(session: Session) -> Outcome:
    """Under load a second pod comes, without it goes again."""
    if not session.settings.hpa:
        return Outcome("not asked for", skipped=True)
    if not session.asked():
        return Outcome("no test pod can be asked", skipped=True)
    deployment, service, autoscaler = objects(session)
    for kind, body in ((DEPLOYMENTS, deployment), ("services", service), (AUTOSCALERS, autoscaler)):
        session.create(session.path(kind), body)
    _seconds, seen = _wait(session, LEAST)
    if seen["spec"]["replicas"] != LEAST or not v.deployment_ready(seen):
        return Outcome("its application does not start", [_not_scaled(session, "does not start")])
    with Load(session, session.pods[session.sources[0]]):
        up, seen = _wait(session, MOST)
    if seen["spec"]["replicas"] != MOST:
        return Outcome(f"no second pod in {up:.0f} s of load", [_not_scaled(session, "does not grow under load")])
    down, seen = _wait(session, LEAST)
    if seen["spec"]["replicas"] != LEAST:
        return Outcome(f"still {MOST} pods {down:.0f} s after the load", [_not_scaled(session, "does not shrink")])
    return Outcome(f"from {LEAST} to {MOST} pods in {up:.0f} s under load, back in {down:.0f} s without")


def _not_scaled(session: Session, what: str) -> Finding:
    """What the autoscaler itself says about it."""
    seen = session.json("GET", session.path(AUTOSCALERS, NAME))
    conditions = seen.get("status", {}).get("conditions") or []
    said = "; ".join(f"{c['type']} {c['status']}: {c.get('message', '')}" for c in conditions)
    return kinds.AUTOSCALING_FAILED.at(said=brief(said or "the autoscaler says nothing"), what=what)


__all__ = ("AUTOSCALERS", "DEPLOYMENTS", "hpa", "metrics")
