# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forward proxy is asked for, and what it is not."""

from __future__ import annotations

import ipaddress
import re
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._proxy import (
    environment,
    exceptions,
    no_proxy,
    place,
    repaired,
)
from hypothesis import given
from hypothesis import strategies as st

ALWAYS = "localhost,127.0.0.1,::1,.svc"
PLAN: dict[str, t.Any] = {
    "nodes": ["192.168.0.11", "192.168.0.21"],
    "pods": "10.244.0.0/16",
    "services": "10.96.0.0/12",
    "endpoint": "192.168.0.11",
    "dns_domain": "cluster.local",
}
PROXY = "http://192.168.0.5:3128"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, f"{ALWAYS},.cluster.local,192.168.0.11,192.168.0.21,10.244.0.0/16,10.96.0.0/12"),
        (
            {"endpoint": "k8s.home.lan", "dns_domain": "home.arpa", "nodes": ["192.168.0.11"]},
            f"{ALWAYS},.home.arpa,k8s.home.lan,192.168.0.11,10.244.0.0/16,10.96.0.0/12",
        ),
        (
            {
                "nodes": ["fd00::11", "FD00:0::0021"],
                "pods": "fd00:10:244::/56",
                "services": "fd00:10:96::/112",
                "endpoint": "fd00::11",
            },
            f"{ALWAYS},.cluster.local,fd00::11,fd00::21,fd00:10:244::/56,fd00:10:96::/112",
        ),
        (
            {
                "nodes": ["192.168.0.11", "fd00::11"],
                "pods": "10.244.0.0/16, fd00:10:244::/56",
                "services": "10.96.0.0/12,fd00:10:96::/112",
            },
            f"{ALWAYS},.cluster.local,192.168.0.11,fd00::11,10.244.0.0/16,fd00:10:244::/56,10.96.0.0/12,fd00:10:96::/112",
        ),
        # Nobody reads first-last: the fewest networks that hold these addresses and no other.
        (
            {"nodes": [], "load_balancer": ["192.168.0.200-192.168.0.219", "fd00::200-fd00::21f", "192.168.1.0/28"]},
            f"{ALWAYS},.cluster.local,192.168.0.11,10.244.0.0/16,10.96.0.0/12,"
            "192.168.0.200/29,192.168.0.208/29,192.168.0.216/30,fd00::200/123,192.168.1.0/28",
        ),
        (
            {"nodes": [], "load_balancer": ["192.168.0.200-192.168.0.200"]},
            f"{ALWAYS},.cluster.local,192.168.0.11,10.244.0.0/16,10.96.0.0/12,192.168.0.200",
        ),
        # The user's own come last, as they are written, and nothing comes twice.
        (
            {"nodes": ["mini1.lan"], "own": "registry.home.lan:5000, .home.lan,,192.168.0.11,192.168.0.0/24,"},
            f"{ALWAYS},.cluster.local,192.168.0.11,mini1.lan,10.244.0.0/16,10.96.0.0/12,"
            "registry.home.lan:5000,.home.lan,192.168.0.0/24",
        ),
    ],
)
def test_no_proxy(changes: dict[str, t.Any], expected: str) -> None:
    assert no_proxy(**{**PLAN, **changes}) == expected


@given(
    first=st.integers(0, 2**32 - 1),
    size=st.integers(1, 300),
    v6=st.booleans(),
)
def test_a_range_is_in_it_whole_and_nothing_else(first: int, size: int, v6: bool) -> None:
    address = ipaddress.IPv6Address if v6 else ipaddress.IPv4Address
    last = min(first + size - 1, 2**32 - 1)
    text = no_proxy(**{**PLAN, "load_balancer": [f"{address(first)}-{address(last)}"]})
    added = [ipaddress.ip_network(part) for part in text.removeprefix(no_proxy(**PLAN)).split(",") if part]
    # What another part holds already may be left out, a single address at most.
    assert 0 <= last - first + 1 - sum(net.num_addresses for net in added) <= 1
    assert all(first <= int(net[0]) and int(net[-1]) <= last for net in added)


