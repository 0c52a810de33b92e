# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld's policies: their files, and what runs."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import firewalld as _firewalld
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._ports import opening

KUBELET = opening("kubelet", "10250", "tcp", "192.168.0.12")
PORTS = opening("NodePort services", "30000:32767", "udp", "fd00:168::/64")
TO_PODS = opening("to pods", source="192.168.0.0/24", destination="10.244.0.0/16", route=True)
FROM_PODS = opening("from pods", source="10.244.0.0/16", route=True)
EVERYBODY = opening("to pods", source="0.0.0.0/0", destination="10.244.0.0/16", route=True)
VRRP = opening("virtual IP", protocol="vrrp", source="192.168.0.12")
SHARE = opening("NFS", "2049", "tcp")


@pytest.mark.parametrize(
    ("given", "rule", "xml"),
    [
        (
            KUBELET,
            'rule family="ipv4" source address="192.168.0.12" port port="10250" protocol="tcp" accept',
            '<rule family="ipv4"><source address="192.168.0.12"/><port port="10250" protocol="tcp"/><accept/></rule>',
        ),
        (
            PORTS,
            'rule family="ipv6" source address="fd00:168::/64" port port="30000-32767" protocol="udp" accept',
            '<rule family="ipv6"><source address="fd00:168::/64"/><port port="30000-32767" protocol="udp"/><accept/></rule>',
        ),
        (
            TO_PODS,
            'rule family="ipv4" source address="192.168.0.0/24" destination address="10.244.0.0/16" accept',
            '<rule family="ipv4"><source address="192.168.0.0/24"/><destination address="10.244.0.0/16"/><accept/></rule>',
        ),
        (
            EVERYBODY,
            'rule family="ipv4" destination address="10.244.0.0/16" accept',
            '<rule family="ipv4"><destination address="10.244.0.0/16"/><accept/></rule>',
        ),
        (
            VRRP,
            'rule family="ipv4" source address="192.168.0.12" protocol value="vrrp" accept',
            '<rule family="ipv4"><source address="192.168.0.12"/><protocol value="vrrp"/><accept/></rule>',
        ),
        (
            SHARE,
            'rule port port="2049" protocol="tcp" accept',
            '<rule><port port="2049" protocol="tcp"/><accept/></rule>',
        ),
    ],
)
def test_a_rule(given: t.Mapping[str, t.Any], rule: str, xml: str) -> None:
    found = [policy.rules for policy in _firewalld.policies("nodes", [given]) if policy.rules]
    assert found == [{rule: xml}]


def test_what_passes_through_has_a_policy_of_its_own() -> None:
    found = _firewalld.policies("nodes", [KUBELET, FROM_PODS, TO_PODS, KUBELET])
    assert [(policy.name, policy.egress, len(policy.rules)) for policy in found] == [
        ("homelab-nodes", "HOST", 1),
        ("homelab-forward", "ANY", 2),
    ]
    (share,) = _firewalld.policies("nfs", [SHARE])
    assert share.path == "/etc/firewalld/policies/homelab-nfs.xml"


def test_the_file() -> None:
    nodes, forward = _firewalld.policies("nodes", [KUBELET])
    assert _firewalld.policy_text(forward) == ""
    root = ET.fromstring(_firewalld.policy_text(nodes))
    assert (root.tag, root.attrib) == ("policy", {"priority": "-1", "target": "CONTINUE"})
    assert [(child.tag, child.attrib) for child in root] == [
        ("short", {}),
        ("description", {}),
        ("ingress-zone", {"name": "ANY"}),
        ("egress-zone", {"name": "HOST"}),
        ("rule", {"family": "ipv4"}),
    ]


@pytest.mark.parametrize("purpose", ["nodes", "nfs"])
def test_a_policy_holds_for_cards_in_every_zone_and_before_its_rules(purpose: str) -> None:
    """NetworkManager puts cards into other zones than the default one, and those reject or drop."""
    for policy in _firewalld.policies(purpose, [KUBELET, FROM_PODS]):
        root = ET.fromstring(_firewalld.policy_text(policy))
        assert [zone.get("name") for zone in root.iter("ingress-zone")] == ["ANY"]
        assert int(root.attrib["priority"]) < 0


# As firewalld 1.3 prints it.
LISTED = """allow-host-ipv6 (active)
  priority: -15000
  target: CONTINUE
  ingress-zones: ANY
  egress-zones: HOST
  services: 
  icmp-blocks: 
  rich rules: 
\trule family="ipv6" icmp-type name="neighbour-advertisement" accept
\trule family="ipv6" icmp-type name="router-advertisement" accept

homelab-nodes (active)
  priority: -1
  rich rules: 
\trule family="ipv4" source address="192.168.0.12" port port="10250" protocol="tcp" accept

homelab-forward
  rich rules: 
"""  # noqa: W291


def test_what_runs() -> None:
    found = _firewalld.running_rules(LISTED)
    assert list(found) == ["allow-host-ipv6", "homelab-nodes", "homelab-forward"]
    (nodes, _forward) = _firewalld.policies("nodes", [KUBELET])
    assert found["homelab-nodes"] == set(nodes.rules)
    assert found["homelab-forward"] == set()


def test_pods_are_not_trusted() -> None:
    zone = '<zone target="ACCEPT">\n  <source address="10.244.0.0/16"/>\n  <source address="10.0.0.0/8"/>\n</zone>\n'
    assert _firewalld.trusted_sources(zone, ["10.244.0.0/16", "fd00:10::/56"]) == ["10.244.0.0/16"]
    assert _firewalld.trusted_sources("", ["10.244.0.0/16"]) == []
