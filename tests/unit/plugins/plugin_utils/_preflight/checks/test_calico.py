# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Calico cannot do as it was asked for, and what another pod network left on a host."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.calico import (
    check_calico,
    check_cni_remains,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context

ASKED: dict[str, t.Any] = {
    "cni": "calico",
    "pods": "10.244.0.0/16",
    "proxy_mode": "nftables",
    "calico_version": "v3.33.0",
    "calico_encapsulation": "vxlan",
    "calico_dataplane": "auto",
    "calico_pool_cidr": "10.244.0.0/16",
    "calico_wireguard": False,
    "calico_environment": {},
}
SEEN: dict[str, t.Any] = {
    "kernel": "6.12.0",
    "kernel_modules": {"ipip": "absent", "wireguard": "absent", "vxlan": "builtin"},
    "firewalls": [],
    "remains": [],
    "running_cluster": {},
    "interfaces": [{"name": "eth0"}, {"name": "tunl0"}],
}
RUNS = {"running_cluster": {"cni": "calico"}}
TUNNEL = {"interfaces": [{"name": "eth0"}, {"name": "vxlan.calico"}]}
FLANNEL_FILE = "/etc/cni/net.d/10-flannel.conflist"


def context(asked: dict[str, t.Any], seen: dict[str, t.Any]) -> Context:
    plan: t.Any = {**ASKED, **asked}
    return Context(plan, {"mini1": {"state": "ok", "facts": {**SEEN, **seen}}})


CASES: list[tuple[dict[str, t.Any], dict[str, t.Any], list[tuple[str, str]]]] = [
    ({}, {}, []),
    ({"cni": "flannel", "calico_version": "v1"}, {}, []),
    (
        {"calico_version": "3.33.0"},
        {},
        [
            (
                "calico-version-unsupported",
                'calico_version: "3.33.0" is no version of Calico: it is written like v3.33.0',
            )
        ],
    ),
    (
        {"calico_version": "v3.20.1"},
        {},
        [
            (
                "calico-version-unsupported",
                "calico_version: Calico v3.20.1 is none of the releases whose manifest is known: 3.28, 3.29, 3.30, 3.31, 3.32, 3.33",
            )
        ],
    ),
    (
        {"calico_version": "v3.28.5", "calico_dataplane": "nftables"},
        {},
        [
            (
                "calico-dataplane-impossible",
                "calico_dataplane is nftables, but Calico v3.28.5 writes iptables rules only; nftables came with v3.29",
            )
        ],
    ),
    # An unknown one is variable-invalid.
    ({"calico_dataplane": "ebpf"}, {}, []),
    ({"calico_pool_cidr": "10.244.0.0/20"}, {}, []),
    ({"pods": "10.244.0.0/16, fd00::/56", "calico_pool_cidr": "10.244.0.0/16,fd00::/56"}, {}, []),
    (
        {"calico_pool_cidr": "192.168.0.0/16"},
        {},
        [("calico-pool-outside-pods", "calico_pool_cidr 192.168.0.0/16 is outside of cluster_pod_cidr 10.244.0.0/16")],
    ),
    (
        {"calico_pool_cidr": "10.244.0.0/16,fd00::/56"},
        {},
        [("calico-pool-outside-pods", "calico_pool_cidr fd00::/56 is outside of cluster_pod_cidr 10.244.0.0/16")],
    ),
    (
        {"calico_environment": {"CALICO_IPV4POOL_CIDR": "192.168.0.0/16"}},
        {},
        [
            (
                "calico-pool-outside-pods",
                "calico_environment.CALICO_IPV4POOL_CIDR 192.168.0.0/16 is outside of cluster_pod_cidr 10.244.0.0/16",
            )
        ],
    ),
    (
        {"calico_pool_cidr": "pods"},
        {},
        [
            (
                "calico-pool-outside-pods",
                "calico_pool_cidr pods is no network: 'pods' does not appear to be an IPv4 or IPv6 network",
            )
        ],
    ),
    ({"pods": "nonsense"}, {}, []),
    (
        {"calico_encapsulation": "ipip"},
        {},
        [("kernel-module-missing", "its kernel 6.12.0 has no ipip, neither built in nor as a module")],
    ),
    ({"calico_encapsulation": "ipip"}, {"kernel_modules": {"ipip": "loadable"}}, []),
    (
        {"calico_encapsulation": "ipip"},
        {"kernel_modules": {"ipip": "loadable"}, "firewalls": ["ufw"]},
        [("calico-ipip-firewall", "ufw is active, and calico_encapsulation is ipip")],
    ),
    (
        {"calico_wireguard": "true"},
        {},
        [("kernel-module-missing", "its kernel 6.12.0 has no wireguard, neither built in nor as a module")],
    ),
    ({}, {**RUNS, **TUNNEL}, []),
    ({"calico_encapsulation": "vxlan_cross_subnet"}, {**RUNS, **TUNNEL}, []),
    ({"calico_encapsulation": "none"}, RUNS, []),
    (
        {"calico_encapsulation": "none"},
        {**RUNS, **TUNNEL},
        [("running-cluster-differs", "calico_encapsulation is none, but Calico runs here with VXLAN")],
    ),
    ({}, RUNS, [("running-cluster-differs", "calico_encapsulation is vxlan, but Calico runs here without VXLAN")]),
    ({"calico_encapsulation": "geneve"}, RUNS, []),
]


@pytest.mark.parametrize(("asked", "seen", "expected"), CASES)
def test_calico(asked: dict[str, t.Any], seen: dict[str, t.Any], expected: list[tuple[str, str]]) -> None:
    found = list(check_calico(context(asked, seen)))
    assert [(f["id"], f["message"]) for f in found] == expected
    assert all(f["fix"] and f["why"] and f["severity"] == "error" for f in found)


@pytest.mark.parametrize(
    ("asked", "seen", "message", "fix"),
    [
        ({}, {}, "", ""),
        (
            {},
            {"remains": [FLANNEL_FILE], "interfaces": [{"name": "cni0"}, {"name": "flannel.1"}]},
            f"has remains of flannel, but cluster_cni is calico: {FLANNEL_FILE}, cni0, flannel.1",
            f"`rm {FLANNEL_FILE} && ip link delete cni0 && ip link delete flannel.1`; or cluster_cni: flannel",
        ),
        (
            {"cni": "flannel"},
            {"interfaces": [{"name": "cali12ab"}, {"name": "vxlan.calico"}]},
            "has remains of calico, but cluster_cni is flannel: cali12ab, vxlan.calico",
            "`ip link delete cali12ab && ip link delete vxlan.calico`; or cluster_cni: calico",
        ),
        ({"cni": "flannel"}, {"remains": [FLANNEL_FILE], "interfaces": [{"name": "cni0"}]}, "", ""),
        ({"cni": "none"}, {"remains": [FLANNEL_FILE]}, "", ""),
        # A cluster that runs with it is told so, once.
        ({}, {"remains": [FLANNEL_FILE], "running_cluster": {"cni": "flannel"}}, "", ""),
    ],
)
def test_cni_remains(asked: dict[str, t.Any], seen: dict[str, t.Any], message: str, fix: str) -> None:
    found = list(check_cni_remains(context(asked, seen)))
    assert [f["message"] for f in found] == ([message] if message else [])
    assert [f["fix"] for f in found] == ([f"if nothing there is needed: {fix}"] if fix else [])
