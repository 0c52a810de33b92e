# SPDX-License-Identifier: GPL-3.0-or-later
"""The address that control planes keep between them: whether there is one, its packages, and what keepalived reads."""

from __future__ import annotations

import re
import shlex
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER
from ansible_collections.homelab.kubernetes.plugins.modules.host_facts import READ_BY
from ansible_collections.homelab.kubernetes.tests.unit.roles.rendering_of_tests import (
    DEBIAN13,
    ROCKY9,
    ROCKY10,
    render,
)

ROLES = Path(__file__).parents[3] / "roles"
GROUPS = {"cluster": ["cp1", "cp2", "w1"], "control_plane": ["cp1", "cp2"], "workers": ["w1"]}
VIRTUAL_IP = {
    "inventory_hostname": "cp1",
    "groups": GROUPS,
    "_cluster_node_addresses": {
        "cp1": ["192.168.0.11", "fd00::11"],
        "cp2": ["192.168.0.12", "fd00::12"],
        "w1": ["192.168.0.21"],
    },
    "__preflight_host": {
        "host": {
            "installed": {},
            "packages_known": True,
            "interfaces": [
                {"name": "eno2", "addresses": ["10.3.0.11/16"]},
                {"name": "eno1", "addresses": ["192.168.0.11/24", "fd00::11/64"]},
            ],
        }
    },
}


@pytest.mark.parametrize(
    ("endpoint", "given", "expected"),
    [
        ("", {}, ""),
        ("192.168.0.11", {}, ""),
        ("192.168.0.21", {}, ""),
        ("k8s.home.lan", {}, ""),
        ("192.168.0.10", {}, "192.168.0.10"),
        ("192.168.0.10", {"virtual_ip_provider": "keepalived"}, "192.168.0.10"),
        ("192.168.0.10", {"virtual_ip_provider": "none"}, ""),
        ("FD00:0::10", {}, "fd00::10"),
    ],
)
def test_the_cluster_has_an_address_that_moves(endpoint: str, given: dict[str, str], expected: str) -> None:

    text = yaml.safe_load((ROLES / "cluster/vars/main.yml").read_text())["_cluster_virtual_ip"]
    assert render("cluster", DEBIAN13, text, cluster_endpoint=endpoint, **VIRTUAL_IP, **given) == [expected]


@pytest.mark.parametrize(
    ("endpoint", "given", "expected"),
    [
        ("192.168.0.10", {}, "192.168.0.10:6443"),
        ("192.168.0.10", {"virtual_ip_haproxy_port": 8443}, "192.168.0.10:8443"),
        ("192.168.0.10", {"virtual_ip_haproxy_port": "8443"}, "192.168.0.10:8443"),
        ("FD00:0::10", {"virtual_ip_haproxy_port": 8443}, "[fd00::10]:8443"),
        ("192.168.0.10", {"virtual_ip_haproxy_port": 8443, "virtual_ip_provider": "none"}, "192.168.0.10:6443"),
        ("192.168.0.11", {"virtual_ip_haproxy_port": 8443}, "192.168.0.11:6443"),
        ("k8s.home.lan", {"virtual_ip_haproxy_port": 8443}, "k8s.home.lan:6443"),
    ],
)
def test_haproxy_has_a_port_of_its_own(endpoint: str, given: dict[str, t.Any], expected: str) -> None:
    found = render("cluster", DEBIAN13, "_cluster_endpoint", cluster_endpoint=endpoint, **VIRTUAL_IP, **given)
    assert found == [expected]


