# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of packages and images that hosts do not reach."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    about,
    plan,
    seen,
    told,
)

URL = "https://registry.k8s.io/v2/"
PROXY = "http://192.0.2.5:3128"


def through(status: int, error: str) -> dict[str, t.Any]:
    """What a host was answered through a proxy that is there."""
    return {"urls": {URL: {"status": status, "error": error, "proxy": PROXY}}, "proxies": {PROXY: ""}}


def test_a_proxy_nobody_reaches_is_told_once_and_its_sources_not_at_all() -> None:
    away = {"urls": through(0, "timed out")["urls"], "proxies": {PROXY: "no answer"}}
    on = {f"mini{number}": seen(number, **away) for number in (1, 2, 3)}
    expected = f"the proxy {PROXY} takes no connection from any host: no answer"
    assert told(plan(), on) == [("error", "proxy-unreachable", "", expected)]
    (found,) = findings(plan(), on)
    assert "cluster_http_proxy" in found["fix"]


def test_an_address_nobody_reaches_is_told_once() -> None:
    down = {URL: {"status": 0, "error": "refused"}}
    on = {f"mini{number}": seen(number, urls=down) for number in (1, 2, 3)}
    assert told(plan(), on) == [("error", "source-unreachable", "", f"{URL} does not answer from any host: refused")]


# host, changes, severity, id, message; "" as id means no finding.
ONE_HOST: list[tuple[int, dict[str, t.Any], str, str, str]] = [
    (
        2,
        {"urls": {URL: {"status": 0, "error": "timed out"}}},
        "error",
        "source-unreachable",
        f"{URL} does not answer from mini2: timed out",
    ),
    (
        2,
        {"urls": {URL: {"status": 0, "error": "timed out"}}, "installed": {"kubelet": "1.37.2-1.1"}},
        "warning",
        "source-unreachable",
        f"{URL} does not answer from mini2: timed out",
    ),
    (
        2,
        {"urls": {URL: {"status": 0, "error": "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"}}},
        "warning",
        "source-untrusted",
        f"{URL} is not trusted from mini2: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed",
    ),
    (
        2,
        {"urls": {URL: {"status": 404, "error": "HTTP 404 Not Found"}}},
        "error",
        "source-unreachable",
        f"{URL} does not answer from mini2: HTTP 404 Not Found",
    ),
    (2, {"urls": {URL: {"status": 401, "error": "HTTP 401 Unauthorized"}}}, "", "", ""),
    (
        2,
        {"urls": {URL: {"status": 401, "error": "HTTP 401 Unauthorized", "proxy": PROXY}}, "proxies": {PROXY: ""}},
        "",
        "",
        "",
    ),
    (2, {"urls": {URL: {"status": 403, "error": "HTTP 403 Forbidden", "proxy": ""}}}, "", "", ""),
    (
        2,
        {
            "urls": {URL: {"status": 0, "error": "connection refused", "proxy": PROXY}},
            "proxies": {PROXY: "connection refused"},
        },
        "error",
        "proxy-unreachable",
        f"the proxy {PROXY} takes no connection from mini2: connection refused",
    ),
    (
        2,
        {"urls": {}, "proxies": {PROXY: "no answer"}, "installed": {"kubelet": "1.37.2-1.1"}},
        "warning",
        "proxy-unreachable",
        f"the proxy {PROXY} takes no connection from mini2: no answer",
    ),
    (
        2,
        through(0, "Tunnel connection failed: 407 Proxy Authentication Required"),
        "error",
        "proxy-refuses",
        f"the proxy {PROXY} refuses {URL} to mini2: Tunnel connection failed: 407 Proxy Authentication Required",
    ),
    (
        2,
        through(403, "HTTP 403 Filtered"),
        "error",
        "proxy-refuses",
        f"the proxy {PROXY} refuses {URL} to mini2: HTTP 403 Filtered",
    ),
    (
        2,
        through(0, "Tunnel connection failed: 503 Service Unavailable"),
        "error",
        "source-unreachable",
        f"{URL} does not answer from mini2: Tunnel connection failed: 503 Service Unavailable, through the proxy {PROXY}",
    ),
    (
        2,
        through(0, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
        "warning",
        "source-untrusted",
        f"{URL} is not trusted from mini2: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed, through the proxy {PROXY}",
    ),
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    assert about(number, **changes) == ([(severity, id_, f"mini{number}", message)] if id_ else [])
