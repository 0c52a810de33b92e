# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import resolver as _resolver

STUB = "nameserver 127.0.0.53\noptions edns0\n"
LAN = "# made by dhcp\nnameserver 192.168.0.1\nnameserver fd00::1\nsearch lan\n"


@pytest.mark.parametrize(
    ("etc", "resolved", "expected"),
    [
        (LAN, "", "/etc"),
        (LAN, LAN, "/etc"),
        (STUB, LAN, "/resolved"),
        ("nameserver ::1\n", LAN, "/resolved"),
        ("nameserver 192.168.0.1\nnameserver 127.0.0.1\n", LAN, "/resolved"),
        ("nameserver fe80::1%eth0\n", LAN, "/resolved"),
    ],
)
def test_choose(etc: str, resolved: str, expected: str) -> None:
    assert _resolver.choose([("/etc", etc), ("/resolved", resolved)]) == expected


def test_a_host_with_loopback_servers_only_is_explained() -> None:
    error = (
        "no resolver file of this host names a server that pods can reach (/etc: 127.0.0.53; /resolved: no server); pods "
        "asking a loopback server would ask CoreDNS itself, and a link-local one is on another cable. Set kubeadm_nameservers "
        "to the addresses of your name servers, for example your router's."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        _resolver.choose([("/etc", STUB), ("/resolved", "")])


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("nameserver fe80::1%eth0\nsearch fritz.box\n", False),
        ("nameserver 169.254.1.1\nnameserver 0.0.0.0\n", False),
        # The usual home: the router's own announcement beside an address from DHCP.
        ("nameserver fe80::1%eth0\nnameserver 192.168.178.1\n", True),
        ("nameserver 127.0.0.1\nnameserver 192.168.178.1\n", False),
    ],
)
def test_a_link_local_server_means_nothing_to_a_pod(text: str, usable: bool) -> None:
    candidates = [("/etc/resolv.conf", text), ("/run/systemd/resolve/resolv.conf", "")]
    if usable:
        assert _resolver.choose(candidates) == "/etc/resolv.conf"
    else:
        with pytest.raises(ValueError, match="Set kubeadm_nameservers to the addresses"):
            _resolver.choose(candidates)
