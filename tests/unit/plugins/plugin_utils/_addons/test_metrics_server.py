# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""metrics-server's manifests."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.metrics_server import metrics_server

LABELS = {"k8s-app": "metrics-server"}
MANIFEST: list[dict[str, t.Any]] = [
    {"kind": "ServiceAccount", "metadata": {"name": "metrics-server"}},
    {"kind": "ClusterRole", "metadata": {"name": "system:aggregated-metrics-reader", "labels": {"a": "b"}}},
    {"kind": "Service", "metadata": {"name": "metrics-server"}, "spec": {"ports": [{"port": 443}]}},
    {
        "kind": "Deployment",
        "metadata": {"name": "metrics-server"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {
                            "name": "metrics-server",
                            "image": "staging:master",
                            "args": ["--secure-port=10250"],
                            "readinessProbe": {"httpGet": {"path": "/readyz"}, "initialDelaySeconds": 20},
                        }
                    ]
                }
            }
        },
    },
]


def test_metrics_server() -> None:
    before = copy.deepcopy(MANIFEST)
    account, role, service, deployment = metrics_server(MANIFEST, image="metrics-server:v0.9.0")
    assert account["metadata"]["labels"] == LABELS
    assert role["metadata"]["labels"] == {"a": "b", **LABELS}
    assert service["spec"]["selector"] == LABELS
    assert deployment["spec"]["selector"] == {"matchLabels": LABELS}
    template = deployment["spec"]["template"]
    assert template["metadata"]["labels"] == LABELS
    (container,) = template["spec"]["containers"]
    assert container["image"] == "metrics-server:v0.9.0"
    assert container["args"] == [
        "--secure-port=10250",
        "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
    ]
    assert not [argument for argument in container["args"] if "insecure" in argument]
    assert container["readinessProbe"] == {
        "httpGet": {"path": "/readyz"},
        "initialDelaySeconds": 5,
        "periodSeconds": 5,
    }
    assert before == MANIFEST


def test_a_manifest_of_another_layout_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^the manifest has no Service 'metrics-server'; "):
        metrics_server(MANIFEST[:2], image="x")
