# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Questions to the test pods, through the API server, and what their answers say."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import ASK_PORT

# Questions to the pods, through the API server


def pod_path(namespace: str, pod: str, path: str) -> str:
    """A path of a test pod, seen through the API server."""
    return f"/api/v1/namespaces/{quote(namespace)}/pods/http:{quote(pod)}:{ASK_PORT}/proxy/{path}"


def dial_path(namespace: str, pod: str, host: str, port: int, *, connect: bool = True) -> str:
    """Asks a pod to fetch http://host:port/hostname; without ``connect`` it only resolves the name."""
    query = {"host": host, "port": port, "protocol": "http", "request": "hostname", "tries": int(connect)}
    return pod_path(namespace, pod, f"dial?{urlencode(query)}")


def dial_error(status: int, body: str, *, connect: bool = True) -> str:
    """Why the pod could not do what dial_path asked; "" when it could."""
    if status != 200:
        return body.replace("host and/or port param are invalid. ", "").strip() or f"HTTP status {status}"
    try:
        answer = json.loads(body)
    except ValueError:
        return f"the pod answered {body[:80]!r} where JSON belongs"
    failures: list[str] = answer.get("errors") or []
    if failures:
        return str(failures[0])
    return "" if not connect or answer.get("responses") else "the pod got an empty answer"


def status_message(body: str) -> str:
    """The message in a Status object of the API server, or the text itself."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body.strip()
    return str(answer.get("message") or body.strip()) if isinstance(answer, dict) else body.strip()


__all__ = (
    "dial_error",
    "dial_path",
    "pod_path",
    "status_message",
)
