# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import node_ips
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeconfig import personal

ADMIN: dict[str, t.Any] = {
    "clusters": [
        {"name": "kubernetes", "cluster": {"server": "https://10.0.0.1:6443", "certificate-authority-data": "Q0E="}}
    ],
    "users": [{"name": "kubernetes-admin", "user": {"client-key-data": "S0VZ"}}],
    "current-context": "kubernetes-admin@kubernetes",
}


def test_personal() -> None:
    mine = personal(ADMIN, name="homelab", endpoint="192.168.0.11:6443")
    assert mine["clusters"] == [
        {"name": "homelab", "cluster": {"server": "https://192.168.0.11:6443", "certificate-authority-data": "Q0E="}}
    ]
    assert mine["users"] == [{"name": "homelab-admin", "user": {"client-key-data": "S0VZ"}}]
    assert mine["contexts"] == [{"name": "homelab", "context": {"cluster": "homelab", "user": "homelab-admin"}}]
    assert mine["current-context"] == "homelab"
    assert ADMIN["clusters"][0]["cluster"]["server"] == "https://10.0.0.1:6443"


@pytest.mark.parametrize(
    "admin", [{}, {"clusters": [], "users": []}, {**ADMIN, "users": None}, {**ADMIN, "users": [{}]}]
)
def test_something_else_is_refused(admin: dict[str, t.Any]) -> None:
    with pytest.raises(
        ValueError, match=r"^the kubeconfig must hold exactly one cluster and one user, as kubeadm writes it$"
    ):
        personal(admin, name="homelab", endpoint="e")


def test_node_ips() -> None:
    hostvars: dict[str, dict[str, t.Any]] = {
        "a": {"cluster_node_ip": "10.0.0.1", "ansible_host": "192.168.0.1"},
        "b": {"ansible_host": "192.168.0.2"},
        "c": {},
    }
    assert node_ips(["a", "b", "c"], hostvars) == {"a": "10.0.0.1", "b": "192.168.0.2", "c": "c"}
