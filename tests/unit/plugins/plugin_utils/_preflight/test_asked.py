# SPDX-License-Identifier: GPL-3.0-or-later
"""What variables make necessary, whatever they are: nothing fails here before the report says what is wrong."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import asked

VARIABLES: dict[str, t.Any] = {
    "cluster_cni": "flannel",
    "cluster_kubernetes_version": "1.37.2",
    "kubeadm_apt_repository": "https://pkgs.k8s.io/v1.37/deb",
    "kubeadm_rpm_repository": "https://pkgs.k8s.io/v1.37/rpm",
    "containerd_source": "docker",
    "_cluster_environment": {},
}
GROUPS = {"cluster": ["cp1", "w1"], "control_plane": ["cp1"], "workers": ["w1"]}


def get(**changes: t.Any) -> asked.Get:
    return {**VARIABLES, **changes}.get


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["flannel"]),
        ({"cluster_cni": "calico", "cluster_load_balancer_ranges": ["192.0.2.0/28"]}, ["calico", "metallb"]),
        ({"cluster_cni": "none", "metrics_server_enabled": "yes"}, ["metrics_server"]),
        ({"cluster_cni": ["flannel"], "metrics_server_enabled": "y"}, []),
        ({"cluster_cni": None, "cluster_load_balancer_ranges": []}, []),
    ],
)
def test_addons(changes: dict[str, t.Any], expected: list[str]) -> None:
    assert asked.addons(get(**changes)) == expected
    assert asked.roles(get(**changes), GROUPS) == [*asked.ALWAYS, *expected]


@pytest.mark.parametrize(
    ("groups", "server", "expected"),
    [
        (GROUPS, "", []),
        (GROUPS, "192.168.0.5", ["nfs_client", "nfs_storage"]),
        ({**GROUPS, "nfs_servers": ["nas"]}, "", ["nfs_server", "nfs_client", "nfs_storage"]),
    ],
)
def test_storage(groups: asked.Groups, server: str, expected: list[str]) -> None:
    assert asked.roles(get(nfs_storage_server=server), groups) == [*asked.ALWAYS, "flannel", *expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["https://registry.k8s.io/v2/", "https://ghcr.io/v2/"]),
        (
            {"containerd_registry_mirrors": {"registry.k8s.io": ["http://m"]}},
            ["http://m/v2/", "https://registry.k8s.io/v2/", "https://ghcr.io/v2/"],
        ),
        (
            {"containerd_registry_mirrors": {"_default": [{"url": "http://m:5000", "resolve": True}]}},
            ["http://m:5000/v2/"],
        ),
        ({"containerd_registry_mirrors": "wrong"}, ["https://registry.k8s.io/v2/", "https://ghcr.io/v2/"]),
        (
            {"cluster_cni": "calico", "calico_version": "v3.30.1", "cluster_load_balancer_ranges": ["x"]},
            ["https://registry.k8s.io/v2/", "https://registry-1.docker.io/v2/", "https://quay.io/v2/"],
        ),
        (
            {"cluster_cni": "calico", "calico_version": 3.33, "local_storage_provisioner": "local_path"},
            ["https://registry.k8s.io/v2/", "https://quay.io/v2/", "https://registry-1.docker.io/v2/"],
        ),
    ],
)
def test_urls(changes: dict[str, t.Any], expected: list[str]) -> None:
    assert asked.urls(get(**changes)) == expected


K8S = "https://pkgs.k8s.io/v1.37"
DOCKER = "https://download.docker.com/"


@pytest.mark.parametrize(
    ("changes", "deb", "rpm"),
    [
        ({}, [f"{K8S}/deb/Release.key", DOCKER], [f"{K8S}/rpm/repodata/repomd.xml.key", DOCKER]),
        (
            {"containerd_repository": "http://m/debian", "cluster_kubernetes_version": "v1.37"},
            ["http://m/debian/gpg"],
            ["http://m/debian/gpg"],
        ),
        ({"containerd_source": "distribution", "kubeadm_apt_repository": None, "kubeadm_rpm_repository": 5}, [], []),
        ({"containerd_source": "distribution", "cluster_kubernetes_version": 1.37}, [], []),
    ],
)
def test_package_urls(changes: dict[str, t.Any], deb: list[str], rpm: list[str]) -> None:
    assert asked.package_urls(get(**changes)) == {"deb": deb, "rpm": rpm}


ENVIRONMENT = {"https_proxy": "http://192.0.2.5:3128", "no_proxy": ".svc"}


def test_a_proxy_is_used() -> None:
    assert asked.environment(get(_cluster_environment=ENVIRONMENT)) == ENVIRONMENT
    assert asked.urls(get(_cluster_environment=ENVIRONMENT)) == asked.urls(get())


@pytest.mark.parametrize("wrong", [None, "", 5])
def test_with_a_wrong_proxy_nothing_is_tried(wrong: t.Any) -> None:
    """Every source would be told as one that does not answer."""
    given = get(_cluster_environment=wrong)
    assert asked.environment(given) is None
    assert asked.urls(given) == []
    assert asked.package_urls(given) == {"deb": [], "rpm": []}


@pytest.mark.parametrize(
    ("host", "exports", "expected"),
    [
        ("nas", [{"path": "/srv/nfs"}, {"path": 5}, "x", {}], ["/srv/nfs"]),
        ("nas", "wrong", []),
        ("nas", None, []),
        ("w1", [{"path": "/srv/nfs"}], []),
    ],
)
def test_paths(host: str, exports: t.Any, expected: list[str]) -> None:
    assert asked.paths(get(nfs_server_exports=exports), host, {**GROUPS, "nfs_servers": ["nas"]}) == expected


IPS = {"cp1": "192.0.2.1", "w1": "192.0.2.2", "w2": "a name"}


@pytest.mark.parametrize(
    ("host", "changes", "expected"),
    [
        ("w1", {}, {"cp1": {"address": "192.0.2.1", "tcp": [6443, 10250], "udp": 8472}}),
        (
            "w1",
            {"_cluster_endpoint_port": 8443},
            {"cp1": {"address": "192.0.2.1", "tcp": [6443, 8443, 10250], "udp": 8472}},
        ),
        ("cp1", {"cluster_cni": ["x"]}, {"w1": {"address": "192.0.2.2", "tcp": [10250], "udp": 0}}),
        (
            "cp1",
            {"cluster_cni": "calico", "calico_encapsulation": "none", "cluster_load_balancer_ranges": ["x"]},
            {"w1": {"address": "192.0.2.2", "tcp": [179, 7946, 10250], "udp": 4789}},
        ),
        ("nas", {}, {}),
    ],
)
def test_peers(host: str, changes: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert asked.peers(get(**changes), host, GROUPS, IPS) == expected


@pytest.mark.parametrize(
    ("port", "expected"), [(6443, [6443]), (8443, [8443]), (70000, []), (-1, []), ("x", []), (None, [])]
)
def test_ports_of_the_api(port: t.Any, expected: list[int]) -> None:
    assert asked.api_ports(get(_cluster_endpoint_port=port)) == expected


@pytest.mark.parametrize(
    ("host", "changes", "expected"),
    [
        ("cp1", {"cluster_endpoint": "192.0.2.9"}, "192.0.2.9"),
        ("cp1", {"cluster_endpoint": "2001:DB8::9"}, "2001:db8::9"),
        # Workers do not keep it, somebody else does, a host has it, it is a name, there is none, or nonsense.
        ("w1", {"cluster_endpoint": "192.0.2.9"}, ""),
        ("cp1", {"cluster_endpoint": "192.0.2.9", "virtual_ip_provider": "none"}, ""),
        ("cp1", {"cluster_endpoint": "192.0.2.2"}, ""),
        ("cp1", {"cluster_endpoint": "k8s.home.lan"}, ""),
        ("cp1", {}, ""),
        ("cp1", {"cluster_endpoint": ["192.0.2.9"]}, ""),
        ("cp1", {"cluster_endpoint": "192.0.2.9", "virtual_ip_provider": None}, ""),
    ],
)
def test_virtual_ip(host: str, changes: dict[str, t.Any], expected: str) -> None:
    assert asked.virtual_ip(get(**{"virtual_ip_provider": "keepalived", **changes}), host, GROUPS, IPS) == expected
