# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses out of text: what is taken is an address and nothing else."""

from __future__ import annotations

import ast
import ipaddress
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as _nfs_exports
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _ports as _firewall
from hypothesis import given
from hypothesis import strategies as st

PLUGINS = Path(__file__).parents[4] / "plugins"
# Texts near enough to addresses that some of them are taken.
ADDRESSES = st.one_of(st.ip_addresses().map(str), st.ip_addresses(network="fe80::/64").map(str))
TAILS = st.one_of(st.just(""), st.integers(0, 128).map(lambda bits: f"/{bits}"), st.text(max_size=12))
TEXTS = st.one_of(
    st.text(max_size=40),
    st.tuples(ADDRESSES, st.sampled_from(["", "%", "%eth0", "%x(rw) *", '%x" accept']), TAILS).map("".join),
    st.builds(lambda a, bits: str(ipaddress.ip_network((a, bits), strict=False)), ADDRESSES, st.integers(0, 32)),
)

FAIL: list[tuple[t.Callable[[str], object], str, str]] = [
    (
        _ip.address,
        "fe80::1%eth0",
        "'fe80::1%eth0' has a zone (%), which means something on one host only; write the address without it",
    ),
    (
        _ip.network,
        "fe80::1%x(rw) *",
        "'fe80::1%x(rw) *' has a zone (%), which means something on one host only; write the network without it",
    ),
    (
        _ip.interface,
        "fe80::1%x/64",
        "'fe80::1%x/64' has a zone (%), which means something on one host only; write the interface without it",
    ),
    (_ip.address, "mini1", "'mini1' does not appear to be an IPv4 or IPv6 address"),
    (_ip.address, "", "'' does not appear to be an IPv4 or IPv6 address"),
    (_ip.address, "192.0.2.\u0661", "'192.0.2.\\u0661' does not appear to be an IPv4 or IPv6 address"),
    (_ip.address, "192.0.2.1\n", "'192.0.2.1\\n' does not appear to be an IPv4 or IPv6 address"),
    (_ip.network, "1" * 99, f"'{'1' * 61}...' does not appear to be an IPv4 or IPv6 network"),
    (_ip.network, "192.0.2.1/24", "192.0.2.1/24 has host bits set"),
    (_ip.canonical, "192.0.2.1/24", "192.0.2.1/24 has host bits set"),
]


@pytest.mark.parametrize(("function", "text", "message"), FAIL)
def test_refused(function: t.Callable[[str], object], text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function(text)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("192.0.2.11", "192.0.2.11"),
        ("192.0.2.11/32", "192.0.2.11"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("FD00:0::0/8", "fd00::/8"),
        ("FD00:0::11/128", "fd00::11"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_one_spelling(text: str, spelling: str) -> None:
    assert _ip.canonical(text) == spelling


@pytest.mark.parametrize(
    ("texts", "networks"),
    [
        ([], []),
        (["fd00::1", "10.0.0.1", "10.0.0.0/24"], ["10.0.0.0/24", "fd00::1/128"]),
        (["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"]),
        (["::/1", "8000::/1", "10.0.0.0/8"], ["10.0.0.0/8", "::/0"]),
    ],
)
def test_networks_add_up(texts: list[str], networks: list[str]) -> None:
    assert [str(network) for network in _ip.summary(texts)] == networks


@given(TEXTS)
def test_a_client_that_is_accepted_is_the_text_of_its_network(text: str) -> None:
    """Nothing but the address reaches exports(5), whatever was written."""
    item = _nfs_exports.export({"path": "/srv/nfs/a", "clients": [text]}, [], ["rw"])
    if not list(_nfs_exports.malformed(item)):
        written = _nfs_exports.exports_text([item]).splitlines()[1]
        network = ipaddress.ip_network(text) if text != "*" else "*"
        assert written in (f"/srv/nfs/a {network}(rw)", f"/srv/nfs/a {str(network).rpartition('/')[0]}(rw)")


@given(TEXTS)
def test_a_peer_that_is_accepted_is_the_text_of_its_address(text: str) -> None:
    """Nothing but addresses reaches a firewall's rules."""
    try:
        rules = _firewall.firewall_ports([text], control_plane=True, cni="flannel", pod_cidrs=[], control_planes=[text])
    except ValueError:
        return
    assert {rule["source"] for rule in rules} == {str(ipaddress.ip_address(text))}


def test_nothing_else_parses_the_text_of_an_address() -> None:
    """All text goes through this one place; bytes of the kernel and of certificates, and sums, are no text.

    The address plan has a guard of its own, with repairs; a file that is copied to hosts alone cannot import this one.
    """
    own = {
        "module_utils/_ip.py",
        "module_utils/_host/facts.py",
        "module_utils/_host/netlink.py",
        "module_utils/_kubelet/serving_csr.py",
        "plugin_utils/_address/values.py",
    }
    calls = ("ip_address", "ip_network", "ip_interface", "IPAddress", "IPNetwork")
    found = [
        f"{path.name}:{node.lineno}"
        for path in PLUGINS.rglob("*.py")
        if str(path.relative_to(PLUGINS)) not in own
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in calls
    ]
    assert found == []
