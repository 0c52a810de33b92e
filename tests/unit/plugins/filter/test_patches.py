# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patches of what a cluster has, and what is given wrongly."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.patches import FilterModule

patches = FilterModule().filters()["patches"]
COREDNS = {
    "metadata": {"name": "coredns", "namespace": "kube-system"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": {"spec": {}}},
}
SEEN: dict[str, t.Any] = {"nodes": [], "coredns": [COREDNS], "volumes": []}
WANTED = {"control_plane": ["cp1"], "schedulable": True, "machines": 1, "coredns_replicas": 0}
CONFIG_MAP = {
    "metadata": {"name": "kubelet-config", "namespace": "kube-system", "uid": "x"},
    "data": {"kubelet": "kind: KubeletConfiguration\nmaxPods: 110\n"},
}
TLS = {"serverTLSBootstrap": True}


def patch(api: str, kind: str, name: str, **more: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "kube-system"}, **more}


CASES: list[tuple[t.Any, str, dict[str, t.Any], list[dict[str, t.Any]]]] = [
    (
        SEEN,
        "placement",
        WANTED,
        [{"what": "CoreDNS: 1 instead of 2", "patch": patch("apps/v1", "Deployment", "coredns", spec={"replicas": 1})}],
    ),
    (SEEN, "placement", {**WANTED, "machines": 3}, []),
    (
        [CONFIG_MAP],
        "kubelet_settings",
        TLS,
        [
            {
                "what": "serverTLSBootstrap: True",
                "patch": patch(
                    "v1",
                    "ConfigMap",
                    "kubelet-config",
                    data={"kubelet": "kind: KubeletConfiguration\nmaxPods: 110\nserverTLSBootstrap: true\n"},
                ),
            }
        ],
    ),
    ([CONFIG_MAP], "kubelet_settings", {"maxPods": 110}, []),
    ([], "kubelet_settings", TLS, []),
]


@pytest.mark.parametrize(("seen", "name", "wanted", "expected"), CASES)
def test_patches(seen: t.Any, name: str, wanted: dict[str, t.Any], expected: list[dict[str, t.Any]]) -> None:
    assert patches(seen, name, wanted=wanted) == expected


SHAPE = "a value has another shape than documented: "
WRONG: list[tuple[t.Any, t.Any, dict[str, t.Any], str]] = [
    ({}, "labels", {}, '"labels" is not known; there are placement, kubelet_settings'),
    (SEEN, "placement", {}, "placement needs wanted"),
    (SEEN, "placement", {"want": WANTED}, 'placement has no option "want"; there are wanted'),
    ([], "placement", {"wanted": WANTED}, "placement: input is a list, but must be a mapping"),
    ({"nodes": []}, "placement", {"wanted": WANTED}, f"placement: {SHAPE}KeyError('coredns')"),
    (CONFIG_MAP, "kubelet_settings", {"wanted": TLS}, "kubelet_settings: input is a mapping, but must be a list"),
    (
        [{**CONFIG_MAP, "data": {}}],
        "kubelet_settings",
        {"wanted": TLS},
        "ConfigMap kubelet-config holds no KubeletConfiguration under the key kubelet",
    ),
]


@pytest.mark.parametrize(("seen", "name", "options", "error"), WRONG)
def test_errors(seen: t.Any, name: t.Any, options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        patches(seen, name, **options)
