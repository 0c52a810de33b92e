# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check, on hosts that differ from a good one in one thing."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import address_of
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Host, Plan
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings

CALLS = ("error", "warning", "tell", "wrong")
NOW = 1_800_000_000.0


def facts(number: int, **changes: t.Any) -> dict[str, t.Any]:
    """What host_facts says of a good machine."""
    good: dict[str, t.Any] = {
        "os": {"id": "debian", "version_id": "13", "codename": "trixie", "pretty": "Debian GNU/Linux 13 (trixie)"},
        "kernel": "6.12.0",
        "architecture": "x86_64",
        "python": "3.13.5",
        "uid": 0,
        "hostname": f"mini{number}",
        "machine_id": f"{number:032x}",
        "product_uuid": f"0000-{number}",
        "container": "",
        "interfaces": [
            {
                "name": "lo",
                "kind": "",
                "mac": "00:00:00:00:00:00",
                "mtu": 65536,
                "up": True,
                "addresses": ["127.0.0.1/8"],
            },
            {
                "name": "eth0",
                "kind": "",
                "mac": f"02:00:00:00:00:{number:02x}",
                "mtu": 1500,
                "up": True,
                "addresses": [f"192.0.2.{number}/24"],
            },
        ],
        "routes": [],
        "router_advertisements": {},
        "dns_servers": [],
        "listeners": [],
        "memory_mib": 8000,
        "cpus": 4,
        "swap": ["/swap.img"],
        "cgroup": {"version": 2, "controllers": []},
        "disk_free_mib": 50000,
        "kernel_modules": {"overlay": "loaded", "br_netfilter": "loadable", "nf_tables": "builtin", "vxlan": "unknown"},
        "clock": {"started": NOW, "finished": NOW, "synchronized": True},
        "installed": {},
        "binaries": [],
        "services": [],
        "firewalls": [],
        "remains": [],
        "kubelet_server": "",
        "running_cluster": {},
        "cloud_init": "absent",
        "package_lock": False,
        "packages_interrupted": False,
        "selinux": "disabled",
        "fsync_ms": 0.0,
        "virtual_ip": {"answers": False, "mac": ""},
        "keepalived": "nobody",
        "peers": {},
        "urls": {},
    }
    return {**good, **changes}


def seen(number: int, **changes: t.Any) -> Host:
    return {"state": "ok", "facts": facts(number, **changes), "sent": NOW - 0.2, "received": NOW + 0.3}


def plan(**changes: t.Any) -> Plan:
    good = {
        "control_plane": ["mini1"],
        "workers": ["mini2", "mini3"],
        "cluster": ["mini1", "mini2", "mini3"],
        "kubernetes_version": "1.37.1",
        "cni": "flannel",
        "proxy_mode": "nftables",
        "endpoint": "",
        "node_ips": {f"mini{number}": f"192.0.2.{number}" for number in (1, 2, 3)},
        "kubelet_configuration": {},
        "limits": {},
    }
    return t.cast("Plan", {**good, **changes})


def hosts(**changed: Host) -> dict[str, Host]:
    return {**{f"mini{number}": seen(number) for number in (1, 2, 3)}, **changed}


Told = list[tuple[str, str, str, str]]


def told(of: Plan, on: t.Mapping[str, Host]) -> Told:
    return [(f["severity"], f["id"], f["host"], f["message"]) for f in findings(of, on)]


def test_good_hosts_have_no_findings() -> None:
    assert told(plan(), hosts()) == []


def test_nothing_is_known() -> None:
    assert told({}, {}) == [
        ("error", "control-plane-missing", "", "the group control_plane of the inventory has no host")
    ]


