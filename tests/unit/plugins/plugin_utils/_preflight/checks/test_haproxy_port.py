# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The port at which haproxy takes connections to an address that control planes keep: nobody else's, and of use."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.virtual_ip import check_haproxy_port
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.control_planes_of_tests import (
    Told,
    context,
    facts,
    told,
    with_changes,
)


def listening(port: int, process: str, proto: str = "tcp") -> dict[str, t.Any]:
    return {"listeners": [{"proto": proto, "address": "0.0.0.0", "port": port, "process": process}]}


BALANCES = {"services": ["homelab-api-balancer"]}
NO_EFFECT = "virtual_ip_haproxy_port 8443 has no effect: {}"
RESERVED = "virtual_ip_haproxy_port {} is a port of {} on control planes"
IN_USE = "TCP port 8443 is in use by {}"
PORTS: list[tuple[str, t.Any, dict[str, t.Any], Told]] = [
    ("without", 0, {"seen": with_changes(mini1=facts(1, **listening(8443, "nginx")))}, []),
    ("free", 8443, {}, []),
    ("from the command line", "8443", {}, []),
    ("below 1024", 443, {}, []),
    (
        "another program",
        8443,
        {"seen": with_changes(mini2=facts(2, **listening(8443, "nginx")))},
        [("port-in-use mini2", IN_USE.format("nginx"))],
    ),
    (
        "the kernel, or a container",
        8443,
        {"seen": with_changes(mini2=facts(2, **listening(8443, "")))},
        [("port-in-use mini2", IN_USE.format("a process that cannot be seen from here"))],
    ),
    (
        "a haproxy of somebody",
        8443,
        {"seen": with_changes(mini2=facts(2, **listening(8443, "haproxy"), services=["haproxy"]))},
        [("port-in-use mini2", IN_USE.format("haproxy"))],
    ),
    ("ours", 8443, {"seen": with_changes(mini2=facts(2, **listening(8443, "haproxy"), **BALANCES))}, []),
    ("on a worker", 8443, {"seen": with_changes(mini4=facts(4, **listening(8443, "nginx")))}, []),
    ("UDP", 8443, {"seen": with_changes(mini1=facts(1, **listening(8443, "nginx", "udp")))}, []),
    ("at another port", 8443, {"seen": with_changes(mini1=facts(1, **listening(9443, "nginx")))}, []),
    ("without root", 8443, {"seen": with_changes(mini1=facts(1, **listening(8443, ""), uid=1000))}, []),
    *(
        (name, port, {}, [("virtual-ip-port-reserved", RESERVED.format(port, name))])
        for port, name in (
            (2379, "etcd"),
            (2380, "etcd"),
            (6443, "kube-apiserver"),
            (10250, "kubelet"),
            (10257, "kube-controller"),
            (10259, "kube-scheduler"),
            (30000, "NodePort services (30000 to 32767)"),
            (32767, "NodePort services (30000 to 32767)"),
        )
    ),
    ("beside NodePorts", 29999, {}, []),
    (
        "MetalLB",
        7946,
        {"load_balancer": ["192.168.0.200-192.168.0.219"]},
        [("virtual-ip-port-reserved", RESERVED.format(7946, "speaker"))],
    ),
    ("no MetalLB", 7946, {}, []),
    (
        "no endpoint",
        8443,
        {"endpoint": ""},
        [("virtual-ip-port-unused", NO_EFFECT.format("cluster_endpoint is empty"))],
    ),
    (
        "a name",
        8443,
        {"endpoint": "k8s.home.lan"},
        [("virtual-ip-port-unused", NO_EFFECT.format("cluster_endpoint k8s.home.lan is a name"))],
    ),
    (
        "an address of a host",
        8443,
        {"endpoint": "192.168.0.12"},
        [("virtual-ip-port-unused", NO_EFFECT.format("cluster_endpoint 192.168.0.12 is mini2's own"))],
    ),
    (
        "somebody else keeps it",
        8443,
        {"virtual_ip_provider": "none"},
        [("virtual-ip-port-unused", NO_EFFECT.format("virtual_ip_provider is none"))],
    ),
    ("an address of this machine", 8443, {"endpoint": "127.0.0.1"}, []),
    ("no use and no harm", 6443, {"endpoint": "k8s.home.lan", "virtual_ip_haproxy_port": 0}, []),
]


@pytest.mark.parametrize(
    ("port", "changes", "expected"), [row[1:] for row in PORTS], ids=[f"{row[0]} {row[1]}" for row in PORTS]
)
def test_the_port_of_haproxy(port: t.Any, changes: dict[str, t.Any], expected: Told) -> None:
    assert told(check_haproxy_port, context(**{"virtual_ip_haproxy_port": port, **changes})) == expected


def test_what_to_do_about_the_port_of_haproxy() -> None:
    seen = with_changes(mini1=facts(1, **listening(8443, "nginx")))
    in_use, reserved, unused = (
        next(iter(check_haproxy_port(context(**changes))))
        for changes in (
            {"virtual_ip_haproxy_port": 8443, "seen": seen},
            {"virtual_ip_haproxy_port": 6443},
            {"virtual_ip_haproxy_port": 8443, "endpoint": ""},
        )
    )
    assert [(f["severity"], f["subjects"]) for f in (in_use, reserved, unused)] == [
        ("error", ["virtual_ip_haproxy_port"]),
        ("error", ["virtual_ip_haproxy_port"]),
        ("warning", ["virtual_ip_haproxy_port"]),
    ]
    assert in_use["fix"] == (
        "virtual_ip_haproxy_port: another one that is free on every control plane; or stop nginx (`ss -ltnp sport = :8443`)"
    )
    assert reserved["fix"] == "virtual_ip_haproxy_port: 8443, or another one that nothing else needs there"
    assert unused["fix"] == (
        "virtual_ip_haproxy_port: 0; or let the control planes keep an address: cluster_endpoint: a free one in their network, and "
        "virtual_ip_provider: keepalived"
    )
