# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commands ufw and firewalld get, on a host that is played."""

from __future__ import annotations

import re
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import firewalld as _firewalld
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import ufw as _ufw
from ansible_collections.homelab.kubernetes.plugins.modules import firewall
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._ports import opening

API = opening("Kubernetes API", "6443", "tcp", "192.168.0.0/24")
OLD_API = opening("Kubernetes API", "6443", "tcp")
FROM_PODS = opening("from pods", source="10.244.0.0/16", route=True)
POLICY = 'rule family="ipv4" source address="{}" port port="6443" protocol="tcp" accept'
PODS_OUT = 'rule family="ipv4" source address="10.244.0.0/16" accept'

# As firewalld 2.3 prints it.
ZONES = "homelab-pods\n  sources: 10.244.0.0/16\npublic (default)\n  interfaces: eth0\n"
IN_ZONE = "zone homelab-pods: source 10.244.0.0/16"


class Host:
    """Takes commands, and answers for firewalld with the policies that run."""

    def __init__(self, purpose: str = "nodes", check_mode: bool = False, running: str = "", zones: str = "") -> None:
        self.params = {"purpose": purpose, "pod_cidrs": ["10.244.0.0/16"]}
        self.check_mode = check_mode
        self.answers = {"--list-all-policies": running, "--get-active-zones": zones or (ZONES if running else "")}
        self.commands: list[str] = []

    def get_bin_path(self, name: str, required: bool) -> str:
        return name

    def run_command(self, command: list[str], **_options: t.Any) -> tuple[int, str, str]:
        if command[-1] not in self.answers:
            self.commands.append(" ".join(command))
        return 0, self.answers.get(command[-1], ""), ""

    def atomic_move(self, source: str, target: str) -> None:
        shutil.move(source, target)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of both firewalls in one folder."""
    monkeypatch.setattr(firewall, "UFW_RULES", (str(tmp_path / "user.rules"), str(tmp_path / "user6.rules")))
    monkeypatch.setattr(firewall, "UFW_DEFAULTS", str(tmp_path / "ufw"))
    monkeypatch.setattr(_firewalld, "FOLDER", str(tmp_path / "policies"))
    monkeypatch.setattr(_firewalld, "TRUSTED", str(tmp_path / "trusted.xml"))
    monkeypatch.setattr(_firewalld, "ZONE_PATH", str(tmp_path / "zones/homelab-pods.xml"))
    (tmp_path / "ufw").write_text("IPV6=yes\n")
    return tmp_path


def rules_files(folder: Path, *openings: t.Mapping[str, t.Any]) -> None:
    """ufw's files with these openings in them."""
    for rule, comment in _ufw.wanted_rules(openings, True).items():
        route = "route:" if rule.route else ""
        line = f"### tuple ### {route}allow {rule.protocol} {rule.port} {rule.destination} any {rule.source} in"
        with open(folder / ("user6.rules" if ":" in rule.source else "user.rules"), "a") as file:
            file.write(f"{line} comment={comment.encode().hex()}\n")


def test_ufw_gets_what_is_missing_and_loses_what_is_old(folder: Path) -> None:
    rules_files(folder, OLD_API, FROM_PODS, opening("NFS", "2049", "tcp"))
    host = Host()
    added, removed = firewall.in_ufw(host, [API, FROM_PODS])
    assert host.commands == [
        "ufw allow proto tcp from 192.168.0.0/24 to 0.0.0.0/0 port 6443 comment homelab.kubernetes Kubernetes API",
        "ufw delete allow proto tcp from 0.0.0.0/0 to 0.0.0.0/0 port 6443",
        "ufw delete allow proto tcp from ::/0 to ::/0 port 6443",
    ]
    assert added == ["allow proto tcp from 192.168.0.0/24 to 0.0.0.0/0 port 6443"]
    assert len(removed) == 2


def test_ufw_is_left_alone_where_all_is_well(folder: Path) -> None:
    rules_files(folder, API, FROM_PODS)
    host = Host()
    assert firewall.in_ufw(host, [API, FROM_PODS]) == ([], [])
    assert host.commands == []


def test_without_ipv6_nothing_is_asked_of_it(folder: Path) -> None:
    rules_files(folder, OLD_API)
    (folder / "ufw").write_text("IPV6=no\n")
    host = Host()
    firewall.in_ufw(host, [])
    assert host.commands == ["ufw delete allow proto tcp from 0.0.0.0/0 to 0.0.0.0/0 port 6443"]