PLANS: list[tuple[dict[str, t.Any], Told]] = [
    (
        {"control_plane": [], "workers": ["mini1", "mini2", "mini3"]},
        [("error", "control-plane-missing", "", "the group control_plane of the inventory has no host")],
    ),
    (
        {"control_plane": ["mini1", "mini2"], "workers": ["mini3"]},
        [
            (
                "error",
                "endpoint-of-one-host",
                "",
                "the group control_plane has 2 hosts, and all would be reached at the address of one, mini1: "
                "cluster_endpoint is empty",
            ),
            ("warning", "control-plane-even", "", "the group control_plane has 2 hosts: mini1, mini2"),
        ],
    ),
    (
        {"workers": ["mini1", "mini2", "mini3"]},
        [("error", "host-in-two-groups", "mini1", "is in control_plane and in workers")],
    ),
    (
        {"workers": ["mini2"]},
        [("error", "host-without-role", "mini3", "is in cluster, but neither in control_plane nor in workers")],
    ),
    (
        {"kubernetes_version": "v1.37.1"},
        [
            (
                "error",
                "kubernetes-version-malformed",
                "",
                'cluster_kubernetes_version "v1.37.1" is not a version of three numbers',
            )
        ],
    ),
    (
        {"kubernetes_version": "1.34.9"},
        [
            (
                "error",
                "kubernetes-version-unsupported",
                "",
                "cluster_kubernetes_version 1.34.9 is of minor 1.34, which this collection does not know",
            )
        ],
    ),
    (
        {"proxy_mode": "ipvs"},
        [
            (
                "warning",
                "proxy-mode-deprecated",
                "",
                "cluster_proxy_mode is ipvs, which Kubernetes deprecates since 1.35",
            )
        ],
    ),
    (
        {"node_ips": {"mini1": "192.0.2.1", "mini2": "mini2.lan", "mini3": "192.0.2.33"}},
        [
            ("error", "node-ip-missing", "mini3", "cluster_node_ip 192.0.2.33 is on none of its interfaces"),
            ("error", "node-ip-not-an-address", "mini2", 'cluster_node_ip is "mini2.lan", a name and no address'),
        ],
    ),
    ({"node_ips": {"mini1": "::ffff:192.0.2.1", "mini2": "192.0.2.2", "mini3": "192.0.2.3"}}, []),
]


@pytest.mark.parametrize(("changes", "expected"), PLANS)
def test_plan(changes: dict[str, t.Any], expected: Told) -> None:
    assert told(plan(**changes), hosts()) == expected