@pytest.mark.parametrize(
    ("http", "https", "expected"),
    [
        (PROXY, PROXY, {"http_proxy": PROXY, "https_proxy": PROXY, "no_proxy": no_proxy(**PLAN)}),
        ("", PROXY, {"https_proxy": PROXY, "no_proxy": no_proxy(**PLAN)}),
        (PROXY + "/", "", {"http_proxy": PROXY, "no_proxy": no_proxy(**PLAN)}),
        ("", "", {}),
    ],
)
def test_environment(http: str, https: str, expected: dict[str, str]) -> None:
    assert environment(http, https, PLAN) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://192.168.0.5:3128", ("192.168.0.5", 3128)),
        ("http://proxy.home.lan:8080/", ("proxy.home.lan", 8080)),
        ("http://proxy:1", ("proxy", 1)),
        ("http://[fd00::5]:3128", ("fd00::5", 3128)),
    ],
)
def test_place(url: str, expected: tuple[str, int]) -> None:
    assert place(url) == expected


FORM = "is no address of the form http://HOST:PORT"
TLS = "begins with https://, but the proxy itself is asked over http, for https:// sources too"
LOGIN = "holds a login, which every user of the hosts could read"


@pytest.mark.parametrize(
    ("url", "problem", "better"),
    [
        ("192.168.0.5:3128", f'"192.168.0.5:3128" {FORM}', PROXY),
        ("http://192.168.0.5", f'"http://192.168.0.5" {FORM}', PROXY),
        ("https://proxy.lan:3128", f'"https://proxy.lan:3128" {TLS}', "http://proxy.lan:3128"),
        ("socks5://proxy.lan:1080", f'"socks5://proxy.lan:1080" {FORM}', ""),
        ("HTTP://proxy.lan:3128", f'"HTTP://proxy.lan:3128" {FORM}', "http://proxy.lan:3128"),
        ("http://proxy.lan:3128/proxy.pac", f'"http://proxy.lan:3128/proxy.pac" {FORM}', "http://proxy.lan:3128"),
        ("http://proxy.lan:70000", f'"http://proxy.lan:70000" {FORM}', "http://proxy.lan:3128"),
        ("http://proxy.lan:0", f'"http://proxy.lan:0" {FORM}', "http://proxy.lan:3128"),
        ("http://fd00::5:3128", f'"http://fd00::5:3128" {FORM}', ""),
        ("http://[fd00::x]:3128", f'"http://[fd00::x]:3128" {FORM}', ""),
        ("http://proxy.lan:3128 # ours", f'"http://proxy.lan:3128 # ours" {FORM}', "http://proxy.lan:3128"),
        ('http://proxy.lan:3128\n"', f'"http://proxy.lan:3128\n"" {FORM}', "http://proxy.lan:3128"),
        ("http://anna:secret@proxy.lan:3128", f'"***@proxy.lan:3128" {LOGIN}', "http://proxy.lan:3128"),
        ("anna:secret@proxy.lan:3128", f'"***@proxy.lan:3128" {LOGIN}', "http://proxy.lan:3128"),
        ("http://anna:se/cr@et@proxy.lan", f'"***@proxy.lan" {LOGIN}', "http://proxy.lan:3128"),
    ],
)
def test_no_place(url: str, problem: str, better: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        place(url)
    assert repaired(url) == better
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        environment("", url, PLAN)


@pytest.mark.parametrize(
    "text", ["", ",", "a", ".home.lan", "a_b.lan:5000", "192.168.0.5", "10.0.0.1/8", "fd00::/8", "fd00::5"]
)
def test_exceptions(text: str) -> None:
    assert exceptions(text) == [part for part in text.split(",") if part]


@pytest.mark.parametrize(
    "part",
    [
        "http://registry.lan",
        "a b",
        "*",
        "*.home.lan",
        "192.168.0.*",
        "192.168.0.0/33",
        "[fd00::5]",
        'a"',
        "a%",
        "a\nb",
        "fe80::1%eth0",
    ],
)
def test_no_exception(part: str) -> None:
    message = f'"{part.strip()}" is neither a name, an address nor a network'
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        exceptions(f"good.lan,{part},.lan")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"nodes": ["a b"]}, '"a b" is neither a name, an address nor a network'),
        ({"pods": "10.244.0.1/16"}, "10.244.0.1/16 has host bits set"),
        (
            {"load_balancer": ["192.168.0.9-192.168.0.1"]},
            '"192.168.0.9-192.168.0.1" is reversed: its last address comes before its first',
        ),
    ],
)
def test_an_address_plan_that_cannot_be_read(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        no_proxy(**{**PLAN, **changes})
