# SPDX-License-Identifier: GPL-3.0-or-later
"""What ufw has, and what it is told."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import ufw as _ufw
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall.ufw import Rule
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._ports import opening


def comment(text: str) -> str:
    return f" comment={text.encode().hex()}"


# As ufw 0.36 writes them.
USER_RULES = f"""*filter
:ufw-user-input - [0:0]
### RULES ###

### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 22 -j ACCEPT

### tuple ### allow tcp 6443 0.0.0.0/0 any 0.0.0.0/0 in{comment("homelab.kubernetes Kubernetes API")}
-A ufw-user-input -p tcp --dport 6443 -j ACCEPT

### tuple ### allow tcp 10250 0.0.0.0/0 any 192.168.0.12 in{comment("homelab.kubernetes kubelet")}
### tuple ### allow tcp 2049 0.0.0.0/0 any 192.168.0.12 in{comment("homelab.kubernetes NFS")}
### tuple ### route:allow any any 0.0.0.0/0 any 10.244.0.0/16 in{comment("homelab.kubernetes from pods")}
### tuple ### allow vrrp any 0.0.0.0/0 any 192.168.0.12 in{comment("homelab.kubernetes virtual IP")}
### tuple ### allow tcp 8472 0.0.0.0/0 any 192.168.0.9 in{comment("mine: kubelet")}
### tuple ### deny tcp 23 0.0.0.0/0 any 0.0.0.0/0 in{comment("homelab.kubernetes kubelet")}
### tuple ### allow tcp 25 0.0.0.0/0 any 0.0.0.0/0 in_eth0{comment("homelab.kubernetes kubelet")}
### tuple ### allow any 80,443/tcp 0.0.0.0/0 any 0.0.0.0/0 Nginx%20Full - in
### END RULES ###
"""
API = Rule(False, "tcp", "6443", "0.0.0.0/0", "0.0.0.0/0")
KUBELET = Rule(False, "tcp", "10250", "0.0.0.0/0", "192.168.0.12")
SHARE = Rule(False, "tcp", "2049", "0.0.0.0/0", "192.168.0.12")
VRRP = Rule(False, "vrrp", "any", "0.0.0.0/0", "192.168.0.12")
FROM_PODS = Rule(True, "any", "any", "0.0.0.0/0", "10.244.0.0/16")


def test_rules_that_are_there() -> None:
    assert _ufw.present_rules(USER_RULES) == {
        Rule(False, "tcp", "22", "0.0.0.0/0", "0.0.0.0/0"): "",
        API: "homelab.kubernetes Kubernetes API",
        KUBELET: "homelab.kubernetes kubelet",
        SHARE: "homelab.kubernetes NFS",
        FROM_PODS: "homelab.kubernetes from pods",
        VRRP: "homelab.kubernetes virtual IP",
        Rule(False, "tcp", "8472", "0.0.0.0/0", "192.168.0.9"): "mine: kubelet",
    }


@pytest.mark.parametrize(
    ("wanted", "nfs", "stale"),
    [
        ([API, KUBELET, FROM_PODS, VRRP], False, []),
        ([KUBELET], False, [API, FROM_PODS, VRRP]),
        ([], True, [SHARE]),
        ([SHARE], True, []),
    ],
)
def test_only_rules_of_ours_go(wanted: list[Rule], nfs: bool, stale: list[Rule]) -> None:
    present = _ufw.present_rules(USER_RULES)
    assert _ufw.stale_rules(present, wanted, lambda words: (words == "NFS") is nfs) == stale


@pytest.mark.parametrize(
    ("given", "ipv6", "rules"),
    [
        (opening("kubelet", "10250", "tcp", "192.168.0.12"), True, [KUBELET]),
        (opening("from pods", source="10.244.0.0/16", route=True), True, [FROM_PODS]),
        (opening("API", "6443", "tcp", "0.0.0.0/0"), True, [API]),
        (
            opening("to pods", source="fd00:168::/64", destination="fd00:10::/56", route=True),
            True,
            [Rule(True, "any", "any", "fd00:10::/56", "fd00:168::/64")],
        ),
        # Anybody is two rules, where ufw knows IPv6 at all.
        (
            opening("NFS", "2049", "tcp"),
            True,
            [
                Rule(False, "tcp", "2049", "0.0.0.0/0", "0.0.0.0/0"),
                Rule(False, "tcp", "2049", "::/0", "::/0"),
            ],
        ),
        (opening("virtual IP", protocol="vrrp", source="192.168.0.12"), True, [VRRP]),
        (opening("NFS", "2049", "tcp"), False, [Rule(False, "tcp", "2049", "0.0.0.0/0", "0.0.0.0/0")]),
    ],
)
def test_rules_of_an_opening(given: t.Mapping[str, t.Any], ipv6: bool, rules: list[Rule]) -> None:
    assert _ufw.wanted_rules([given], ipv6) == dict.fromkeys(rules, f"homelab.kubernetes {given['comment']}")


def test_two_families_do_not_meet() -> None:
    given = opening("to pods", source="fd00::/64", destination="10.244.0.0/16", route=True)
    with pytest.raises(ValueError, match=f"^{re.escape('no packet goes from fd00::/64 to 10.244.0.0/16')}$"):
        _ufw.wanted_rules([given], True)


@pytest.mark.parametrize(
    ("rule", "options", "command"),
    [
        (
            KUBELET,
            {"comment": "homelab.kubernetes kubelet"},
            "ufw allow proto tcp from 192.168.0.12 to 0.0.0.0/0 port 10250 comment homelab.kubernetes kubelet",
        ),
        (API, {"delete": True}, "ufw delete allow proto tcp from 0.0.0.0/0 to 0.0.0.0/0 port 6443"),
        (
            VRRP,
            {"comment": "homelab.kubernetes virtual IP"},
            "ufw allow proto vrrp from 192.168.0.12 to 0.0.0.0/0 comment homelab.kubernetes virtual IP",
        ),
        (FROM_PODS, {"delete": True}, "ufw route delete allow from 10.244.0.0/16 to 0.0.0.0/0"),
    ],
)
def test_commands(rule: Rule, options: dict[str, t.Any], command: str) -> None:
    assert " ".join(rule.command(**options)) == command


@pytest.mark.parametrize(
    ("text", "ipv6"),
    [("IPV6=yes\n", True), ("# IPV6=yes\nIPV6=no\n", False), ('IPV6="yes"', True), ("", False)],
)
def test_ipv6_may_be_off(text: str, ipv6: bool) -> None:
    assert _ufw.has_ipv6(text) is ipv6
