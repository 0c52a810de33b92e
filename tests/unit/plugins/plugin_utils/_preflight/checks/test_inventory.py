# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups, versions and the proxy's mode, as the inventory gives them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    Told,
    hosts,
    plan,
    told,
)

PLANS: list[tuple[dict[str, t.Any], Told]] = [
    (
        {"control_plane": [], "workers": ["mini1", "mini2", "mini3"]},
        [("error", "control-plane-missing", "", "the group control_plane of the inventory has no host")],
    ),
    (
        {"control_plane": ["mini1", "mini2"], "workers": ["mini3"]},
        [
            (
                "error",
                "endpoint-of-one-host",
                "",
                "the group control_plane has 2 hosts, and all would be reached at the address of one, mini1: "
                "cluster_endpoint is empty",
            ),
            ("warning", "control-plane-even", "", "the group control_plane has 2 hosts: mini1, mini2"),
        ],
    ),
    (
        {"workers": ["mini1", "mini2", "mini3"]},
        [("error", "host-in-two-groups", "mini1", "is in control_plane and in workers")],
    ),
    (
        {"workers": ["mini2"]},
        [("error", "host-without-role", "mini3", "is in cluster, but neither in control_plane nor in workers")],
    ),
    (
        {"kubernetes_version": "v1.37.2"},
        [
            (
                "error",
                "kubernetes-version-malformed",
                "",
                'cluster_kubernetes_version "v1.37.2" is not a version of three numbers',
            )
        ],
    ),
    (
        {"kubernetes_version": "1.34.9"},
        [
            (
                "error",
                "kubernetes-version-unsupported",
                "",
                "cluster_kubernetes_version 1.34.9 is of minor 1.34, which this collection does not know",
            )
        ],
    ),
    (
        {"proxy_mode": "ipvs"},
        [
            (
                "warning",
                "proxy-mode-deprecated",
                "",
                "cluster_proxy_mode is ipvs, which Kubernetes deprecates since 1.35",
            )
        ],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), PLANS)
def test_plan(changes: dict[str, t.Any], expected: Told) -> None:
    assert told(plan(**changes), hosts()) == expected
