# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard around the environment of a proxy."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.proxy_environment import FilterModule

PROXY = "http://192.168.0.5:3128"
PLAN: dict[str, t.Any] = {
    "nodes": ["192.168.0.11"],
    "pods": "10.244.0.0/16",
    "services": "10.96.0.0/12",
    "endpoint": "192.168.0.11",
    "dns_domain": "cluster.local",
}
environment = FilterModule().filters()["proxy_environment"]


def test_results() -> None:
    assert environment({"http": "", "https": None}, PLAN) == {}
    assert environment({"https": PROXY}, PLAN) == {
        "https_proxy": PROXY,
        "no_proxy": "localhost,127.0.0.1,::1,.svc,.cluster.local,192.168.0.11,10.244.0.0/16,10.96.0.0/12",
    }


@pytest.mark.parametrize(
    ("proxies", "plan", "message"),
    [
        (PROXY, PLAN, "The homelab.kubernetes.proxy_environment filter takes two mappings; got str and dict"),
        (
            {"http": "192.168.0.5:3128"},
            PLAN,
            'proxy_environment: "192.168.0.5:3128" is no address of the form http://HOST:PORT',
        ),
        ({"http": 3128}, PLAN, "proxy_environment: expected string or bytes-like object, got 'int'"),
        (
            {"http": PROXY},
            {**PLAN, "own": "*"},
            'proxy_environment: "*" is neither a name, an address nor a network',
        ),
        ({"http": PROXY}, {**PLAN, "own": ["a"]}, "proxy_environment: 'list' object has no attribute 'split'"),
    ],
)
def test_guard(proxies: t.Any, plan: t.Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        environment(proxies, plan)