@pytest.mark.parametrize(
    ("facts", "installed", "packages"),
    [
        (DEBIAN13, {}, ["curl", "keepalived"]),
        (DEBIAN13, {"curl": "8.14.1-2"}, ["keepalived"]),
        (DEBIAN13, {"curl": "8.14.1-2", "keepalived": "1:2.3.3-1"}, []),
        (ROCKY9, {"curl": "7.76.1-31.el9"}, ["keepalived"]),
        (ROCKY10, {"curl-minimal": "8.9.1-5.el10"}, ["keepalived"]),
        (ROCKY10, {"keepalived": "2.2.8-6.el10"}, ["curl"]),
    ],
)
def test_packages_of_the_virtual_ip(facts: dict[str, str], installed: dict[str, str], packages: list[str]) -> None:
    host = {"host": {"installed": installed, "packages_known": True}}
    assert render("virtual_ip", facts, "_virtual_ip_packages_missing", __preflight_host=host) == [packages]
    (found,) = render(
        "virtual_ip", facts, "_virtual_ip_packages_missing", __preflight_host=host, virtual_ip_haproxy_port=8443
    )
    assert found == [*packages, "haproxy"]


KEEPALIVED = """\
global_defs {
    enable_script_security
    script_user nobody
}

vrrp_script api_server {
    script "/usr/libexec/keepalived/homelab-api-server"
    interval 1
    timeout 3
    fall 2
    rise 2
}

vrrp_instance homelab {
    state BACKUP
    nopreempt
    version 3
    interface eno1
    virtual_router_id ROUTER
    priority 254
    advert_int 0.5
    garp_master_delay 1
    garp_master_refresh 60
    unicast_src_ip SOURCE
    track_src_ip
    check_unicast_src
    unicast_peer {
PEERS
    }
    track_script {
        api_server
    }
    virtual_ipaddress {
        ADDRESS
    }
}
"""


