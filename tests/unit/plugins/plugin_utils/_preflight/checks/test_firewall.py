# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom firewalls will let in."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.firewall import (
    check_firewall_clients,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context


def found(firewalls: list[str], clients: t.Any, own: str) -> list[t.Any]:
    plan = {"firewall_clients": clients, "control_node": {"mini1": own}, "node_ips": {"mini1": "192.168.0.11,fd00::11"}}
    hosts: t.Any = {"mini1": {"state": "ok", "facts": {"firewalls": firewalls}}}
    return list(check_firewall_clients(Context(t.cast("t.Any", plan), hosts)))


LAN = {"mini1": ["192.168.0.0/24"]}


@pytest.mark.parametrize(
    ("firewalls", "clients", "own"),
    [
        ([], LAN, "10.1.0.5"),
        (["ufw"], LAN, "192.168.0.5"),
        (["ufw"], {"mini1": ["0.0.0.0/0"]}, "10.1.0.5"),
        # The control node is the node itself.
        (["ufw"], {"mini1": []}, "fd00::11"),
        # The variable could not be evaluated, which is a finding of its own.
        (["ufw"], {}, "10.1.0.5"),
    ],
)
def test_the_control_node_is_let_in(firewalls: list[str], clients: t.Any, own: str) -> None:
    assert found(firewalls, clients, own) == []


@pytest.mark.parametrize(
    ("firewalls", "clients", "named", "fix"),
    [
        (["ufw"], LAN, "192.168.0.0/24", "192.168.0.0/24, 10.1.0.5"),
        (["firewalld"], {"mini1": []}, "nobody", "10.1.0.5"),
    ],
)
def test_the_control_node_is_shut_out(firewalls: list[str], clients: t.Any, named: str, fix: str) -> None:
    (one,) = found(firewalls, clients, "10.1.0.5")
    assert (one["severity"], one["id"], one["host"]) == ("warning", "control-node-shut-out", "mini1")
    assert (
        one["message"] == f"this machine reaches it from 10.1.0.5, which is none of prereqs_firewall_clients ({named})"
    )
    assert one["why"] == (
        f"Its active {firewalls[0]} would refuse every request to the API, and the run would stop there."
    )
    assert one["fix"].startswith(f"prereqs_firewall_clients: [{fix}], or the network of 10.1.0.5;")


def test_clients_are_networks() -> None:
    clients = {"mini1": ["192.168.0.1/24", "lan"], "mini2": ["lan", "fe80::1%x(rw) *"]}
    assert [(one["id"], one["message"]) for one in found([], clients, "10.1.0.5")] == [
        ("variable-invalid", "prereqs_firewall_clients: 192.168.0.1/24 has host bits set"),
        ("variable-invalid", "prereqs_firewall_clients: 'lan' does not appear to be an IPv4 or IPv6 network"),
        (
            "variable-invalid",
            "prereqs_firewall_clients: 'fe80::1%x(rw) *' has a zone (%), which means something on one host only; "
            "write the network without it",
        ),
    ]
