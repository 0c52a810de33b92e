# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of packages and images that hosts do not reach."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    about,
    plan,
    seen,
    told,
)

URL = "https://registry.k8s.io/v2/"


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
        {"urls": {URL: {"status": 0, "error": "timed out"}}, "installed": {"kubelet": "1.37.1-1.1"}},
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
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    assert about(number, **changes) == ([(severity, id_, f"mini{number}", message)] if id_ else [])
