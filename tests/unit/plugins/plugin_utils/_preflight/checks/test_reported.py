# SPDX-License-Identifier: GPL-3.0-or-later
"""Reported cases: what hosts say of themselves, and what preflight makes of it."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import cards
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks import (
    identity,
    machine,
    network,
    occupied,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context

Facts = dict[str, t.Any]


def told(check: t.Any, plan: t.Any, **facts: Facts) -> list[str]:
    context = Context(plan, {name: {"state": "ok", "facts": host} for name, host in facts.items()})
    return [f"{found['severity']} {found['id']} {found['host']}: {found['message']}" for found in check(context)]


def interface(name: str, mac: str, *addresses: str, mtu: int = 1500, kind: str = "") -> Facts:
    return {"name": name, "kind": kind, "mac": mac, "mtu": mtu, "up": True, "addresses": list(addresses)}


@pytest.mark.parametrize(
    ("cgroup", "expected"),
    [
        (
            {"version": 2, "controllers": ["cpuset", "cpu", "io", "pids"]},
            ["error cgroup-controller-missing pi: booted without the cgroup controller memory"],
        ),
        ({"version": 2, "controllers": ["cpuset", "cpu", "io", "memory", "pids"]}, []),
        ({"version": 2, "controllers": []}, []),
        ({"version": 1, "controllers": ["cpu"]}, []),
    ],
)
def test_what_the_firmware_of_a_raspberry_pi_leaves_out(cgroup: Facts, expected: list[str]) -> None:
    assert told(machine.check_controllers, {}, pi={"cgroup": cgroup}) == expected


NAT = "08:00:27:8d:c0:4d"
TWICE = "error mac-duplicate : n1, n2 all have a network card with the address 08:00:27:8d:c0:4d"


def pair(*addresses: tuple[str, ...]) -> dict[str, Facts]:
    """Two hosts of one box: the first interface has one MAC address on both."""
    return {
        f"n{n}": {
            "machine_id": str(n),
            "interfaces": [
                interface("eth0", NAT, *own),
                interface("eth1", f"08:00:27:00:00:0{n}", f"192.168.56.1{n}/24"),
            ],
        }
        for n, own in enumerate(addresses, 1)
    }


@pytest.mark.parametrize(
    ("addresses", "node_ips", "expected"),
    [
        # VirtualBox: every machine behind a NAT of its own.
        ([("10.0.2.15/24", "fe80::1/64"), ("10.0.2.15/24", "fe80::1/64")], {}, []),
        ([(), ()], {}, []),
        # A copy that got another address of the same LAN.
        ([("192.168.0.11/24",), ("192.168.0.12/24",)], {}, [TWICE]),
        ([("192.168.0.11/24",), ("192.168.1.12/24",)], {}, []),
        # The nodes' own interface, whatever its addresses are.
        ([("192.168.0.11/24",), ("192.168.1.12/24",)], {"n1": "192.168.0.11"}, [TWICE]),
    ],
)
def test_one_mac_address_matters_where_the_interfaces_meet(
    addresses: list[tuple[str, ...]], node_ips: dict[str, str], expected: list[str]
) -> None:
    assert told(identity.check_mac, {"node_ips": node_ips}, **pair(*addresses)) == expected


DUAL = {"cni": "flannel", "pods": "10.42.0.0/16,fc15:1::/56", "node_ips": {"n1": "100.101.0.1,fd7a:115c:a1e0::1"}}


@pytest.mark.parametrize(
    ("mtu", "changes", "expected"),
    [
        (1280, {}, ["error ipv6-mtu-too-small n1: its interface tailscale0 has an MTU of 1280; 1210 are left for IPv6 packets of pods"]),
        (1349, {}, ["error ipv6-mtu-too-small n1: its interface tailscale0 has an MTU of 1349; 1279 are left for IPv6 packets of pods"]),
        (1350, {}, []),
        (1280, {"pods": "10.42.0.0/16"}, []),
        (1280, {"cni": "none"}, []),
        (1280, {"cni": "calico", "calico_encapsulation": "none"}, []),
        (1300, {"cni": "calico", "calico_encapsulation": "none", "calico_wireguard": "yes"}, [
            "error ipv6-mtu-too-small n1: its interface tailscale0 has an MTU of 1300; 1220 are left for IPv6 packets of pods"
        ]),
        (1400, {"cni": "calico", "calico_encapsulation": "vxlan"}, []),
    ],
)  # fmt: skip
def test_ipv6_pods_need_1280_bytes(mtu: int, changes: Facts, expected: list[str]) -> None:
    found = interface("tailscale0", "", "100.101.0.1/32", "fd7a:115c:a1e0::1/128", mtu=mtu, kind="tun")
    assert told(network.check_ipv6_mtu, {**DUAL, **changes}, n1={"interfaces": [found]}) == expected


@pytest.mark.parametrize(
    ("modules", "fix"),
    [
        ({"nf_tables": "loadable", "nft_fib": "absent"}, "reboot; or cluster_proxy_mode: iptables"),
        (
            {"nf_tables": "absent", "nft_fib": "absent"},
            "install the distribution's full kernel (with its modules), reboot",
        ),
    ],
)
def test_kube_proxys_rules_need_more_than_nf_tables(modules: Facts, fix: str) -> None:
    plan: t.Any = {"cni": "flannel", "proxy_mode": "nftables"}
    context = Context(plan, {"n1": {"state": "ok", "facts": {"kernel": "6.12", "kernel_modules": modules}}})
    (found,) = machine.check_modules(context)
    assert found["fix"].endswith(fix)


def test_networks_that_a_machine_makes_for_itself_are_not_offered() -> None:
    names = ("eth0", "docker0", "br-5be15be15be1", "virbr0", "br0", "br-lan")
    found = [interface(name, "", f"192.168.{n}.1/24", kind="bridge") for n, name in enumerate(names)]
    seen = {"n1": {"machine_id": "1", "interfaces": found}}
    assert [card.device for card in cards(seen, "n1")] == ["eth0", "br0", "br-lan"]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"load_balancer": ["192.0.2.0/28"]}, ["error port-in-use n1: TCP port 7946 is in use by dockerd"]),
        ({"load_balancer": []}, []),
        ({"cni": "calico", "calico_encapsulation": "ipip"}, ["error port-in-use n1: TCP port 179 is in use by bgpd"]),
        ({"cni": "calico", "calico_encapsulation": "vxlan"}, []),
    ],
)
def test_ports_of_what_will_be_installed(plan: Facts, expected: list[str]) -> None:
    listeners = [{"proto": "tcp", "port": port, "process": name} for port, name in ((7946, "dockerd"), (179, "bgpd"))]
    assert told(occupied.check_ports, plan, n1={"uid": 0, "listeners": listeners}) == expected


SWAP = "error swap-stays n1: has swap in use (/dev/zram0) that nobody will switch off: prereqs_manage_swap is false"


@pytest.mark.parametrize(
    ("plan", "swap", "expected"),
    [
        ({"manage_swap": False}, ["/dev/zram0"], [SWAP]),
        ({"manage_swap": "no", "kubelet_configuration": {"failSwapOn": True}}, ["/dev/zram0"], [SWAP]),
        ({"manage_swap": False, "kubelet_configuration": {"failSwapOn": False}}, ["/dev/zram0"], []),
        ({"manage_swap": False}, [], []),
        ({"manage_swap": True}, ["/dev/zram0"], []),
        ({}, ["/dev/zram0"], []),
    ],
)
def test_swap_that_stays(plan: Facts, swap: list[str], expected: list[str]) -> None:
    assert told(machine.check_swap, plan, n1={"swap": swap}) == expected
