# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several control planes and the one address at which they are reached."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.inventory import check_groups
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.virtual_ip import (
    check_endpoint,
    check_endpoint_moves,
    check_haproxy_port,
    check_keepalived,
    check_virtual_ip_free,
    check_virtual_ip_place,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.control_planes_of_tests import (
    NODES,
    VIP,
    Told,
    context,
    facts,
    told,
    with_changes,
)


@pytest.mark.parametrize(
    ("hosts", "fix", "why"),
    [
        (1, "", ""),
        (
            2,
            "make it 3, or 1",
            "etcd works while more than half of its members do. With 2 control planes none may fail, no more than with 1, and "
            "there is one more that can.",
        ),
        (3, "", ""),
        (
            4,
            "make it 5, or 3",
            "etcd works while more than half of its members do. With 4 control planes 1 may fail, no more than with 3, and "
            "there is one more that can.",
        ),
    ],
)
def test_an_even_number_is_no_gain(hosts: int, fix: str, why: str) -> None:
    names = list(NODES)[:hosts]
    found = list(check_groups(context(names)))
    assert [(f["id"], f["severity"], f["fix"], f["why"]) for f in found] == (
        [("control-plane-even", "warning", fix, why)] if fix else []
    )


ONE_HOST = (
    "the group control_plane has 3 hosts, and all would be reached at the address of one, {}: cluster_endpoint is {}"
)
ENDPOINTS: list[tuple[list[str], t.Any, Told]] = [
    (["mini1", "mini2", "mini3"], VIP, []),
    (["mini1", "mini2", "mini3"], "k8s.home.lan", []),
    (["mini1"], "", []),
    (["mini1"], "192.168.0.11", []),
    (["mini1"], VIP, []),
    ([], "", []),
    ([], "192.168.0.11", []),
    (["mini1", "mini2", "mini3"], "", [("endpoint-of-one-host", ONE_HOST.format("mini1", "empty"))]),
    (
        ["mini1", "mini2", "mini3"],
        "::ffff:192.168.0.12",
        [("endpoint-of-one-host", ONE_HOST.format("mini2", "::ffff:192.168.0.12"))],
    ),
    (
        ["mini1", "mini2", "mini3"],
        "FD00:0::12",
        [("endpoint-of-one-host", ONE_HOST.format("mini2", "FD00:0::12"))],
    ),
    (["mini1", "mini2", "mini3"], "mini3", [("endpoint-of-one-host", ONE_HOST.format("mini3", "mini3"))]),
    (
        ["mini1"],
        "192.168.0.14",
        [
            (
                "endpoint-of-worker",
                "cluster_endpoint 192.168.0.14 is an address of mini4, which is no control plane",
            )
        ],
    ),
    (
        ["mini1", "mini2", "mini3"],
        "192.168.0.14",
        [
            (
                "endpoint-of-worker",
                "cluster_endpoint 192.168.0.14 is an address of mini4, which is no control plane",
            )
        ],
    ),
]


@pytest.mark.parametrize(("control_plane", "endpoint", "expected"), ENDPOINTS)
def test_the_endpoint_is_nobodys_own(control_plane: list[str], endpoint: t.Any, expected: Told) -> None:
    for provider in ("keepalived", "none"):
        on = context(control_plane, endpoint=endpoint, virtual_ip_provider=provider)
        assert told(check_endpoint, on) == expected


def test_an_endpoint_that_is_wrong_is_another_finding() -> None:
    on = context()
    plan: t.Any = {key: value for key, value in on.plan.items() if key != "endpoint"}
    plan["virtual_ip_haproxy_port"] = 8443
    for check in (check_endpoint, check_virtual_ip_place, check_virtual_ip_free, check_keepalived, check_haproxy_port):
        assert told(check, Context(plan, on.hosts)) == []


OTHER = "cluster_endpoint {} is in another network than the node address of {}: {}"
PLACES: list[tuple[dict[str, t.Any], Told]] = [
    ({}, []),
    ({"endpoint": "k8s.home.lan"}, []),
    ({"endpoint": "10.0.0.10", "virtual_ip_provider": "none"}, []),
    ({"endpoint": "169.254.0.10"}, []),
    ({"endpoint": "127.0.0.1"}, []),
    (
        {"endpoint": "192.168.1.10"},
        [
            (
                "virtual-ip-outside-network",
                OTHER.format("192.168.1.10", "mini1, mini2, mini3", "192.168.0.0/24"),
            )
        ],
    ),
    # A machine of a cloud has an address without a network.
    (
        {
            "control_plane": ["mini1"],
            "seen": {"mini1": {"interfaces": [{"name": "eth0", "addresses": ["192.168.0.11/32"]}]}},
        },
        [("virtual-ip-outside-network", OTHER.format(VIP, "mini1", "192.168.0.11/32"))],
    ),
    (
        {"endpoint": "192.168.0.130", "seen": with_changes(mini3=facts(3, "10.1.0.13/16"))},
        [],
    ),
    # Nobody looked at the hosts.
    ({"endpoint": "192.168.1.10", "seen": {}}, []),
    (
        {"endpoint": "fd00::10"},
        [
            (
                f"virtual-ip-family {name}",
                "has no IPv6 address as a node, the family of cluster_endpoint fd00::10",
            )
            for name in ("mini1", "mini3")
        ],
    ),
    (
        {"endpoint": "fd00:1::10", "control_plane": ["mini2"], "seen": with_changes(mini2=facts(2, "fd00::12/64"))},
        [("virtual-ip-outside-network", OTHER.format("fd00:1::10", "mini2", "fd00::/64"))],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), PLACES)
def test_the_address_is_where_its_card_is(changes: dict[str, t.Any], expected: Told) -> None:
    assert told(check_virtual_ip_place, context(**changes)) == expected


def answering(mac: str, answers: bool = True) -> dict[str, t.Any]:
    return {"virtual_ip": {"answers": answers, "mac": mac}}


KEEPS = {"services": ["keepalived"]}
USED = f"cluster_endpoint {VIP} is in use: {{}}"
FREE: list[tuple[str, dict[str, t.Any], Told]] = [
    ("nobody has it", {}, []),
    (
        "a machine that is not ours",
        {"seen": with_changes(mini1=facts(1, **answering("52:54:00:00:00:99")))},
        [("virtual-ip-taken", USED.format("the machine 52:54:00:00:00:99 answers"))],
    ),
    (
        "a machine that drops what it does not know",
        {"seen": with_changes(mini1=facts(1, **answering("52:54:00:00:00:99", False)))},
        [("virtual-ip-taken", USED.format("the machine 52:54:00:00:00:99 answers"))],
    ),
    (
        "something behind a router",
        {"seen": with_changes(mini2=facts(2, **answering("")))},
        [("virtual-ip-taken", USED.format("something answers at TCP port 6443"))],
    ),
    (
        "a load balancer that was named as one",
        {
            "seen": with_changes(mini1=facts(1, **answering("52:54:00:00:00:99"))),
            "virtual_ip_provider": "none",
        },
        [],
    ),
    (
        "a control plane keeps it",
        {"seen": with_changes(mini1=facts(1, **answering("02:00:00:00:00:02")), mini2=facts(2, f"{VIP}/32", **KEEPS))},
        [],
    ),
    (
        "it moved between two looks",
        {"seen": with_changes(mini1=facts(1, **answering("02:00:00:00:00:02")))},
        [],
    ),
    (
        "it moved, and nobody knows any more who had it",
        {"seen": with_changes(mini1=facts(1, keepalived="ours", **answering("")))},
        [],
    ),
    (
        "a control plane may keep it that nobody looked at",
        {"seen": {"mini1": facts(1, **answering("02:00:00:00:00:02"))}},
        [],
    ),
    (
        "a worker of ours",
        {"seen": with_changes(mini4=facts(4, f"{VIP}/24"))},
        [("virtual-ip-taken", USED.format("mini4 has it on its card eno1"))],
    ),
    (
        "a worker beside the control plane that keeps it",
        {"seen": with_changes(mini1=facts(1, f"{VIP}/32", **KEEPS), mini4=facts(4, f"{VIP}/24"))},
        [("virtual-ip-taken", USED.format("mini4 has it on its card eno1"))],
    ),
    (
        "a control plane that was configured so",
        {"seen": with_changes(mini2=facts(2, f"{VIP}/24"))},
        [("virtual-ip-fixed mini2", f"has cluster_endpoint {VIP} on its card eno1, where no keepalived put it")],
    ),
]


@pytest.mark.parametrize(("changes", "expected"), [row[1:] for row in FREE], ids=[row[0] for row in FREE])
def test_the_address_is_free(changes: dict[str, t.Any], expected: Told) -> None:
    assert told(check_virtual_ip_free, context(**changes)) == expected


def test_a_fixed_address_is_taken_away_as_it_was_given() -> None:
    (found,) = check_virtual_ip_free(context(seen=with_changes(mini2=facts(2, f"{VIP}/24"))))
    assert found["fix"] == (
        "take it out of the host's network configuration, and `ip address del 192.168.0.10/24 dev eno1`"
    )


@pytest.mark.parametrize(
    ("owner", "provider", "hosts"),
    [
        ("user", "keepalived", ["mini1"]),
        ("user", "none", []),
        ("package", "keepalived", []),
        ("ours", "keepalived", []),
    ],
)
def test_a_keepalived_of_somebody_is_left_alone(owner: str, provider: str, hosts: list[str]) -> None:
    seen = with_changes(mini1=facts(1, keepalived=owner), mini4=facts(4, keepalived=owner))
    found = list(check_keepalived(context(seen=seen, virtual_ip_provider=provider)))
    assert [(f["id"], f["host"], f["message"]) for f in found] == [
        (
            "keepalived-configured",
            host,
            "has a keepalived of its own: /etc/keepalived/keepalived.conf was not written by this collection",
        )
        for host in hosts
    ]


MOVES = "the cluster that runs here is reached at {1}; this run moves it to {0}"


@pytest.mark.parametrize(
    ("server", "changes", "expected"),
    [
        ("", {}, []),
        (f"https://{VIP}:6443", {}, []),
        ("https://[fd00:0::10]:6443", {"endpoint": "FD00::10", "node_ips": {"mini1": "fd00::11"}}, []),
        ("https://192.168.0.11:6443", {}, [("endpoint-moves mini1", MOVES.format(VIP, "192.168.0.11"))]),
        ("https://k8s.home.lan:6443", {}, [("endpoint-moves mini1", MOVES.format(VIP, "k8s.home.lan"))]),
        (
            "https://192.168.0.11:6443",
            {"virtual_ip_provider": "none"},
            [("endpoint-moves mini1", MOVES.format(VIP, "192.168.0.11"))],
        ),
        (
            "https://192.168.0.11:6443",
            {"endpoint": "k8s.home.lan"},
            [("endpoint-moves mini1", MOVES.format("k8s.home.lan", "192.168.0.11"))],
        ),
        ("https://192.168.0.11:6443", {"endpoint": "192.168.0.11"}, []),
        (f"https://{VIP}:8443", {"virtual_ip_haproxy_port": 8443}, []),
        (
            f"https://{VIP}:6443",
            {"virtual_ip_haproxy_port": 8443},
            [("endpoint-moves mini1", MOVES.format(f"{VIP}:8443", f"{VIP}:6443"))],
        ),
        (f"https://{VIP}:8443", {}, [("endpoint-moves mini1", MOVES.format(f"{VIP}:6443", f"{VIP}:8443"))]),
        (
            "https://[fd00::10]:6443",
            {"endpoint": "FD00::10", "node_ips": {"mini1": "fd00::11"}, "virtual_ip_haproxy_port": 8443},
            [("endpoint-moves mini1", MOVES.format("[fd00::10]:8443", "[fd00::10]:6443"))],
        ),
        # Both change: the address says it.
        (
            "https://192.168.0.11:6443",
            {"virtual_ip_haproxy_port": 8443},
            [("endpoint-moves mini1", MOVES.format(VIP, "192.168.0.11"))],
        ),
        # The port is of no use there.
        ("https://k8s.home.lan:6443", {"endpoint": "k8s.home.lan", "virtual_ip_haproxy_port": 8443}, []),
        ("https://k8s.home.lan:6443", {"endpoint": ""}, []),
    ],
)
def test_a_running_cluster_moves_to_the_endpoint_that_is_asked_for(
    server: str, changes: dict[str, t.Any], expected: Told
) -> None:
    running = {"pods": "10.244.0.0/16", "server": server} if server else {}
    on = context(["mini1"], with_changes(mini1=facts(1, running_cluster=running)), **changes)
    assert told(check_endpoint_moves, on) == expected


@pytest.mark.parametrize(("server", "port", "kept"), [(6443, 8443, 0), (8443, 9443, 8443), (8443, 0, 8443)])
def test_the_port_that_keeps_a_cluster_where_it_is(server: int, port: int, kept: int) -> None:
    seen = with_changes(mini1=facts(1, running_cluster={"server": f"https://{VIP}:{server}"}))
    (found,) = check_endpoint_moves(context(["mini1"], seen, virtual_ip_haproxy_port=port))
    assert (found["severity"], found["subjects"], found["fix"]) == (
        "warning",
        ["virtual_ip_haproxy_port"],
        f"nothing, if that is meant: pods go on, and {VIP}:{server} still answers. Kubeconfigs that you have copied elsewhere need "
        f"the new port. virtual_ip_haproxy_port: {kept} keeps it where it is",
    )
