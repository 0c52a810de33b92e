# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import firsts, node_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._kubeconfig import personal


def pem(kind: str, content: str = "QUJD") -> str:
    """A block as it stands in a kubeconfig."""
    return base64.b64encode(f"-----BEGIN {kind}-----\n{content}\n-----END {kind}-----\n".encode()).decode()


CLUSTER = {"server": "https://10.0.0.1:6443", "certificate-authority-data": pem("CERTIFICATE")}
USER = {"client-certificate-data": pem("CERTIFICATE"), "client-key-data": pem("RSA PRIVATE KEY")}


def admin(cluster: t.Any = CLUSTER, user: t.Any = USER, **more: t.Any) -> dict[str, t.Any]:
    """What kubeadm writes."""
    clusters, users = [{"name": "kubernetes", "cluster": cluster}], [{"name": "kubernetes-admin", "user": user}]
    return {"clusters": clusters, "users": users, "current-context": "kubernetes-admin@kubernetes", **more}


def refused(what: str) -> str:
    return "^" + re.escape(
        f"admin.conf of the host is not what kubeadm writes: {what}. Nothing of it is used, because a kubeconfig can run "
        "programs where it is used. Look at /etc/kubernetes/admin.conf there and find out who changed it; then move it away, "
        "make it anew with `kubeadm init phase kubeconfig admin --config /etc/kubernetes/kubeadm.yaml`, and run the playbook "
        "again"
    )


def test_personal() -> None:
    assert personal(admin(), name="homelab", endpoint="192.168.0.11:6443") == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "homelab", "cluster": {**CLUSTER, "server": "https://192.168.0.11:6443"}}],
        "users": [{"name": "homelab-admin", "user": USER}],
        "contexts": [{"name": "homelab", "context": {"cluster": "homelab", "user": "homelab-admin"}}],
        "current-context": "homelab",
        "preferences": {},
    }


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "EC PRIVATE KEY"])
def test_keys_of_other_kinds(kind: str) -> None:
    made = personal(admin(user={**USER, "client-key-data": pem(kind)}), name="n", endpoint="e")
    assert made["users"][0]["user"]["client-key-data"] == pem(kind)


@pytest.mark.parametrize(
    "text", [None, [], "text", {}, {"clusters": [], "users": []}, admin(users=None), admin(users=[{}]), admin(users=3)]
)
def test_something_else_is_refused(text: t.Any) -> None:
    with pytest.raises(ValueError, match=refused("it does not hold exactly one cluster and one user")):
        personal(text, name="homelab", endpoint="e")


PROGRAM = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", "touch /tmp/x"]}
SECRET = "hidden-value"


@pytest.mark.parametrize(
    "key", ["exec", "auth-provider", "token", "tokenFile", "username", "password", "as", "as-groups"]
)
@pytest.mark.parametrize("value", [PROGRAM, SECRET, None])
def test_a_user_that_says_more(key: str, value: t.Any) -> None:
    with pytest.raises(ValueError, match=refused(f"its user has '{key}'")) as caught:
        personal(admin(user={**USER, key: value}), name="homelab", endpoint="e")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("key", ["client-certificate", "client-key", "extensions", "impersonate-user", "x\x1b[2J"])
def test_a_user_that_names_files_and_more(key: str) -> None:
    with pytest.raises(ValueError, match=refused(f"its user has {key!a}")):
        personal(admin(user={**USER, key: SECRET}), name="homelab", endpoint="e")


@pytest.mark.parametrize(
    "key",
    [
        "certificate-authority",
        "insecure-skip-tls-verify",
        "proxy-url",
        "tls-server-name",
        "disable-compression",
        "extensions",
    ],
)
def test_a_cluster_that_says_more(key: str) -> None:
    with pytest.raises(ValueError, match=refused(f"its cluster has '{key}'")):
        personal(admin({**CLUSTER, key: True}), name="homelab", endpoint="e")


NO_CERTIFICATE = "is not base64 of PEM with a CERTIFICATE"
NO_KEY = "client-key-data is not base64 of PEM with a PRIVATE KEY"


@pytest.mark.parametrize(
    ("cluster", "user", "what"),
    [
        ({}, {}, "its cluster has no certificate-authority-data"),
        (None, {}, "its cluster is no mapping"),
        ({}, [], "its cluster has no certificate-authority-data"),
        (CLUSTER, ["exec"], "its user is no mapping"),
        (CLUSTER, {}, "its user has no client-certificate-data"),
        (CLUSTER, {**USER, "client-key-data": "/etc/shadow"}, NO_KEY),
        (CLUSTER, {**USER, "client-key-data": pem("CERTIFICATE")}, NO_KEY),
        (CLUSTER, {**USER, "client-key-data": pem("ENCRYPTED PRIVATE KEY")}, NO_KEY),
        (CLUSTER, {**USER, "client-key-data": pem("PRIVATE KEY", "x\x1b[2J")}, NO_KEY),
        (CLUSTER, {**USER, "client-key-data": pem("PRIVATE KEY") + "\n"}, NO_KEY),
        (CLUSTER, {**USER, "client-key-data": 3}, NO_KEY),
        (CLUSTER, {**USER, "client-key-data": ["x"]}, NO_KEY),
        ({**CLUSTER, "certificate-authority-data": "Q0E="}, USER, f"certificate-authority-data {NO_CERTIFICATE}"),
        ({**CLUSTER, "certificate-authority-data": ""}, USER, f"certificate-authority-data {NO_CERTIFICATE}"),
        (CLUSTER, {**USER, "client-certificate-data": "\u00e9"}, f"client-certificate-data {NO_CERTIFICATE}"),
    ],
)
def test_values_that_are_none(cluster: t.Any, user: t.Any, what: str) -> None:
    with pytest.raises(ValueError, match=refused(what)):
        personal(admin(cluster, user), name="homelab", endpoint="e")


def test_the_first_addresses() -> None:
    hostvars: dict[str, dict[str, t.Any]] = {
        "a": {"cluster_node_ip": "10.0.0.1, fd00::1", "ansible_host": "192.168.0.1"},
        "b": {"ansible_host": "192.168.0.2"},
        "c": {},
    }
    assert firsts(node_addresses(["a", "b", "c"], hostvars)) == {"a": "10.0.0.1", "b": "192.168.0.2", "c": "c"}
