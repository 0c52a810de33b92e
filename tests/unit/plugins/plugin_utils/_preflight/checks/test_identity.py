# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are one another's copies, names that no node can have, clocks that differ."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Host
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    NOW,
    Told,
    about,
    hosts,
    plan,
    seen,
    told,
)

BAD_NAMES = ["mini_1", "Mini1", "-a", "a-", "a" * 64, "a..b"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_node_name(name: str) -> None:
    of = plan(control_plane=[name], cluster=[name], workers=[])
    assert told(of, {}) == [
        ("error", "node-name-invalid", name, "its name in the inventory cannot be the name of a node")
    ]


SHARED = [
    ({"hostname": "Debian"}, "error", "hostname-duplicate", "mini2, mini3 all have the host name debian"),
    ({"machine_id": "abc"}, "error", "machine-id-duplicate", "mini2, mini3 all have the machine id abc"),
    ({"product_uuid": "u-1"}, "warning", "product-uuid-duplicate", "mini2, mini3 all have the product UUID u-1"),
]


@pytest.mark.parametrize(("changes", "severity", "id_", "message"), SHARED)
def test_shared(changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    on = hosts(mini2=seen(2, **changes), mini3=seen(3, **changes))
    assert told(plan(), on) == [(severity, id_, "", message)]
    empty = dict.fromkeys(changes, "")
    on = hosts(mini2=seen(2, **empty), mini3=seen(3, **empty))
    assert told(plan(), on) == []


def test_a_new_machine_id_is_not_the_one_that_dbus_kept() -> None:
    (found,) = findings(plan(), hosts(mini2=seen(2, machine_id="abc"), mini3=seen(3, machine_id="abc")))
    assert found["fix"] == (
        "on mini3: `rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup`, then reboot"
    )


@pytest.mark.parametrize("value", [True, "true", "yes"])
def test_hostnames_that_will_be_set(value: t.Any) -> None:
    on = hosts(mini2=seen(2, hostname="debian"), mini3=seen(3, hostname="debian"))
    assert told(plan(manage_hostname=value), on) == []


def test_one_machine_under_two_names_is_told_by_the_address_plan_alone() -> None:
    node_ips = {"mini1": "192.0.2.1", "mini2": "192.0.2.2", "mini3": "::ffff:192.0.2.2"}
    assert told(plan(node_ips=node_ips), hosts(mini3=seen(2))) == []
    assert told(plan(node_ips=node_ips), hosts()) == []


KINDS = [("", True), ("bond", True), ("bridge", False), ("veth", False)]


@pytest.mark.parametrize(("kind", "counts"), KINDS)
def test_mac(kind: str, counts: bool) -> None:
    on = hosts()
    for name in ("mini2", "mini3"):
        extra = {"name": "x", "kind": kind, "mac": "02:42:ac:11:00:01", "mtu": 1500, "up": True}
        extra["addresses"] = [f"198.51.100.{name[-1]}/24"]
        on[name]["facts"]["interfaces"].append(extra)
    message = "mini2, mini3 all have a network card with the address 02:42:ac:11:00:01"
    assert told(plan(), on) == ([("error", "mac-duplicate", "", message)] if counts else [])


def at(number: int, offset: float, took: float = 0.5) -> Host:
    """A host whose clock is wrong by some seconds, and whose answer took a while."""
    host = seen(number, clock={"started": NOW + offset, "finished": NOW + offset, "synchronized": True})
    return {**host, "sent": NOW - took / 2, "received": NOW + took / 2}


CLOCKS: list[tuple[dict[str, Host], Told]] = [
    (
        {"mini1": at(1, 0), "mini2": at(2, 0), "mini3": at(3, 75)},
        [("error", "clock-skew", "mini3", "its clock is 74 s ahead of that of mini2")],
    ),
    (
        {"mini1": at(1, -10), "mini2": at(2, 0), "mini3": at(3, 0)},
        [("warning", "clock-skew", "mini1", "its clock is 10 s behind that of mini2")],
    ),
    # Only this machine is wrong: the hosts agree.
    ({"mini1": at(1, 500), "mini2": at(2, 500), "mini3": at(3, 500)}, []),
    (
        {"mini1": at(1, 500)},
        [("error", "clock-skew", "mini1", "its clock is 500 s ahead of that of this control node")],
    ),
    # What a slow answer leaves open is no finding.
    ({"mini1": at(1, 0), "mini2": at(2, 0), "mini3": at(3, 20, took=60)}, []),
]


@pytest.mark.parametrize(("on", "expected"), CLOCKS)
def test_clock(on: dict[str, Host], expected: Told) -> None:
    assert told(plan(), on) == expected


def test_without_the_time_of_the_answer_clocks_are_not_compared() -> None:
    host = at(1, 500)
    del host["sent"]
    assert told(plan(), {"mini1": host}) == []


# host, changes, severity, id, message; "" as id means no finding.
ONE_HOST: list[tuple[int, dict[str, t.Any], str, str, str]] = [
    (
        2,
        {"clock": {"started": NOW, "finished": NOW, "synchronized": False}},
        "warning",
        "time-not-synchronized",
        "nothing keeps its clock right",
    ),
    (2, {"clock": {"started": NOW, "finished": NOW, "synchronized": False}, "services": ["chrony"]}, "", "", ""),
    (2, {"clock": {"started": NOW, "finished": NOW, "synchronized": False}, "container": "lxc"}, "", "", ""),
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    assert about(number, **changes) == ([(severity, id_, f"mini{number}", message)] if id_ else [])
