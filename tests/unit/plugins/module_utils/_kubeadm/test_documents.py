# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
import re
import typing as t

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import documents as config

CLUSTER = {
    "name": "homelab",
    "version": "1.37.2",
    "endpoint": "192.168.0.11:6443",
    "sans": ["192.168.0.11", "192.168.0.11"],
    "pods": "10.244.0.0/16",
    "services": "10.96.0.0/12",
    "dns_domain": "cluster.local",
    "proxy_mode": "nftables",
}
NODE = {"name": "mini1", "address": "192.168.0.11", "schedulable": False, "ignore_preflight_errors": []}


@pytest.mark.parametrize(
    ("base", "user", "expected"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 3}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        (
            {"extraArgs": [{"name": "x", "value": "1"}, {"name": "y", "value": "1"}]},
            {"extraArgs": [{"name": "y", "value": "2"}, {"name": "z", "value": "3"}]},
            {"extraArgs": [{"name": "x", "value": "1"}, {"name": "y", "value": "2"}, {"name": "z", "value": "3"}]},
        ),
        (
            {"taints": []},
            {"taints": [{"key": "k", "effect": "NoSchedule"}]},
            {"taints": [{"key": "k", "effect": "NoSchedule"}]},
        ),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
    ],
)
def test_merge(base: dict[str, t.Any], user: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    before = copy.deepcopy((base, user))
    assert config.merge(base, user) == expected
    assert (base, user) == before


def test_arguments_in_the_shape_of_v1beta3_are_explained() -> None:
    error = (
        "init.nodeRegistration.kubeletExtraArgs is a mapping, which kubeadm's v1beta4 configuration no longer reads; "
        "write a list: [{name: node-ip, value: '10.0.0.1'}]"
    )
    user = {"init": {"nodeRegistration": {"kubeletExtraArgs": {"node-ip": "10.0.0.1"}}}}
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        config.init_documents(CLUSTER, NODE, user)


def test_init_documents() -> None:
    init, cluster, kubelet, proxy = config.init_documents(CLUSTER, NODE, {})
    assert init["localAPIEndpoint"] == {"advertiseAddress": "192.168.0.11", "bindPort": 6443}
    assert init["nodeRegistration"] == {
        "name": "mini1",
        "criSocket": "unix:///run/containerd/containerd.sock",
        "kubeletExtraArgs": [{"name": "node-ip", "value": "192.168.0.11"}],
    }
    assert cluster["kubernetesVersion"] == "v1.37.2"
    assert cluster["apiServer"] == {"certSANs": ["192.168.0.11"]}
    assert cluster["networking"] == {
        "podSubnet": "10.244.0.0/16",
        "serviceSubnet": "10.96.0.0/12",
        "dnsDomain": "cluster.local",
    }
    assert kubelet["resolvConf"] == "/etc/kubernetes/resolv.conf"
    assert (proxy["mode"], "ipvs" in proxy) == ("nftables", False)


def test_the_users_settings_come_last() -> None:
    user = {"kubelet": {"maxPods": 50, "cgroupDriver": "cgroupfs"}, "cluster": {"networking": {"dnsDomain": "lan"}}}
    _init, cluster, kubelet, _proxy = config.init_documents(CLUSTER, NODE, user)
    assert (kubelet["maxPods"], kubelet["cgroupDriver"]) == (50, "cgroupfs")
    assert cluster["networking"]["dnsDomain"] == "lan"
    assert cluster["networking"]["podSubnet"] == "10.244.0.0/16"


def test_a_schedulable_control_plane_has_no_taint() -> None:
    init = config.init_documents(CLUSTER, {**NODE, "schedulable": True}, {})[0]
    assert init["nodeRegistration"]["taints"] == []


def test_ipvs_needs_strict_arp() -> None:
    proxy = config.init_documents({**CLUSTER, "proxy_mode": "ipvs"}, NODE, {})[3]
    assert proxy["ipvs"] == {"strictARP": True}


def test_join_configuration() -> None:
    discovery = {"endpoint": "192.168.0.11:6443", "token": "abcdef.0123456789abcdef", "ca_cert_hash": "sha256:00"}
    node = {"name": "mini2", "address": "192.168.0.12", "ignore_preflight_errors": ["Swap"]}
    document = config.join_configuration(node, discovery, {"nodeRegistration": {"taints": []}})
    assert document["discovery"]["bootstrapToken"] == {
        "apiServerEndpoint": "192.168.0.11:6443",
        "token": "abcdef.0123456789abcdef",
        "caCertHashes": ["sha256:00"],
    }
    assert document["nodeRegistration"]["ignorePreflightErrors"] == ["Swap"]
    assert document["nodeRegistration"]["taints"] == []


def test_text() -> None:
    documents = [{"kind": "A", "text": "---\n\N{SEWING NEEDLE}"}, {"kind": "B", "list": [1, None]}]
    found = config.text(documents)
    assert found == (
        '{\n  "kind": "A",\n  "text": "---\\n\N{SEWING NEEDLE}"\n}\n---\n{\n  "kind": "B",\n  "list": [\n    1,\n    null\n  ]\n}\n'
    )
    assert [json.loads(part) for part in found.split("---\n")] == documents
    # What kubeadm reads it as.
    assert list(yaml.safe_load_all(found)) == documents