BAD_NAMES = ["mini_1", "Mini1", "-a", "a-", "a" * 64, "a..b"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_node_name(name: str) -> None:
    of = plan(control_plane=[name], cluster=[name], workers=[])
    assert told(of, {}) == [
        ("error", "node-name-invalid", name, "its name in the inventory cannot be the name of a node")
    ]


ACCESS: list[tuple[Host, str, str]] = [
    (
        {"state": "unreachable", "message": "Failed to connect:\n timed out"},
        "host-unreachable",
        "cannot be reached: Failed to connect: timed out",
    ),
    (
        {"state": "failed", "message": "Missing sudo password"},
        "become-failed",
        "becoming root failed: Missing sudo password",
    ),
    (
        # Ansible takes a refused sudo password for a lost connection.
        {"state": "unreachable", "message": "Incorrect sudo password"},
        "become-failed",
        "becoming root failed: Incorrect sudo password",
    ),
    (
        {"state": "failed", "message": "/bin/sh: 1: /usr/bin/python3: not found; bad interpreter"},
        "python-missing",
        "no usable Python: /bin/sh: 1: /usr/bin/python3: not found; bad interpreter",
    ),
    ({"state": "failed", "message": "no space left"}, "host-facts-failed", "looking at it failed: no space left"),
]


@pytest.mark.parametrize(("host", "id_", "message"), ACCESS)
def test_access(host: Host, id_: str, message: str) -> None:
    assert told(plan(), hosts(mini2=host)) == [("error", id_, "mini2", message)]


def system(id_: str, version: str, pretty: str = "") -> dict[str, t.Any]:
    return {"os": {"id": id_, "version_id": version, "codename": "", "pretty": pretty}}


def listener(port: int, process: str, proto: str = "tcp") -> dict[str, t.Any]:
    return {"listeners": [{"proto": proto, "address": "0.0.0.0", "port": port, "process": process}]}


URL = "https://registry.k8s.io/v2/"
REMAINS = ["/etc/cni/net.d/10-flannel.conflist", "/etc/kubernetes/admin.conf"]
# host, changes, severity, id, message; "" as id means no finding.
ONE_HOST: list[tuple[int, dict[str, t.Any], str, str, str]] = [
    (2, {"uid": 1000}, "error", "not-root", "tasks run with user id 1000 instead of root"),
    (2, {"python": "3.8.10"}, "error", "python-too-old", "Python 3.8.10 is older than 3.9"),
    (2, system("debian", "11", "Debian 11"), "error", "os-unsupported", "runs Debian 11"),
    (2, system("", ""), "error", "os-unsupported", "runs an unknown system"),
    (2, system("ubuntu", "24.10", "Ubuntu 24.10"), "error", "os-unsupported", "runs Ubuntu 24.10"),
    (2, system("ubuntu", "26.04"), "", "", ""),
    (2, system("rocky", "9.6"), "", "", ""),
    (2, system("almalinux", "10.1"), "", "", ""),
    (2, {"architecture": "armv7l"}, "error", "architecture-unsupported", "has the architecture armv7l"),
    (1, {"memory_mib": 512}, "error", "memory-too-small", "has 512 MiB of memory; a control plane needs 1700"),
    (2, {"memory_mib": 512}, "error", "memory-too-small", "has 512 MiB of memory; a worker needs 700"),
    (2, {"memory_mib": 701}, "", "", ""),
    (1, {"cpus": 1}, "error", "cpus-too-few", "has 1 CPU; a control plane needs 2"),
    (2, {"cpus": 1}, "", "", ""),
    (2, {"disk_free_mib": 3071}, "error", "disk-too-full", "has 3071 MiB free under /var/lib; 3072 are needed"),
    (2, {"disk_free_mib": 9000}, "warning", "disk-nearly-full", "has 9000 MiB free under /var/lib; 10240 are advised"),
    (
        1,
        {"fsync_ms": 31.4},
        "warning",
        "disk-slow",
        "writing 2 KiB safely to the disk of etcd takes 31 ms; more than 10 is slow",
    ),
    (1, {"fsync_ms": 9.9}, "", "", ""),
    (2, {"fsync_ms": 31.4}, "", "", ""),
    (2, {"cgroup": {"version": 1, "controllers": []}}, "error", "cgroup-v1", "booted with cgroup v1"),
    (
        2,
        {"kernel_modules": {"overlay": "absent", "br_netfilter": "absent", "nf_tables": "builtin", "vxlan": "loaded"}},
        "error",
        "kernel-module-missing",
        "its kernel 6.12.0 has no br_netfilter, overlay, neither built in nor as a module",
    ),
    (2, {"kernel_modules": {"ipip": "absent", "ip_vs": "absent", "nfs": "absent"}}, "", "", ""),
    (
        2,
        {"clock": {"started": NOW, "finished": NOW, "synchronized": False}},
        "warning",
        "time-not-synchronized",
        "nothing keeps its clock right",
    ),
    (2, {"clock": {"started": NOW, "finished": NOW, "synchronized": False}, "services": ["chrony"]}, "", "", ""),
    (2, {"clock": {"started": NOW, "finished": NOW, "synchronized": False}, "container": "lxc"}, "", "", ""),
    (2, listener(10250, "nginx"), "error", "port-in-use", "TCP port 10250 is in use by nginx"),
    (
        2,
        listener(10250, ""),
        "error",
        "port-in-use",
        "TCP port 10250 is in use by a process that cannot be seen from here",
    ),
    (2, listener(10250, "kubelet"), "", "", ""),
    (2, listener(6443, "nginx"), "", "", ""),
    (1, listener(6443, "haproxy"), "error", "port-in-use", "TCP port 6443 is in use by haproxy"),
    (1, listener(10257, "kube-controller"), "", "", ""),
    (2, listener(8472, "", "udp"), "error", "port-in-use", "UDP port 8472 is in use by the kernel, for another tunnel"),
    (2, listener(10250, "x", "udp"), "", "", ""),
    (2, {"services": ["docker", "containerd"]}, "warning", "other-container-runtime", "docker runs there"),
    (
        2,
        {"remains": REMAINS},
        "warning",
        "cluster-remains",
        f"holds remains of a cluster without being a node: {', '.join(REMAINS)}",
    ),
    (2, {"remains": [*REMAINS, "/etc/kubernetes/kubelet.conf"]}, "", "", ""),
    (
        2,
        {"kubelet_server": "https://10.0.0.9:6443"},
        "warning",
        "other-cluster",
        "is a node of the cluster at https://10.0.0.9:6443",
    ),
    (2, {"kubelet_server": "https://192.0.2.1:6443"}, "", "", ""),
    (
        2,
        {"urls": {URL: {"status": 0, "error": "timed out"}}},
        "error",
        "source-unreachable",
        f"{URL} does not answer from mini2: timed out",
    ),
    (
        2,
        {"urls": {URL: {"status": 0, "error": "timed out"}}, "installed": {"kubelet": "1.37.1-1.1"}},
        "warning",
        "source-unreachable",
        f"{URL} does not answer from mini2: timed out",
    ),
    (
        2,
        {"urls": {URL: {"status": 0, "error": "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"}}},
        "warning",
        "source-untrusted",
        f"{URL} is not trusted from mini2: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed",
    ),
    (
        2,
        {"urls": {URL: {"status": 404, "error": "HTTP 404 Not Found"}}},
        "error",
        "source-unreachable",
        f"{URL} does not answer from mini2: HTTP 404 Not Found",
    ),
    (2, {"urls": {URL: {"status": 401, "error": "HTTP 401 Unauthorized"}}}, "", "", ""),
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    name = f"mini{number}"
    expected = [(severity, id_, name, message)] if id_ else []
    assert told(plan(), hosts(**{name: seen(number, **changes)})) == expected


def test_an_address_nobody_reaches_is_told_once() -> None:
    down = {URL: {"status": 0, "error": "refused"}}
    on = {f"mini{number}": seen(number, urls=down) for number in (1, 2, 3)}
    assert told(plan(), on) == [("error", "source-unreachable", "", f"{URL} does not answer from any host: refused")]


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


PORTS = {"6443": "", "10250": ""}
CLOSED = {"6443": "no answer", "10250": "no answer"}
# What mini2 and mini3 tell about mini1, what else is true of mini1, the findings.
PEERS: list[tuple[dict[str, t.Any], dict[str, t.Any], dict[str, t.Any], dict[str, t.Any], Told]] = [
    ({"tcp": PORTS}, {"tcp": PORTS}, {}, {}, []),
    (
        {"tcp": CLOSED},
        {"tcp": CLOSED},
        {},
        {},
        [
            (
                "error",
                "node-port-blocked",
                "mini1",
                "its TCP ports 6443, 10250 cannot be reached from mini2, mini3: no answer",
            )
        ],
    ),
    (
        {"tcp": {**PORTS, "6443": "no route to host"}},
        {"tcp": PORTS},
        {},
        {},
        [("error", "node-port-blocked", "mini1", "its TCP port 6443 cannot be reached from mini2: no route to host")],
    ),
    # prereqs will open them.
    ({"tcp": CLOSED}, {"tcp": CLOSED}, {"firewalls": ["ufw"]}, {}, []),
    (
        {"tcp": CLOSED},
        {"tcp": PORTS},
        {"firewalls": ["ufw"]},
        {"manage_firewall": "false"},
        [("error", "node-port-blocked", "mini1", "its TCP ports 6443, 10250 cannot be reached from mini2: no answer")],
    ),
    (
        {"tcp": PORTS, "udp": False},
        {"tcp": PORTS, "udp": True, "mtu": 1500, "passes": 1500},
        {},
        {},
        [
            (
                "warning",
                "node-tunnel-blocked",
                "mini1",
                "its UDP port 8472 gives no answer to mini2, though TCP gets through",
            )
        ],
    ),
    # An open port says nothing.
    (
        {"tcp": PORTS, "udp": False},
        {"tcp": PORTS},
        {
            "listeners": [{"proto": "udp", "address": "0.0.0.0", "port": 8472, "process": ""}],
            "interfaces": [
                *facts(1)["interfaces"],
                {"name": "flannel.1", "kind": "vxlan", "mac": "", "mtu": 1450, "up": True, "addresses": []},
            ],
        },
        {},
        [],
    ),
    (
        {"tcp": PORTS, "udp": True, "mtu": 9000, "passes": 0},
        {"tcp": PORTS, "udp": True, "mtu": 1500, "passes": 1400},
        {},
        {},
        [
            (
                "warning",
                "path-mtu-too-small",
                "mini1",
                "packets of 1500 bytes from mini3 do not reach it; the way carries 1400",
            ),
            (
                "warning",
                "path-mtu-too-small",
                "mini1",
                "packets of 9000 bytes from mini2 do not reach it; its card takes 1500",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("two", "three", "one", "changes", "expected"), PEERS)
def test_peers(
    two: dict[str, t.Any], three: dict[str, t.Any], one: dict[str, t.Any], changes: dict[str, t.Any], expected: Told
) -> None:
    on = hosts(mini1=seen(1, **one), mini2=seen(2, peers={"mini1": two}), mini3=seen(3, peers={"mini1": three}))
    assert told(plan(**changes), on) == expected


def test_a_peer_nobody_could_look_at_is_its_own_finding() -> None:
    on = hosts(mini1={"state": "unreachable", "message": "x"}, mini2=seen(2, peers={"mini1": {"tcp": CLOSED}}))
    assert [finding["id"] for finding in findings(plan(), on)] == ["host-unreachable"]


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


CGROUPS = [({"failCgroupV1": False}, 0), ({"failCgroupV1": "false"}, 0), ({"failCgroupV1": True}, 1), ({}, 1)]


@pytest.mark.parametrize(("configuration", "number"), CGROUPS)
def test_cgroup_v1_accepted(configuration: dict[str, t.Any], number: int) -> None:
    on = {"mini1": seen(1, cgroup={"version": 1, "controllers": []})}
    assert len(told(plan(kubelet_configuration=configuration), on)) == number


def test_limits_are_the_users() -> None:
    on = {"mini1": seen(1, memory_mib=900, disk_free_mib=1100)}
    limits = {"memory_control_plane_mib": 800, "disk_mib": 1024, "disk_warning_mib": 1024}
    assert told(plan(limits=limits), on) == []


def test_ipvs_needs_its_module() -> None:
    on = {"mini1": seen(1, kernel_modules={"ip_vs": "absent"})}
    assert [(f["id"], f["fix"]) for f in findings(plan(proxy_mode="ipvs"), on)] == [
        ("kernel-module-missing", "cluster_proxy_mode: nftables"),
        ("proxy-mode-deprecated", "cluster_proxy_mode: nftables"),
    ]


CONTAINERD = [
    (
        system("debian", "12"),
        "distribution",
        "its distribution has containerd 1.6.20; Kubernetes 1.37 needs 1.7.0 or newer",
    ),
    (system("debian", "12"), "docker", ""),
    (system("debian", "13"), "distribution", ""),
    ({"installed": {"containerd": "1.7.24~ds1-6+deb13u1"}}, "distribution", ""),
    (
        {"installed": {"containerd": "1:1.6.9-2"}},
        "distribution",
        "its distribution has containerd 1:1.6.9-2; Kubernetes 1.37 needs 1.7.0 or newer",
    ),
]


@pytest.mark.parametrize(("changes", "source", "message"), CONTAINERD)
def test_containerd(changes: dict[str, t.Any], source: str, message: str) -> None:
    expected = [("error", "containerd-too-old", "mini1", message)] if message else []
    assert told(plan(containerd_source=source), {"mini1": seen(1, **changes)}) == expected


def test_a_running_flannel_holds_its_own_port() -> None:
    host = seen(2, **listener(8472, "", "udp"))
    host["facts"]["interfaces"].append(
        {**copy.deepcopy(host["facts"]["interfaces"][0]), "name": "flannel.1", "kind": "vxlan"}
    )
    assert told(plan(), hosts(mini2=host)) == []


def test_everything_at_once_errors_first() -> None:
    on = hosts(mini1={"state": "unreachable", "message": "no route"}, mini2=seen(2, services=["crio"], memory_mib=100))
    assert [(severity, id_) for severity, id_, _, _ in told(plan(proxy_mode="ipvs"), on)] == [
        ("error", "host-unreachable"),
        ("error", "memory-too-small"),
        ("warning", "other-container-runtime"),
        ("warning", "proxy-mode-deprecated"),
    ]


def test_every_finding_says_how_to_fix_it() -> None:
    bad = {
        "mini1": seen(
            1, uid=1, python="3.7", memory_mib=1, cpus=1, disk_free_mib=1, architecture="s390x", **system("x", "1")
        ),
        "mini2": seen(2, services=["docker"], remains=["/etc/kubernetes/admin.conf"]),
        "mini3": Host(state="failed", message="?"),
    }
    for finding in findings(plan(kubernetes_version="1.99.0", proxy_mode="ipvs"), bad):
        assert finding["fix"]
        assert finding["why"]


ADDRESS_OF = [
    ("192.0.2.1", "192.0.2.1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("2001:DB8::0:1", "2001:db8::1"),
    ("x", None),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESS_OF)
def test_address_of(text: str, expected: str | None) -> None:
    assert address_of(text) == expected
