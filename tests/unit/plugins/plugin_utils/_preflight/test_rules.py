# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of the right type that kubeadm or a file system would refuse."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.rules import broken

ENDPOINT = "but must be an address or a DNS name of small letters, without a scheme or a port"
PORT = "virtual_ip_haproxy_port: 8443; or 0, which is without"
ARGUMENTS = "is a mapping, which kubeadm's v1beta4 configuration no longer reads"


@pytest.mark.parametrize(
    ("name", "value", "what", "fix"),
    [
        (
            "cluster_dns_domain",
            "fed_cluster.local",
            'is "fed_cluster.local", which is no DNS domain of small letters',
            "cluster_dns_domain: fed-cluster.local",
        ),
        ("cluster_dns_domain", "", 'is "", which is no DNS domain of small letters', "cluster_dns_domain: cluster.local"),
        ("cluster_endpoint", "k8s.lan:6443", f'is "k8s.lan:6443", {ENDPOINT}', "cluster_endpoint: k8s.lan (port 6443 is added)"),
        (
            "cluster_endpoint",
            "https://K8s.lan:6443/",
            f'is "https://K8s.lan:6443/", {ENDPOINT}',
            "cluster_endpoint: k8s.lan (port 6443 is added)",
        ),
        (
            "cluster_endpoint",
            "[fd00::1]:6443",
            f'is "[fd00::1]:6443", {ENDPOINT}',
            "cluster_endpoint: fd00::1 (port 6443 is added)",
        ),
        ("cluster_endpoint", "192.168.0.256", f'is "192.168.0.256", {ENDPOINT}', "cluster_endpoint: 192.168.0.256 (port 6443 is added)"),
        (
            "cluster_http_proxy",
            "192.168.0.5:3128",
            ' "192.168.0.5:3128" is no address of the form http://HOST:PORT',
            "cluster_http_proxy: http://192.168.0.5:3128",
        ),
        (
            "cluster_https_proxy",
            "https://proxy.lan:3128",
            ' "https://proxy.lan:3128" begins with https://, but the proxy itself is asked over http, for https:// sources too',
            "cluster_https_proxy: http://proxy.lan:3128",
        ),
        (
            "cluster_https_proxy",
            "socks5://proxy.lan:1080",
            ' "socks5://proxy.lan:1080" is no address of the form http://HOST:PORT',
            "cluster_https_proxy: http://192.168.0.5:3128",
        ),
        (
            "cluster_http_proxy",
            "anna:secret@proxy.lan:3128",
            ' "***@proxy.lan:3128" holds a login, which every user of the hosts could read',
            "cluster_http_proxy: http://proxy.lan:3128",
        ),
        (
            "cluster_no_proxy",
            ".home.lan *.local",
            ': ".home.lan *.local" is neither a name, an address nor a network',
            "separate them by commas, as in cluster_no_proxy: .home.lan,192.168.0.5,192.168.0.0/24",
        ),
        ("cluster_name", "My Home/Lab", 'is "My Home/Lab", which cannot be the name of a file', "cluster_name: My-Home-Lab"),
        (
            "control_plane_cluster_configuration",
            {"apiServer": {"extraArgs": {"profiling": "false"}}},
            f".apiServer.extraArgs {ARGUMENTS}",
            "write a list: [{name: profiling, value: 'false'}]",
        ),
        ("virtual_ip_haproxy_port", 70000, "is 70000, which is no port (1 to 65535), and not 0", PORT),
        ("virtual_ip_haproxy_port", "65536", "is 65536, which is no port (1 to 65535), and not 0", PORT),
        ("virtual_ip_haproxy_port", -1, "is -1, which is no port (1 to 65535), and not 0", PORT),
    ],
)  # fmt: skip
def test_broken(name: str, value: t.Any, what: str, fix: str) -> None:
    found = broken(name, value)
    assert found
    assert found[0] in (f"{name} {what}", f"{name}{what}")
    assert found[1] == fix


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cluster_dns_domain", "cluster.local"),
        ("cluster_dns_domain", 5),
        ("cluster_endpoint", ""),
        ("cluster_endpoint", "fd00::1"),
        ("cluster_endpoint", "192.168.0.11"),
        ("cluster_endpoint", "k8s.home.lan"),
        ("cluster_endpoint", "mini1"),
        ("cluster_name", "homelab"),
        ("cluster_http_proxy", ""),
        ("cluster_http_proxy", "http://[fd00::5]:3128"),
        ("cluster_http_proxy", 3128),
        ("cluster_https_proxy", "http://anna:secret@proxy.lan:3128"),  # url-with-login
        ("cluster_no_proxy", ""),
        ("cluster_no_proxy", ".home.lan, 192.168.0.0/24"),
        (
            "control_plane_cluster_configuration",
            {"apiServer": {"extraArgs": [{"name": "profiling", "value": "false"}]}},
        ),
        ("control_plane_cluster_configuration", "wrong"),
        ("cluster_pod_cidr", "anything"),
        ("virtual_ip_haproxy_port", 0),
        ("virtual_ip_haproxy_port", "8443"),
        ("virtual_ip_haproxy_port", 65535),
    ],
)
def test_well(name: str, value: t.Any) -> None:
    assert broken(name, value) is None