def test_a_dry_run_only_tells(folder: Path) -> None:
    host = Host(check_mode=True)
    assert firewall.in_ufw(host, [API])[0] == ["allow proto tcp from 192.168.0.0/24 to 0.0.0.0/0 port 6443"]
    assert firewall.in_firewalld(host, [API])[0] == [POLICY.format("192.168.0.0/24"), IN_ZONE]
    assert host.commands == []
    assert not (folder / "policies").exists()


def test_new_policies_are_loaded_and_pods_lose_their_trust(folder: Path) -> None:
    (folder / "trusted.xml").write_text('<zone><source address="10.244.0.0/16"/></zone>')
    host = Host()
    added, removed = firewall.in_firewalld(host, [API, FROM_PODS])
    assert host.commands == [
        "firewall-cmd --permanent --zone=trusted --remove-source=10.244.0.0/16",
        "firewall-cmd --reload",
    ]
    assert added == sorted([POLICY.format("192.168.0.0/24"), PODS_OUT, IN_ZONE])
    assert '<source address="10.244.0.0/16"/>' in (folder / "zones/homelab-pods.xml").read_text()
    assert removed == ["zone trusted: source 10.244.0.0/16"]
    assert sorted(path.name for path in (folder / "policies").iterdir()) == ["homelab-forward.xml", "homelab-nodes.xml"]


def running(nodes: str) -> str:
    return (
        f"homelab-nodes (active)\n  rich rules: \n\t{nodes}\n\nhomelab-forward (active)\n  rich rules: \n\t{PODS_OUT}\n"
    )


def test_other_rules_need_no_reload(folder: Path) -> None:
    host = Host(running=running(POLICY.format("192.168.0.9")))
    firewall.in_firewalld(host, [API, FROM_PODS])
    assert host.commands == [
        f"firewall-cmd --policy=homelab-nodes --add-rich-rule={POLICY.format('192.168.0.0/24')}",
        f"firewall-cmd --policy=homelab-nodes --remove-rich-rule={POLICY.format('192.168.0.9')}",
    ]


def test_a_run_that_was_cut_off_before_the_reload(folder: Path) -> None:
    firewall.in_firewalld(Host(), [API, FROM_PODS])
    late = Host()
    assert firewall.in_firewalld(late, [API, FROM_PODS])[0]
    assert late.commands == ["firewall-cmd --reload"]
    done = Host(running=running(POLICY.format("192.168.0.0/24")))
    assert firewall.in_firewalld(done, [API, FROM_PODS]) == ([], [])
    assert done.commands == []


def test_pods_get_into_their_zone_though_the_policies_run(folder: Path) -> None:
    firewall.in_firewalld(Host(), [API, FROM_PODS])
    zones = "public (default)\n  interfaces: eth0\n  sources: 10.9.0.0/16\n"
    host = Host(running=running(POLICY.format("192.168.0.0/24")), zones=zones)
    assert firewall.in_firewalld(host, [API, FROM_PODS]) == ([IN_ZONE], [])
    assert host.commands == ["firewall-cmd --reload"]


def test_shares_have_nothing_to_do_with_pods(folder: Path) -> None:
    host = Host(purpose="nfs")
    host.params["pod_cidrs"] = []
    firewall.in_firewalld(host, [opening("NFS", "2049", "tcp")])
    assert host.commands == ["firewall-cmd --reload"]
    assert not (folder / "zones").exists()


def test_a_policy_without_rules_goes(folder: Path) -> None:
    firewall.in_firewalld(Host(), [API, FROM_PODS])
    host = Host(running=running(POLICY.format("192.168.0.0/24")))
    assert firewall.in_firewalld(host, [API]) == ([], [PODS_OUT])
    assert host.commands == ["firewall-cmd --reload"]
    assert [path.name for path in (folder / "policies").iterdir()] == ["homelab-nodes.xml"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            opening("kubelet", "10250", "tcp", 'fe80::1%x" accept'),
            "'fe80::1%x\" accept' has a zone (%), which means something on one host only; write the network without it",
        ),
        (opening("kubelet", "ssh", "tcp"), 'the opening "kubelet" has the port "ssh" and protocol tcp'),
        (opening("kubelet", "22", "any"), 'the opening "kubelet" has the port "22" and protocol any'),
        (opening("virtual IP", "22", "vrrp"), 'the opening "virtual IP" has the port "22" and protocol vrrp'),
        (opening("kubelet", "", "tcp"), 'the opening "kubelet" has the port "" and protocol tcp'),
    ],
)
def test_only_ports_and_addresses_become_rules(given: t.Mapping[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        firewall.checked(given)


def test_addresses_get_one_spelling() -> None:
    assert firewall.checked(opening("x", "1", "tcp", "FD00:0::11/128"))["source"] == "fd00::11"
