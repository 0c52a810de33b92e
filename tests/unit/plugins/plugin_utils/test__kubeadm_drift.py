# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._kubeadm_drift import differences, lines, settings

KUBELET = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration"}


def test_settings() -> None:
    document = {
        **KUBELET,
        "evictionHard": {"memory.available": "100Mi"},
        "kubeletExtraArgs": [{"name": "node-ip", "value": "192.0.2.1"}],
        "taints": [],
        "servers": ["a", "b"],
    }
    assert settings(document) == {
        "evictionHard.memory.available": "100Mi",
        "kubeletExtraArgs.node-ip": "192.0.2.1",
        "taints": [],
        "servers": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("wanted", "file", "cluster", "expected", "warned"),
    [
        ({"maxPods": 110}, {"maxPods": 110}, {"maxPods": 110, "address": "0.0.0.0"}, [], []),
        ({"maxPods": 150}, {"maxPods": 110}, {"maxPods": 110}, [("maxPods", 150, 110, 110)], ["maxPods"]),
        # Somebody changed the ConfigMap, or an upgrade did.
        ({"maxPods": 110}, {"maxPods": 110}, {"maxPods": 99}, [("maxPods", 110, 110, 99)], ["maxPods"]),
        # The cluster has it already, the file tells how it began.
        ({"maxPods": 150}, {"maxPods": 110}, {"maxPods": 150}, [("maxPods", 150, 110, 150)], []),
        ({"maxPods": 150}, {}, {}, [("maxPods", 150, None, None)], ["maxPods"]),
        # A cluster that was made by hand has no file, one of another age no such ConfigMap.
        ({"maxPods": 150}, None, {"maxPods": 150}, [], []),
        ({"maxPods": 150}, {"maxPods": 150}, None, [], []),
        # No longer wanted: kubeadm's own value may have come in its place.
        ({}, {"maxPods": 150}, {"maxPods": 110}, [("maxPods", None, 150, 110)], []),
        ({}, {"maxPods": 150}, {"maxPods": 150}, [("maxPods", None, 150, 150)], ["maxPods"]),
        ({"syncFrequency": "10m"}, {"syncFrequency": "10m"}, {"syncFrequency": "10m0s"}, [], []),
        ({"a": "1h"}, {"a": "1h"}, {"a": "1m"}, [("a", "1h", "1h", "1m")], ["a"]),
        ({"a": "10"}, {"a": "10"}, {"a": "10"}, [], []),
        # Nothing that a host says ends the comparison.
        (
            {"a": 1},
            {"a": 1, 2: {3: 4}, None: 5, True: 6},
            {"a": 1},
            [("2.3", None, 4, None), ("None", None, 5, None), ("True", None, 6, None)],
            [],
        ),
        ({"a": "1h"}, {"a": "1h"}, {"a": "9" * 5000 + "h"}, [("a", "1h", "1h", "9" * 5000 + "h")], ["a"]),
    ],
)
def test_differences(wanted: t.Any, file: t.Any, cluster: t.Any, expected: t.Any, warned: list[str]) -> None:
    places = ([] if place is None else [{**KUBELET, **place}] for place in (file, cluster))
    found = differences([{**KUBELET, **wanted}], *places)
    assert [(d["setting"], d["wanted"], d["file"], d["cluster"]) for d in found] == [
        (f"KubeletConfiguration.{name}", *values) for name, *values in expected
    ]
    assert [d["setting"] for d in found if d["pending"]] == [f"KubeletConfiguration.{name}" for name in warned]


def test_what_only_init_reads_is_in_the_file_alone() -> None:
    wanted = [{"kind": "InitConfiguration", "bootstrapTokens": [{"ttl": "1s"}]}]
    file = [{"kind": "InitConfiguration", "bootstrapTokens": [{"ttl": "2s"}]}, None, "text"]
    found = differences(wanted, file, [])
    assert [d["setting"] for d in found] == ["InitConfiguration.bootstrapTokens"]
    assert not found[0]["pending"]
    assert lines(found, "wanted") == "InitConfiguration.bootstrapTokens: [{'ttl': '1s'}]\n"
    assert lines(found, "cluster") == ""