def without_check(text: str) -> str:
    """The configuration of a host that is alone, and has nobody to give the address to."""
    text = re.sub(r"vrrp_script .*?\n}\n\n", "", text, flags=re.DOTALL)
    return re.sub(r"    track_script .*?    }\n", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("address", "control_planes", "values"),
    [
        (
            "192.168.0.10",
            ["cp1", "cp2", "w1"],
            {
                "ROUTER": "10",
                "SOURCE": "192.168.0.11",
                # keepalived reads the first of a line and says nothing of the others.
                "PEERS": "        192.168.0.12\n        192.168.0.21",
                "ADDRESS": "192.168.0.10/32",
            },
        ),
        (
            "fd00::10",
            ["cp1", "cp2"],
            {"ROUTER": "16", "SOURCE": "fd00::11", "PEERS": "        fd00::12", "ADDRESS": "fd00::10/128"},
        ),
        (
            "192.168.0.10",
            ["cp1"],
            {
                "ROUTER": "10",
                "SOURCE": "192.168.0.11",
                "PEERS": "        127.0.0.1",
                "ADDRESS": "192.168.0.10/32",
            },
        ),
        (
            "fd00::10",
            ["cp1"],
            {"ROUTER": "16", "ADDRESS": "fd00::10/128"},
        ),
    ],
)
def test_what_keepalived_is_told(address: str, control_planes: list[str], values: dict[str, str]) -> None:
    given = {**VIRTUAL_IP, "groups": {**GROUPS, "control_plane": control_planes}, "_cluster_virtual_ip": address}
    template = (ROLES / "virtual_ip/templates/keepalived.conf.j2").read_text()
    (text,) = render("virtual_ip", DEBIAN13, template, **given)
    assert text.startswith(HEADER + f"# {address} is where the API is reached.")
    wanted = KEEPALIVED if len(control_planes) > 1 else without_check(KEEPALIVED)
    if "PEERS" not in values:
        wanted = re.sub(r"    unicast_src_ip .*?    }\n", "", wanted, flags=re.DOTALL)
    for name, value in values.items():
        wanted = wanted.replace(name, value)
    told = "".join(line + "\n" for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert told == wanted


HAPROXY = """\
global
    maxconn 4096
    log stdout format raw daemon notice

defaults
    mode tcp
    log global
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout tunnel 1h
    timeout client-fin 30s
    option clitcpka
    option srvtcpka

frontend api
    bind BIND
    default_backend api_servers

backend api_servers
    balance leastconn
    retries 3
    option redispatch 1
    option httpchk
    http-check connect ssl sni kubernetes
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
    http-check expect status 200
    default-server check verify none inter 2s fastinter 500ms downinter 1s fall 2 rise 2 slowstart 20s \
on-marked-down shutdown-sessions
SERVERS
"""


@pytest.mark.parametrize(
    ("address", "port", "control_planes", "values"),
    [
        (
            "192.168.0.10",
            8443,
            ["cp1", "cp2", "w1"],
            {
                "BIND": ":8443",
                "SERVERS": "    server cp1 192.168.0.11:6443\n    server cp2 192.168.0.12:6443\n    server w1 192.168.0.21:6443",
            },
        ),
        ("192.168.0.10", "443", ["cp1"], {"BIND": ":443", "SERVERS": "    server cp1 192.168.0.11:6443"}),
        # The check of keepalived asks 127.0.0.1.
        (
            "fd00::10",
            8443,
            ["cp2", "cp1"],
            {
                "BIND": "[::]:8443 v4v6",
                "SERVERS": "    server cp2 [fd00::12]:6443\n    server cp1 [fd00::11]:6443",
            },
        ),
    ],
)
def test_what_haproxy_is_told(address: str, port: int | str, control_planes: list[str], values: dict[str, str]) -> None:
    given = {**VIRTUAL_IP, "groups": {**GROUPS, "control_plane": control_planes}, "_cluster_virtual_ip": address}
    template = (ROLES / "virtual_ip/templates/homelab-api-balancer.cfg.j2").read_text()
    (text,) = render("virtual_ip", DEBIAN13, template, virtual_ip_haproxy_port=port, **given)
    assert text.startswith(HEADER + f"# Port {port} of {address} is where the API is reached.")
    wanted = HAPROXY
    for name, value in values.items():
        wanted = wanted.replace(name, value)
    assert "".join(line + "\n" for line in text.splitlines() if not line.lstrip().startswith("#")) == wanted


def test_the_service_is_not_that_of_the_distribution() -> None:
    text = (ROLES / "virtual_ip/files/homelab-api-balancer.service").read_text()
    assert text.startswith(HEADER)
    lines = text.splitlines()
    (variables,) = render(
        "virtual_ip", DEBIAN13, "{{ [_virtual_ip_balancer_unit, _virtual_ip_balancer_configuration] }}"
    )
    assert variables == [
        "/etc/systemd/system/homelab-api-balancer.service",
        "/etc/haproxy/homelab-api-balancer.cfg",
    ]
    assert set(re.findall(r"/etc/\S+", text)) == {variables[1]}
    for line in (
        "Type=notify",
        "ExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/homelab-api-balancer.cfg",
        "Restart=always",
        "User=haproxy",
        "WantedBy=multi-user.target",
    ):
        assert line in lines
    # A configuration that is wrong is noticed before the one that works is gone.
    reloads = [line.partition("=")[2] for line in lines if line.startswith("ExecReload=")]
    assert reloads == ["/usr/sbin/haproxy -c -q -f /etc/haproxy/homelab-api-balancer.cfg", "/bin/kill -USR2 $MAINPID"]


def test_what_systemd_has_not_read_is_known() -> None:
    names = ["_virtual_ip_configuration", "_virtual_ip_balancer_configuration", "_virtual_ip_balancer_unit"]
    assert set(render("virtual_ip", DEBIAN13, *names)) <= set(READ_BY)


@pytest.mark.parametrize("port", [6443, 8443])
def test_the_check_of_an_api_server_trusts_nobody_else(port: int) -> None:
    template = (ROLES / "virtual_ip/templates/homelab-api-server.j2").read_text()
    given = {"virtual_ip_haproxy_port": port if port != 6443 else 0, "_cluster_endpoint_port": port}
    (script,) = render("virtual_ip", DEBIAN13, template, **given)
    assert script.startswith("#!/bin/sh\n" + HEADER)
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=True).returncode == 0
    words = shlex.split(script, comments=True)
    assert words[-1] == f"https://kubernetes:{port}/readyz"
    assert words[words.index("--cacert") + 1] == "/etc/kubernetes/pki/ca.crt"
    assert words[words.index("--resolve") + 1] == f"kubernetes:{port}:127.0.0.1"
    assert words[words.index("--max-time") + 1] == "2"
