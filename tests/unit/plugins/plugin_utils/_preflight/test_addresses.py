# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a host's interfaces and routes in the address plan."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.addresses import (
    address_plan,
    node_prefix_length,
)


def interface(name: str, *addresses: str) -> dict[str, t.Any]:
    return {"name": name, "kind": "", "mac": "", "mtu": 1500, "up": True, "addresses": list(addresses)}


def route(dst: str, dev: str, gateway: str = "", table: int = 254) -> dict[str, t.Any]:
    return {"dst": dst, "dev": dev, "gateway": gateway, "table": table}


def host(number: int, interfaces: t.Sequence[t.Any] = (), routes: t.Sequence[t.Any] = ()) -> dict[str, t.Any]:
    return {
        "interfaces": [interface("lo", "127.0.0.1/8"), interface("eth0", f"192.0.2.{number}/24"), *interfaces],
        "routes": [route("0.0.0.0/0", "eth0", "192.0.2.254"), route("192.0.2.0/24", "eth0"), *routes],
        "machine_id": f"{number:032x}",
        "dns_servers": ["192.0.2.254", "127.0.0.53", "fe80::1%eth0"],
        "kubelet_server": "",
    }


IPS = {"mini1": "192.0.2.1", "mini2": "192.0.2.2"}
BASE = {
    "nodes": IPS,
    "node_networks": ["192.0.2.0/24"],
    "gateways": ["192.0.2.254"],
    "dns_servers": ["192.0.2.254"],
}
# interfaces, routes -> other_networks
NETWORKS: list[tuple[list[t.Any], list[t.Any], dict[str, list[str]]]] = [
    ([], [], {}),
    ([interface("docker0", "172.17.0.1/16")], [], {"docker0 on 2 hosts": ["172.17.0.0/16"]}),
    ([interface("wg0", "10.8.0.2/32")], [route("10.8.0.0/24", "wg0")], {"wg0 on 2 hosts": ["10.8.0.0/24"]}),
    ([], [route("100.64.0.0/10", "tailscale0", table=52)], {"tailscale0 on 2 hosts": ["100.64.0.0/10"]}),
    ([], [route("10.0.0.0/8", "eth0", "192.0.2.253")], {"eth0 on 2 hosts": ["10.0.0.0/8"]}),
    ([interface("a", "10.1.0.1/24", "10.2.0.1/24")], [], {"a on 2 hosts": ["10.1.0.0/24", "10.2.0.0/24"]}),
    # A cluster that runs already is the plan itself.
    ([interface("cni0", "10.244.1.1/24")], [route("10.244.2.0/24", "flannel.1", "10.244.2.0")], {}),
    ([], [route("10.244.1.7/32", "cali123")], {}),
    # A node may be the way into a VPN.
    ([], [route("10.244.2.0/24", "eth0", "192.0.2.2")], {"eth0 on 2 hosts": ["10.244.2.0/24"]}),
    ([interface("kube-ipvs0", "10.96.0.1/32"), interface("eth1", "fe80::1/64")], [], {}),
]


@pytest.mark.parametrize(("interfaces", "routes", "expected"), NETWORKS)
def test_other_networks(interfaces: list[t.Any], routes: list[t.Any], expected: dict[str, list[str]]) -> None:
    seen = {"mini1": host(1, interfaces, routes), "mini2": host(2, interfaces, routes)}
    plan = address_plan({"pods": "10.244.0.0/16"}, IPS, seen)
    assert plan == {"pods": "10.244.0.0/16", **BASE, **({"other_networks": expected} if expected else {})}


def test_routes_to_pods_over_the_card_of_a_node() -> None:
    node = {**host(1, [], [route("10.244.2.0/24", "eth0", "192.0.2.2")]), "kubelet_server": "https://192.0.2.1:6443"}
    assert address_plan({}, IPS, {"mini1": node, "mini2": host(2)}) == BASE


def test_name_servers_for_pods_belong_to_the_plan() -> None:
    plan = address_plan({"dns_servers": ["192.0.2.53", "127.0.0.1"]}, IPS, {"mini1": host(1), "mini2": host(2)})
    assert sorted(plan["dns_servers"]) == ["192.0.2.254", "192.0.2.53"]


def test_one_host_is_named() -> None:
    plan = address_plan({}, IPS, {"mini1": host(1, [interface("docker0", "172.17.0.1/16")]), "mini2": host(2)})
    assert plan["other_networks"] == {"docker0 on mini1": ["172.17.0.0/16"]}


VALUES: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"pods": None, "services": "", "load_balancer": []}, {}),
    ({"endpoint": "api.lan"}, {}),
    ({"endpoint": "192.0.2.9"}, {"endpoint": "192.0.2.9"}),
    ({"other_networks": {"vpn": "10.9.0.0/24"}}, {"other_networks": {"vpn": "10.9.0.0/24"}}),
]


@pytest.mark.parametrize(("values", "expected"), VALUES)
def test_values(values: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert address_plan(values, IPS, {"mini1": host(1), "mini2": host(2)}) == {**BASE, **expected}


# A host nobody saw is judged where its network is known; a name is no address.
NODES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({"mini2": "192.0.2.2"}, {"mini1": "192.0.2.1", "mini2": "192.0.2.2"}),
    ({"mini2": "10.0.0.2"}, {"mini1": "192.0.2.1"}),
    ({"mini2": "mini2.lan"}, {"mini1": "192.0.2.1"}),
]


@pytest.mark.parametrize(("other", "expected"), NODES)
def test_nodes(other: dict[str, str], expected: dict[str, str]) -> None:
    assert address_plan({}, {"mini1": "192.0.2.1", **other}, {"mini1": host(1)})["nodes"] == expected


def test_nothing_is_known() -> None:
    assert address_plan({}, {}, {}) == {}


BLOCKS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({}, {}),
    ({"controllerManager": None}, {}),
    ({"controllerManager": {"extraArgs": {"node-cidr-mask-size": "25"}}}, {}),
    ({"controllerManager": "x"}, {}),
    ({"controllerManager": {"extraArgs": ["x", {"name": "v", "value": "4"}]}}, {}),
    ({"controllerManager": {"extraArgs": [{"name": ["node-cidr-mask-size"]}, {"value": "25"}, 7]}}, {}),
    ({"controllerManager": {"extraArgs": [{"name": "node-cidr-mask-size", "value": "25"}]}}, {"ipv4": "25"}),
    ({"controllerManager": {"extraArgs": [{"name": "node-cidr-mask-size-ipv6", "value": "80"}]}}, {"ipv6": "80"}),
]


@pytest.mark.parametrize(("configuration", "expected"), BLOCKS)
def test_node_prefix_length(configuration: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert node_prefix_length(configuration) == expected
