# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import objects as _objects

FLANNEL: list[dict[str, t.Any]] = [
    {
        "kind": "ConfigMap",
        "metadata": {"name": "kube-flannel-cfg"},
        "data": {
            "net-conf.json": '{"Network": "10.244.0.0/16", "EnableNFTables": false, "Backend": {"Type": "vxlan"}}'
        },
    },
    {
        "kind": "DaemonSet",
        "metadata": {"name": "kube-flannel-ds"},
        "spec": {"template": {"spec": {"containers": [{"name": "kube-flannel", "args": ["--ip-masq"], "env": []}]}}},
    },
]
PROBE = {"httpGet": {"path": "/readyz"}, "initialDelaySeconds": 10, "periodSeconds": 10}
METALLB: list[dict[str, t.Any]] = [
    {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "bgppeers.metallb.io"},
        "spec": {
            "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"caBundle": "LS0t", "service": {}}}}
        },
    },
    {
        "kind": "DaemonSet",
        "metadata": {"name": "speaker"},
        "spec": {
            "template": {
                "spec": {"containers": [{"name": "speaker", "args": ["--port=9120"], "readinessProbe": PROBE}]}
            }
        },
    },
    {
        "kind": "Deployment",
        "metadata": {"name": "controller"},
        "spec": {"template": {"spec": {"containers": [{"name": "controller", "readinessProbe": PROBE}]}}},
    },
    {
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "metallb-webhook-configuration"},
        "webhooks": [
            {"name": "a", "clientConfig": {"caBundle": "LS0t", "service": {}}},
            {"name": "b", "clientConfig": {}},
        ],
    },
]


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        ("10.42.0.0/16", {"EnableIPv4": True, "Network": "10.42.0.0/16"}),
        ("fd00:42::/48", {"EnableIPv4": False, "EnableIPv6": True, "IPv6Network": "fd00:42::/48"}),
        (
            "10.42.0.0/16, fd00:42::/48",
            {"EnableIPv4": True, "Network": "10.42.0.0/16", "EnableIPv6": True, "IPv6Network": "fd00:42::/48"},
        ),
    ],
)
def test_flannel_network(pods: str, expected: dict[str, t.Any]) -> None:
    before = copy.deepcopy(FLANNEL)
    config, daemon = _objects.flannel(FLANNEL, pods=pods, backend={"Type": "host-gw"})
    assert json.loads(config["data"]["net-conf.json"]) == {
        "EnableNFTables": False,
        "Backend": {"Type": "host-gw"},
        **expected,
    }
    container = daemon["spec"]["template"]["spec"]["containers"][0]
    assert container["args"] == ["--ip-masq", "--iface=$(NODE_IP)"]
    assert container["env"] == [{"name": "NODE_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}]
    assert before == FLANNEL


def test_flannel_configures_cni_when_it_has_its_lease() -> None:
    """Otherwise the first pods of a node fail, and the kubelet retries only after 12 to 15 s."""
    manifest = copy.deepcopy(FLANNEL)
    config = {"name": "flannel-cfg", "mountPath": "/etc/kube-flannel/"}
    pod = manifest[1]["spec"]["template"]["spec"]
    pod["initContainers"] = [
        {"name": "install-cni-plugin", "command": ["cp"], "args": ["-f", "/flannel", "/opt/cni/bin/flannel"]},
        {
            "name": "install-cni",
            "command": ["/opt/bin/install-conf"],
            "args": ["cni-conf.json", "10-flannel.conflist"],
            "volumeMounts": [{"name": "cni", "mountPath": "/etc/cni/net.d"}, config],
        },
    ]
    pod["containers"][0].update(volumeMounts=[config], readinessProbe=dict(PROBE))
    before = copy.deepcopy(manifest)
    changed = _objects.flannel(manifest, pods="10.42.0.0/16", backend={})[1]["spec"]["template"]["spec"]
    assert [part["name"] for part in changed["initContainers"]] == ["install-cni-plugin"]
    daemon = changed["containers"][0]
    shell, option, script, *rest = daemon["lifecycle"]["postStart"]["exec"]["command"]
    assert (shell, option, rest) == (
        "/bin/sh",
        "-c",
        ["sh", "/opt/bin/install-conf", "cni-conf.json", "10-flannel.conflist"],
    )
    assert "until [ -s /run/flannel/subnet.env ]" in script
    assert daemon["volumeMounts"] == [config, {"name": "cni", "mountPath": "/etc/cni/net.d"}]
    assert daemon["readinessProbe"] == {"httpGet": {"path": "/readyz"}, "initialDelaySeconds": 1, "periodSeconds": 2}
    assert manifest == before


def test_metallb() -> None:
    before = copy.deepcopy(METALLB)
    crd, speaker, controller, webhooks = _objects.metallb(METALLB)
    assert crd["spec"]["conversion"]["webhook"]["clientConfig"] == {"service": {}}
    assert speaker["spec"]["template"]["spec"]["containers"][0]["args"] == ["--port=9120"]
    for workload in (speaker, controller):
        probe = workload["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]
        assert probe == {"httpGet": {"path": "/readyz"}, "initialDelaySeconds": 1, "periodSeconds": 2}
    assert controller["spec"]["template"]["spec"]["tolerations"] == [
        {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    ]
    assert [hook["clientConfig"] for hook in webhooks["webhooks"]] == [{"service": {}}, {}]
    assert before == METALLB


@pytest.mark.parametrize(
    ("manifest", "error"),
    [
        (
            [],
            "the manifest has no ConfigMap 'kube-flannel-cfg'; this version of the collection does not know its layout",
        ),
        (
            FLANNEL[:1],
            "the manifest has no DaemonSet 'kube-flannel-ds'; this version of the collection does not know its layout",
        ),
        (
            [FLANNEL[0], {**FLANNEL[1], "spec": {"template": {"spec": {"containers": []}}}}],
            "DaemonSet 'kube-flannel-ds' has no container 'kube-flannel'",
        ),
    ],
)
def test_a_manifest_of_another_layout_is_refused(manifest: list[dict[str, t.Any]], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        _objects.flannel(manifest, pods="10.42.0.0/16", backend={})
