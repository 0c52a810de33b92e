# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's firewall lets in, as roles compute it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.tests.unit.roles.rendering_of_tests import DEBIAN13, render

NODES = {
    "cp1": {"ansible_host": "192.168.0.11"},
    "cp2": {"ansible_host": "192.168.0.12"},
    "w1": {"ansible_host": "192.168.0.21"},
}
GROUPS = {"cluster": list(NODES), "control_plane": ["cp1", "cp2"], "workers": ["w1"]}
CARDS = [{"name": "eno1", "addresses": ["192.168.0.11/24"]}, {"name": "eno2", "addresses": ["10.3.0.11/16"]}]


def openings(name: str, **given: t.Any) -> set[str]:
    """What a node lets in, on lines."""
    host = {"host": {"interfaces": CARDS}}
    addresses = {node: [variables["ansible_host"]] for node, variables in NODES.items()}
    variables = {
        "inventory_hostname": name,
        "groups": GROUPS,
        "__preflight_host": host,
        "_cluster_node_addresses": addresses,
        "_cluster_virtual_ip": "",
        "_cluster_endpoint_port": 6443,
        **given,
    }
    (found,) = render("prereqs", DEBIAN13, "_prereqs_openings", **variables)
    return {f"{item['source']}>{item['destination']} {item['port'] or item['protocol']}" for item in found}


def test_openings_of_a_control_plane() -> None:
    api = {f"{source}> {port}" for port in ("6443", "30000:32767") for source in ("192.168.0.0/24", "10.244.0.0/16")}
    nodes = {f"192.168.0.{number}> {port}" for number in (12, 21) for port in ("10250", "8472")}
    pods = {"10.244.0.0/16> 10250", "10.244.0.0/16> any", "192.168.0.0/24>10.244.0.0/16 any"}
    assert openings("cp1") == api | nodes | pods | {"192.168.0.12> 2379:2380"}
    virtual = openings("cp1", _cluster_virtual_ip="192.168.0.10") - openings("cp1")
    assert virtual == {"192.168.0.12> vrrp"}
    assert openings("w1", _cluster_virtual_ip="192.168.0.10") == openings("w1")
    balanced = {"192.168.0.0/24> 8443", "10.244.0.0/16> 8443"}
    assert openings("cp1", _cluster_endpoint_port=8443) - openings("cp1") == balanced
    assert openings("w1", _cluster_endpoint_port=8443) == openings("w1")


def test_openings_for_load_balancers_and_for_whom_the_user_names() -> None:
    found = openings("cp1", prereqs_load_balancer_ranges=["10.3.0.200-10.3.0.219"])
    assert {"10.3.0.0/16> 6443", "10.3.0.0/16>10.244.0.0/16 any", "192.168.0.21> 7946"} <= found
    found = openings("w1", prereqs_firewall_clients=["0.0.0.0/0"])
    assert {"0.0.0.0/0> 30000:32767", "0.0.0.0/0>10.244.0.0/16 any"} <= found
    assert not any("2379" in opening or "6443" in opening for opening in found)


@pytest.mark.parametrize(
    ("clients", "sources"),
    [([], ["192.168.0.11", "192.168.0.12", "192.168.0.21"]), (["10.0.0.0/8"], ["10.0.0.0/8"]), (["*"], [""])],
)
def test_openings_for_nfs(clients: list[str], sources: list[str]) -> None:
    given = {"groups": GROUPS, "hostvars": NODES, "_cluster_node_ips": {n: v["ansible_host"] for n, v in NODES.items()}}
    exports = [{"path": "/srv/nfs", "clients": clients}]
    (found,) = render("nfs_server", DEBIAN13, "_nfs_server_openings", nfs_server_exports=exports, **given)
    assert found == [{"source": source, "port": "2049", "protocol": "tcp", "comment": "NFS"} for source in sources]


PROXY = "http://192.168.0.5:3128"


@pytest.mark.parametrize(
    ("given", "proxies"),
    [
        ({}, {}),
        ({"cluster_http_proxy": PROXY}, {"http_proxy": PROXY, "https_proxy": PROXY}),
        ({"cluster_http_proxy": PROXY, "cluster_https_proxy": ""}, {"http_proxy": PROXY}),
        ({"cluster_https_proxy": PROXY}, {"https_proxy": PROXY}),
    ],
)
def test_environment_of_whatever_fetches(given: dict[str, str], proxies: dict[str, str]) -> None:
    plan = {"cluster_load_balancer_ranges": ["192.168.0.200-192.168.0.203"], "cluster_no_proxy": ".home.lan"}
    (found,) = render("cluster", DEBIAN13, "_cluster_environment", groups=GROUPS, hostvars=NODES, **plan, **given)
    exceptions = (
        "localhost,127.0.0.1,::1,.svc,.cluster.local,192.168.0.11,192.168.0.12,192.168.0.21,"
        "10.244.0.0/16,10.96.0.0/12,192.168.0.200/30,.home.lan"
    )
    assert found == ({**proxies, "no_proxy": exceptions} if proxies else {})
