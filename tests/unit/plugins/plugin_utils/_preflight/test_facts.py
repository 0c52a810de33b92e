# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import table as _preflight
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.addresses import address_plan
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.facts import (
    SHAPE,
    Each,
    Leaf,
    Maybe,
    misfit,
)
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[5]
RUN = """
import sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[1].encode(), "legacy"
from ansible_collections.homelab.kubernetes.plugins.modules import host_facts
host_facts.main()
"""


@pytest.fixture(scope="module")
def real() -> dict[str, t.Any]:
    """What host_facts tells of this machine, with a peer and an address that refuse at once."""
    peer = {"itself": {"address": "127.0.0.1", "tcp": [9], "udp": 9}}
    given = {"peers": peer, "paths": ["/srv"], "urls": ["http://127.0.0.1:9/"]}
    command = [sys.executable, "-c", RUN, json.dumps({"ANSIBLE_MODULE_ARGS": given})]
    done = subprocess.run(command, cwd=ROOT / "collections", capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout)["host"])


def test_what_host_facts_tells_fits(real: dict[str, t.Any]) -> None:
    assert misfit(real) == ""
    assert set(real["peers"]["itself"]) == {"tcp", "udp", "mtu", "passes"}


def changed(facts: dict[str, t.Any], path: tuple[t.Any, ...], value: t.Any) -> dict[str, t.Any]:
    """The facts with one value replaced; ... takes it away."""
    result = copy.deepcopy(facts)
    place: t.Any = result
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("uid",), ..., "uid is missing"),
        (("uid",), None, "uid is missing"),
        (("uid",), "0", "uid is not a number"),
        (("uid",), True, "uid is not a number"),
        (("fsync_ms",), 10**400, "fsync_ms is not a number"),
        (("fsync_ms",), float("nan"), "fsync_ms is not a number"),
        (("os",), "debian", "os is not a mapping"),
        (("os", "pretty"), 12, "os.pretty is not text"),
        (("python",), "3." + "1" * 5000, "python is not text"),
        (("interfaces",), {}, "interfaces is not a list"),
        (("interfaces", 0), "eth0", "interfaces[0] is not a mapping"),
        (("interfaces", 0, "mtu"), ..., "interfaces[0].mtu is missing"),
        (("interfaces", 0, "addresses"), ["x"], "interfaces[0].addresses[0] is not an address with its prefix"),
        (
            ("interfaces", 0, "addresses"),
            ["fe80::1%x/64"],
            "interfaces[0].addresses[0] is not an address with its prefix",
        ),
        (("routes", 0, "dst"), "192.0.2.1/24", "routes[0].dst is not a network"),
        (("clock",), {}, "clock.started is missing"),
        (("urls", "http://x"), 200, "urls[...] is not a mapping"),
        (("kernel_modules", "overlay"), 1, "kernel_modules[...] is not text"),
        (("peers", "itself", "tcp", "\x1b[2J"), "", "a key of peers[...].tcp is not a port"),
        (("peers", "itself", "passes"), "x", "peers[...].passes is not a number"),
    ],
)
def test_what_does_not_fit(real: dict[str, t.Any], path: tuple[t.Any, ...], value: t.Any, problem: str) -> None:
    assert misfit(changed(real, path, value)) == problem


@pytest.mark.parametrize("facts", [[], "x", 3, None])
def test_no_facts_at_all(facts: t.Any) -> None:
    assert misfit(facts) in ("the whole is not a mapping", "the whole is missing")


def test_every_fact_that_a_check_reads_has_a_shape() -> None:
    files = [*(ROOT / "plugins/plugin_utils/_preflight").rglob("*.py"), ROOT / "plugins/action/preflight.py"]
    read = {name for file in files for name in re.findall(r"""facts(?:["']\])?\[["'](\w+)["']\]""", file.read_text())}
    assert sorted(read - set(SHAPE)) == [], "a line for each in _preflight.facts.SHAPE"
    assert sorted(set(SHAPE) - read) == []


TEXTS = st.text(max_size=9) | st.sampled_from(["1.2", "docker", "https://[::1]:6443", "debian", "absent"])
LEAVES = {
    "text": TEXTS,
    "a number": st.integers(-(2**62), 2**62) | st.floats(-(2**62), 2**62),
    "true or false": st.booleans(),
    "an address with its prefix": st.ip_addresses().map(lambda address: f"{address}/7"),
    "a network": st.ip_addresses().map(str),
    "a port": st.integers(0, 99999).map(str),
}


def strategy(shape: t.Any) -> st.SearchStrategy[t.Any]:
    """Everything that has a shape."""
    if isinstance(shape, Leaf):
        return LEAVES[shape.what]
    if isinstance(shape, list):
        return st.lists(strategy(shape[0]), max_size=2)
    if isinstance(shape, Each):
        return st.dictionaries(
            LEAVES[shape.key.what] if shape.key else st.sampled_from("ab"), strategy(shape.value), max_size=2
        )
    needed = {key: strategy(inner) for key, inner in shape.items() if not isinstance(inner, Maybe)}
    optional = {key: strategy(inner.value) for key, inner in shape.items() if isinstance(inner, Maybe)}
    return st.fixed_dictionaries(needed, optional=optional)


PLAN: t.Any = {
    "control_plane": ["a"],
    "workers": ["b"],
    "cluster": ["a", "b"],
    "kubernetes_version": "1.37.2",
    "cni": "calico",
    "proxy_mode": "nftables",
    "endpoint": "192.0.2.1",
    "pods": "10.244.0.0/16,fd00:10:244::/56",
    "services": "10.96.0.0/12",
    "node_ips": {"a": "192.0.2.1", "b": "192.0.2.2"},
    "load_balancer": ["192.0.2.9-192.0.2.10"],
    "load_balancer_interfaces": ["eth0"],
    "calico_encapsulation": "ipip",
    "containerd_source": "distribution",
}


@given(strategy(SHAPE), strategy(SHAPE))
def test_no_facts_that_fit_end_the_report(one: dict[str, t.Any], other: dict[str, t.Any]) -> None:
    assert (misfit(one), misfit(other)) == ("", "")
    seen = {"a": one, "b": other}
    hosts: t.Any = {name: {"state": "ok", "facts": facts, "sent": 1.0, "received": 2.0} for name, facts in seen.items()}
    _preflight.findings(PLAN, hosts)
    address_plan({}, PLAN["node_ips"], seen)
