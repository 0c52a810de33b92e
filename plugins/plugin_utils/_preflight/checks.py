# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Everything that can be known to be wrong before the first change.

A check is a function from what was asked (Plan) and what was seen (Host) to findings; CHECKS lists them all. A new
Kubernetes minor, operating system or pod network is a line in a table.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, ordered, warning
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address, split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.calico import (
    check_calico,
    check_cni_remains,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.firewall import check_firewall_clients
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.network import (
    address_of,
    addresses,
    check_announcing_cards,
    check_families,
    check_load_balancer,
    check_node_ip,
    check_router_advertisements,
    same_machine,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.running import check_place, check_running

Facts = t.Dict[str, t.Any]
Group = t.Literal["control_plane", "workers"]


@dataclasses.dataclass(frozen=True)
class Minor:
    """What one Kubernetes minor needs."""

    containerd: str


KUBERNETES = {
    "1.35": Minor(containerd="1.7.0"),
    "1.36": Minor(containerd="1.7.0"),
    "1.37": Minor(containerd="1.7.0"),
}

# Distributions whose own containerd is known to be old, before it is installed.
DISTRIBUTION_CONTAINERD = {("debian", "12"): "1.6.20"}

# os-release id -> supported versions; the major version is enough where a distribution counts that way.
SYSTEMS = {
    "debian": ("12", "13"),
    "ubuntu": ("24.04", "26.04"),
    "rocky": ("9", "10"),
    "almalinux": ("9", "10"),
    "rhel": ("9", "10"),
}
SYSTEMS_TEXT = "Debian 12 and 13, Ubuntu 24.04 and 26.04, Rocky Linux, AlmaLinux and RHEL 9 and 10"
ARCHITECTURES = ("x86_64", "aarch64")

# A process is known by the first 15 characters of its name.
PORTS: t.Dict[Group, t.Dict[int, t.Tuple[str, ...]]] = {
    "control_plane": {
        2379: ("etcd",),
        2380: ("etcd",),
        6443: ("kube-apiserver",),
        10250: ("kubelet",),
        10257: ("kube-controller",),
        10259: ("kube-scheduler",),
    },
    "workers": {10250: ("kubelet",)},
}

# Pod network -> its UDP port and the device that holds it (the kernel's socket, which has no process).
CNI_PORTS = {"flannel": (8472, "flannel.1"), "calico": (4789, "vxlan.calico")}
CNI_MODULES = {"flannel": ("br_netfilter", "vxlan"), "calico": ("vxlan",), "none": ()}
PROXY_MODULES = {"nftables": ("nf_tables",), "iptables": (), "ipvs": ("ip_vs",)}

LIMITS = {
    "memory_control_plane_mib": 1700,
    "memory_worker_mib": 700,
    "cpus_control_plane": 2,
    "disk_mib": 3072,
    "disk_warning_mib": 10240,
    "clock_seconds": 60,
    "clock_warning_seconds": 5,
    "fsync_warning_ms": 10,
}


class Plan(t.TypedDict, total=False):
    """What was asked for. A value that is unknown or invalid is left out, and what needs it is not checked."""

    control_plane: t.List[str]
    workers: t.List[str]
    cluster: t.List[str]
    kubernetes_version: str
    cni: str
    calico_version: str
    calico_encapsulation: str
    calico_dataplane: str
    calico_pool_cidr: str
    calico_wireguard: t.Any
    calico_environment: t.Dict[str, t.Any]
    proxy_mode: str
    endpoint: str
    pods: str
    services: str
    dns_domain: str
    cluster_configuration: t.Dict[str, t.Any]
    node_ips: t.Dict[str, str]
    load_balancer: t.List[str]
    load_balancer_interfaces: t.List[str]
    kubelet_configuration: t.Dict[str, t.Any]
    containerd_source: str
    manage_hostname: t.Any
    manage_firewall: t.Any
    firewall_clients: t.Dict[str, t.List[str]]
    control_node: t.Dict[str, str]
    sysctls: t.Dict[str, t.Dict[str, t.Any]]
    limits: t.Dict[str, int]


class Host(t.TypedDict, total=False):
    """What was seen of one host: ``facts`` of host_facts when ``state`` is ok, else why there are none.

    ``sent`` and ``received`` are this machine's times around the look at it.
    """

    state: t.Literal["ok", "unreachable", "failed"]
    message: str
    facts: Facts
    sent: float
    received: float


@dataclasses.dataclass(frozen=True)
class Context:
    """What every check gets."""

    plan: Plan
    hosts: t.Mapping[str, Host]

    @property
    def seen(self) -> t.Dict[str, Facts]:
        """The facts of the hosts that could be looked at."""
        return {name: host["facts"] for name, host in self.hosts.items() if host["state"] == "ok"}

    def group(self, name: str) -> Group:
        return "control_plane" if name in self.plan.get("control_plane", []) else "workers"

    def limit(self, name: str) -> int:
        return self.plan.get("limits", {}).get(name, LIMITS[name])

    def one_machine(self, names: t.Iterable[str]) -> bool:
        """Whether hosts have one node address: then they look alike because they are, and the address plan says it."""
        hosts = list(names)
        given = {address_of(primary_address(self.plan.get("node_ips", {}).get(name, ""))) for name in hosts}
        facts = [self.seen[name] for name in hosts if name in self.seen]
        return len(given) == 1 and None not in given and all(same_machine(facts[0], other) for other in facts[1:])

    def shared(self, values: t.Iterable[t.Tuple[str, str]]) -> t.Dict[str, t.List[str]]:
        """(host, value) -> values that more than one machine has, with those hosts."""
        owners: t.Dict[str, t.List[str]] = {}
        for host, value in values:
            if value and host not in owners.setdefault(value, []):
                owners[value].append(host)
        return {value: hosts for value, hosts in owners.items() if len(hosts) > 1 and not self.one_machine(hosts)}

    @property
    def minor(self) -> str:
        """The Kubernetes minor, empty when the version is unknown or malformed."""
        match = re.fullmatch(r"([0-9]+\.[0-9]+)\.[0-9]+", self.plan.get("kubernetes_version", ""))
        return match.group(1) if match else ""


Check = t.Callable[[Context], t.Iterable[Finding]]


# --- the inventory -----------------------------------------------------------------------------------------------------


def check_groups(context: Context) -> t.Iterable[Finding]:
    control_plane = context.plan.get("control_plane", [])
    workers = context.plan.get("workers", [])
    if not control_plane:
        yield error(
            "control-plane-missing",
            "the group control_plane of the inventory has no host",
            why="A cluster begins with a control plane; workers have nothing to join.",
            fix="put one host under cluster.children.control_plane.hosts in the inventory",
            subjects=["groups.control_plane"],
        )
    elif len(control_plane) > 1:
        yield error(
            "control-plane-several",
            f"the group control_plane has {len(control_plane)} hosts: {', '.join(control_plane)}",
            why="Only one control plane can be bootstrapped yet: each of them would become a cluster of its own.",
            fix=f"leave {control_plane[0]} there and put the others under cluster.children.workers.hosts",
            subjects=["groups.control_plane"],
        )
    for name in context.plan.get("cluster", []):
        if name in control_plane and name in workers:
            yield error(
                "host-in-two-groups",
                "is in control_plane and in workers",
                host=name,
                why="A machine is initialised or joined once, as one of the two.",
                fix="remove it from workers; cluster_schedule_on_control_plane: true lets a control plane run ordinary pods",
            )
        elif name not in control_plane and name not in workers:
            yield error(
                "host-without-role",
                "is in cluster, but neither in control_plane nor in workers",
                host=name,
                why="Nothing would install Kubernetes on it.",
                fix="put it into one of the two groups, or out of cluster",
            )


def check_version(context: Context) -> t.Iterable[Finding]:
    version = context.plan.get("kubernetes_version")
    if version is None:
        return
    supported = ", ".join(KUBERNETES)
    if not context.minor:
        yield error(
            "kubernetes-version-malformed",
            f'cluster_kubernetes_version "{version}" is not a version of three numbers',
            why="Packages, images and kubeadm's configuration need the exact version.",
            fix='write it as "1.37.1": minor and patch, without a leading v',
            subjects=["cluster_kubernetes_version"],
        )
    elif context.minor not in KUBERNETES:
        yield error(
            "kubernetes-version-unsupported",
            f"cluster_kubernetes_version {version} is of minor {context.minor}, which this collection does not know",
            why="Its configuration formats, images and skew rules were never tested together.",
            fix=f"choose a version of {supported}",
            subjects=["cluster_kubernetes_version"],
        )


def check_proxy_mode(context: Context) -> t.Iterable[Finding]:
    if context.plan.get("proxy_mode") == "ipvs":
        yield warning(
            "proxy-mode-deprecated",
            "cluster_proxy_mode is ipvs, which Kubernetes deprecates since 1.35",
            why="It is off by default from 1.40 and removed afterwards.",
            fix="cluster_proxy_mode: nftables",
            subjects=["cluster_proxy_mode"],
        )


# --- reaching the hosts ------------------------------------------------------------------------------------------------

_SUDO = re.compile(r"sudo|privilege escalation|become|password is required", re.IGNORECASE)
_PYTHON = re.compile(r"interpreter|python[0-9.]*: (command )?not found|no python|python requirement", re.IGNORECASE)


def check_access(context: Context) -> t.Iterable[Finding]:
    for name, host in context.hosts.items():
        text = " ".join(host.get("message", "").split())
        if host["state"] != "ok" and _SUDO.search(text):
            yield error(
                "become-failed",
                f"becoming root failed: {text}",
                host=name,
                why="Packages, kernel settings and kubeadm need root.",
                fix="install sudo and allow the login user to use it; run with --ask-become-pass if it wants a password",
            )
        elif host["state"] == "unreachable":
            yield error(
                "host-unreachable",
                f"cannot be reached: {text}",
                host=name,
                why="Nothing is known about it, so nothing is changed anywhere.",
                fix=f"ssh to it by hand with the same user and key, and compare with `ansible-inventory --host {name}`",
            )
        elif host["state"] == "failed" and _PYTHON.search(text):
            yield error(
                "python-missing",
                f"no usable Python: {text}",
                host=name,
                why="Ansible runs its modules with the host's Python.",
                fix="install python3 (3.9 or newer) on it, or set ansible_python_interpreter to where it is",
            )
        elif host["state"] == "failed":
            yield error(
                "host-facts-failed",
                f"looking at it failed: {text}",
                host=name,
                why="Nothing is known about it, so nothing is changed anywhere.",
                fix=f"run `ansible {name} -b -m homelab.kubernetes.host_facts -vvv` and repair what it says",
            )


def check_user(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        if facts["uid"] != 0:
            yield error(
                "not-root",
                f"tasks run with user id {facts['uid']} instead of root",
                host=name,
                why="Packages, kernel settings and kubeadm need root.",
                fix="set ansible_become: true on the group cluster (and ansible_become_user to root, or leave it out)",
            )
        if _numbers(facts["python"]) < (3, 9):
            yield error(
                "python-too-old",
                f"Python {facts['python']} is older than 3.9",
                host=name,
                why="The modules of this collection do not run there.",
                fix="point ansible_python_interpreter at a newer Python",
            )


# --- the system --------------------------------------------------------------------------------------------------------


def _numbers(version: str) -> t.Tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))


def check_system(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        system = facts["os"]
        versions = SYSTEMS.get(system["id"], ())
        if system["version_id"] not in versions and system["version_id"].split(".")[0] not in versions:
            yield error(
                "os-unsupported",
                f"runs {system['pretty'] or system['id'] or 'an unknown system'}",
                host=name,
                why="Package sources and defaults are known for other systems only.",
                fix=f"install one of {SYSTEMS_TEXT}",
            )
        if facts["architecture"] not in ARCHITECTURES:
            yield error(
                "architecture-unsupported",
                f"has the architecture {facts['architecture']}",
                host=name,
                why="Kubernetes, the pod networks and MetalLB publish no common set of images for it.",
                fix=f"use a machine of {' or '.join(ARCHITECTURES)}",
            )


def check_size(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        control_plane = context.group(name) == "control_plane"
        kind = "control plane" if control_plane else "worker"
        memory = context.limit("memory_control_plane_mib" if control_plane else "memory_worker_mib")
        if facts["memory_mib"] < memory:
            yield error(
                "memory-too-small",
                f"has {facts['memory_mib']} MiB of memory; a {kind} needs {memory}",
                host=name,
                why="The kernel would kill parts of Kubernetes soon after the start.",
                fix="give it more memory, or make another machine the control plane"
                if control_plane
                else "give it more memory",
            )
        if control_plane and facts["cpus"] < context.limit("cpus_control_plane"):
            yield error(
                "cpus-too-few",
                f"has {facts['cpus']} CPU; a control plane needs {context.limit('cpus_control_plane')}",
                host=name,
                why="kubeadm refuses it: API server and etcd would wait for each other.",
                fix="give it another CPU, or make another machine the control plane",
            )


def check_disk(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        free = facts["disk_free_mib"]
        needed, wanted = context.limit("disk_mib"), context.limit("disk_warning_mib")
        what = f"has {free} MiB free under /var/lib"
        why = "Images, logs and etcd live there; below 10-15 % the kubelet evicts pods (DiskPressure)."
        if free < needed:
            yield error("disk-too-full", f"{what}; {needed} are needed", host=name, why=why, fix="free or add space")
        elif free < wanted:
            yield warning(
                "disk-nearly-full", f"{what}; {wanted} are advised", host=name, why=why, fix="free or add space"
            )


def check_disk_speed(context: Context) -> t.Iterable[Finding]:
    limit = context.limit("fsync_warning_ms")
    for name, facts in context.seen.items():
        if context.group(name) == "control_plane" and facts["fsync_ms"] > limit:
            yield warning(
                "disk-slow",
                f"writing 2 KiB safely to the disk of etcd takes {facts['fsync_ms']:.0f} ms; more than {limit} is slow",
                host=name,
                why="etcd waits for the disk with every change: a slow one makes the API slow and elections fail.",
                fix="give /var/lib/etcd an SSD, no SD card or USB stick; or measure again when nothing else writes",
            )


def check_containerd(context: Context) -> t.Iterable[Finding]:
    minor = KUBERNETES.get(context.minor)
    if minor is None or context.plan.get("containerd_source") != "distribution":
        return
    for name, facts in context.seen.items():
        system = facts["os"]
        version = facts["installed"].get("containerd") or DISTRIBUTION_CONTAINERD.get(
            (system["id"], system["version_id"])
        )
        if version and _numbers(version.split(":")[-1]) < _numbers(minor.containerd):
            yield error(
                "containerd-too-old",
                f"its distribution has containerd {version}; Kubernetes {context.minor} needs {minor.containerd} or newer",
                host=name,
                why="The kubelet cannot talk to an older one.",
                fix="containerd_source: docker",
                subjects=["containerd_source"],
            )


def check_cgroup(context: Context) -> t.Iterable[Finding]:
    accepted = context.plan.get("kubelet_configuration", {}).get("failCgroupV1")
    if _numbers(context.minor) < (1, 35) or accepted in (False, "false"):
        return
    for name, facts in context.seen.items():
        if facts["cgroup"]["version"] == 1:
            yield error(
                "cgroup-v1",
                "booted with cgroup v1",
                host=name,
                why=f"The kubelet of Kubernetes {context.minor} does not start there.",
                fix="boot with systemd.unified_cgroup_hierarchy=1, or accept v1 for now with "
                "control_plane_kubelet_configuration: {failCgroupV1: false}",
            )


def check_modules(context: Context) -> t.Iterable[Finding]:
    wanted = {
        "overlay",
        "br_netfilter",
        *CNI_MODULES.get(context.plan.get("cni", ""), ()),
        *PROXY_MODULES.get(context.plan.get("proxy_mode", ""), ()),
    }
    for name, facts in context.seen.items():
        missing = sorted(module for module in wanted if facts["kernel_modules"].get(module) == "absent")
        if missing:
            ipvs = "ip_vs" in missing
            yield error(
                "kernel-module-missing",
                f"its kernel {facts['kernel']} has no {', '.join(missing)}, neither built in nor as a module",
                host=name,
                why="kube-proxy's mode ipvs needs it."
                if ipvs
                else "Containers or the pod network cannot work without.",
                fix="cluster_proxy_mode: nftables"
                if ipvs
                else "install the distribution's full kernel (with its modules), reboot",
            )


# --- hosts against each other ------------------------------------------------------------------------------------------

# Kinds of devices whose MAC address is made up and means nothing to the LAN.
_PHYSICAL = ("", "bond", "macvlan", "vlan")


def check_hostnames(context: Context) -> t.Iterable[Finding]:
    # Names that prereqs is going to set are those of the inventory, which are different.
    if _on(context.plan.get("manage_hostname", False)):
        return
    seen = context.seen
    for name, hosts in context.shared((host, facts["hostname"].lower()) for host, facts in seen.items()).items():
        yield error(
            "hostname-duplicate",
            f"{', '.join(hosts)} all have the host name {name}",
            why="Kubernetes demands names of their own; DHCP, mDNS and logs take them for one machine.",
            fix="prereqs_manage_hostname: true names them after the inventory; or `hostnamectl set-hostname` on each",
        )


def check_identity(context: Context) -> t.Iterable[Finding]:
    seen = context.seen
    for value, hosts in context.shared((host, facts["machine_id"]) for host, facts in seen.items()).items():
        yield error(
            "machine-id-duplicate",
            f"{', '.join(hosts)} all have the machine id {value}",
            why="They were cloned from one image: DHCP gives them one address, and logs and metrics mix them up.",
            fix=f"on {', '.join(hosts[1:])}: `rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup`, then reboot",
        )
    for value, hosts in context.shared((host, facts["product_uuid"]) for host, facts in seen.items()).items():
        yield warning(
            "product-uuid-duplicate",
            f"{', '.join(hosts)} all have the product UUID {value}",
            why="Kubernetes shows it as the machine's identity; cheap boards share one, cloned virtual machines should not.",
            fix="give each virtual machine a UUID of its own; for boards from the factory, ignore this",
        )


def check_mac(context: Context) -> t.Iterable[Finding]:
    macs = [
        (host, interface["mac"])
        for host, facts in context.seen.items()
        for interface in facts["interfaces"]
        if interface["kind"] in _PHYSICAL and interface["mac"].strip("0:")
    ]
    for value, hosts in context.shared(macs).items():
        yield error(
            "mac-duplicate",
            f"{', '.join(hosts)} all have a network card with the address {value}",
            why="A switch delivers the packets of both to one of them; cloned virtual machines often share it.",
            fix="let the hypervisor make a new MAC address for each copy",
        )


def check_node_names(context: Context) -> t.Iterable[Finding]:
    label = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    for name in context.plan.get("cluster", []):
        if len(name) > 63 or not re.fullmatch(rf"{label}(\.{label})*", name):
            yield error(
                "node-name-invalid",
                "its name in the inventory cannot be the name of a node",
                host=name,
                why="Kubernetes accepts small letters, digits, hyphens and dots, at most 63, and no hyphen at an end.",
                fix="rename it in the inventory; ansible_host keeps the address",
            )


def _skew(host: Host) -> t.Tuple[float, float]:
    """How far the host's clock is ahead of this machine's: at least and at most.

    Nobody knows when between sending and receiving the host looked at its clock, so only bounds are certain.
    """
    clock = host["facts"]["clock"]
    return clock["finished"] - host["received"], clock["started"] - host["sent"]


def check_clock(context: Context) -> t.Iterable[Finding]:
    skews = {name: _skew(host) for name, host in context.hosts.items() if host["state"] == "ok" and "sent" in host}
    if not skews:
        return
    # The host in the middle is right; with one host, or two, this machine's clock decides.
    middle = sorted(skews, key=lambda name: sum(skews[name]))[(len(skews) - 1) // 2] if len(skews) > 2 else ""
    low, high = skews.get(middle, (0.0, 0.0))
    for name, (least, most) in skews.items():
        if name == middle:
            continue
        ahead, behind = least - high, low - most
        seconds = max(ahead, behind)
        direction = "ahead of" if ahead > behind else "behind"
        what = f"its clock is {seconds:.0f} s {direction} that of {middle or 'this control node'}"
        why = "Certificates, tokens and leases look expired or not yet valid."
        fix = "let chrony or systemd-timesyncd keep the time, and check `timedatectl`"
        if seconds > context.limit("clock_seconds"):
            yield error("clock-skew", what, host=name, why=why, fix=fix)
        elif seconds > context.limit("clock_warning_seconds"):
            yield warning("clock-skew", what, host=name, why=why, fix=fix)


_TIME_DAEMONS = {"chrony", "chronyd", "ntp", "ntpd", "ntpsec", "openntpd", "systemd-timesyncd"}


def check_time_sync(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        # The clock of a container is that of the machine around it.
        if facts["container"] or facts["clock"]["synchronized"] or _TIME_DAEMONS & set(facts["services"]):
            continue
        yield warning(
            "time-not-synchronized",
            "nothing keeps its clock right",
            host=name,
            why="Clocks drift apart by seconds a day; certificates and leases depend on them.",
            fix="install and start chrony or systemd-timesyncd",
        )


# --- what already runs there -------------------------------------------------------------------------------------------


def check_ports(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        # Without root no process is known, and not-root says so.
        if facts["uid"] != 0:
            continue
        wanted = PORTS[context.group(name)]
        taken = {
            (item["port"], item["process"])
            for item in facts["listeners"]
            if item["proto"] == "tcp" and item["port"] in wanted and item["process"] not in wanted[item["port"]]
        }
        for port, process in sorted(taken):
            yield error(
                "port-in-use",
                f"TCP port {port} is in use by {process or 'a process that cannot be seen from here'}",
                host=name,
                why=f"{wanted[port][0]} listens there.",
                fix=f"stop {process or 'it'}, or move it to another port (`ss -ltnp sport = :{port}`)",
            )


def check_cni_port(context: Context) -> t.Iterable[Finding]:
    cni = context.plan.get("cni", "")
    port, device = CNI_PORTS.get(cni, (0, ""))
    for name, facts in context.seen.items():
        taken = [item for item in facts["listeners"] if item["proto"] == "udp" and item["port"] == port]
        if taken and device not in {interface["name"] for interface in facts["interfaces"]}:
            process = taken[0]["process"] or "the kernel, for another tunnel"
            yield error(
                "port-in-use",
                f"UDP port {port} is in use by {process}",
                host=name,
                why=f"{cni} carries the traffic between pods over it.",
                fix=f"stop what uses it (`ss -lunp sport = :{port}`, `ip -d link show type vxlan`)",
            )


def check_runtimes(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        active = [unit for unit in ("docker", "crio", "cri-o") if unit in facts["services"]]
        if active:
            yield warning(
                "other-container-runtime",
                f"{', '.join(active)} runs there",
                host=name,
                why="It shares containerd or adds firewall rules of its own; its containers stop for a moment when containerd restarts.",
                fix="stop and disable it on nodes, unless you know that both get along",
            )


def check_remains(context: Context) -> t.Iterable[Finding]:
    nodes = (part for text in context.plan.get("node_ips", {}).values() for part in split_addresses(text))
    expected = {context.plan.get("endpoint", ""), *nodes, "127.0.0.1", "localhost"}
    for name, facts in context.seen.items():
        if facts["remains"] and "/etc/kubernetes/kubelet.conf" not in facts["remains"]:
            yield warning(
                "cluster-remains",
                f"holds remains of a cluster without being a node: {', '.join(facts['remains'])}",
                host=name,
                why="Half an old cluster makes kubeadm stop, or pods use an old network.",
                fix="if nothing there is needed: `kubeadm reset --force` and remove the files named",
            )
        match = re.fullmatch(r"https://(\[[^]]+\]|[^:/]+).*", facts["kubelet_server"])
        server = match.group(1).strip("[]") if match else ""
        if server and (address_of(server) or server) not in expected:
            yield warning(
                "other-cluster",
                f"is a node of the cluster at {facts['kubelet_server']}",
                host=name,
                why="It would stay there and never join this one.",
                fix="check cluster_endpoint; or take it out of that cluster first (`kubeadm reset`)",
            )


# --- nodes among themselves --------------------------------------------------------------------------------------------


def _on(value: t.Any) -> bool:
    """A boolean that may have come as text."""
    return str(value).lower() in ("true", "yes", "on", "1")


def _answers_of(context: Context) -> t.Iterator[t.Tuple[str, str, t.Dict[str, t.Any]]]:
    """(source, target, answer) where the target itself could be looked at and keeps its ports open by itself."""
    managed = _on(context.plan.get("manage_firewall", True))
    seen = context.seen
    for source, facts in seen.items():
        for target, answer in facts["peers"].items():
            # prereqs opens the ports of an active firewall; until then it is right that nothing gets through.
            if target in seen and not (managed and seen[target]["firewalls"]):
                yield source, target, answer


def check_peers(context: Context) -> t.Iterable[Finding]:
    blocked: t.Dict[t.Tuple[str, str, str], t.List[str]] = {}
    for source, target, answer in _answers_of(context):
        for port, reason in answer["tcp"].items():
            if reason:
                blocked.setdefault((target, port, reason), []).append(source)
    ports: t.Dict[t.Tuple[str, str, t.Tuple[str, ...]], t.List[str]] = {}
    for (target, port, reason), names in blocked.items():
        ports.setdefault((target, reason, tuple(sorted(names))), []).append(port)
    for (target, reason, sources), numbers in ports.items():
        yield error(
            "node-port-blocked",
            f"its TCP port{'s' if len(numbers) > 1 else ''} {', '.join(sorted(numbers, key=int))} cannot be reached from "
            f"{', '.join(sources)}: {reason}",
            host=target,
            why="Nodes reach each other's kubelet, API server and etcd there; a port where nobody listens yet would refuse at once.",
            fix="let the nodes reach each other: look for a firewall on or between them, a VLAN or a client isolation of the Wi-Fi",
        )


def check_tunnel(context: Context) -> t.Iterable[Finding]:
    cni = context.plan.get("cni", "")
    port, _protocol = CNI_PORTS.get(cni, (0, ""))
    silent: t.Dict[str, t.List[str]] = {}
    for source, target, answer in _answers_of(context):
        listens = any(item["proto"] == "udp" and item["port"] == port for item in context.seen[target]["listeners"])
        # An open port is silent by nature, and a host that is cut off has its own finding.
        if answer.get("udp") is False and not listens and not any(answer["tcp"].values()):
            silent.setdefault(target, []).append(source)
    for target, sources in silent.items():
        yield warning(
            "node-tunnel-blocked",
            f"its UDP port {port} gives no answer to {', '.join(sources)}, though TCP gets through",
            host=target,
            why=f"{cni} carries the traffic between pods over it; a host without a firewall says that the port is closed.",
            fix=f"let UDP port {port} through between the nodes; if something only drops the answers (ICMP), ignore this",
        )


def _card_mtu(context: Context, name: str) -> int:
    """The MTU of the card that has the node address; 0 when it is on none."""
    address, facts = primary_address(context.plan.get("node_ips", {}).get(name, "")), context.seen[name]
    device = addresses(facts).get(address_of(address) or "", ("", ""))[1]
    return next((interface["mtu"] for interface in facts["interfaces"] if interface["name"] == device), 0)


def check_path_mtu(context: Context) -> t.Iterable[Finding]:
    small: t.Dict[t.Tuple[str, int, int], t.List[str]] = {}
    for source, target, answer in _answers_of(context):
        mtu, passes = answer.get("mtu", 0), answer.get("passes", 0)
        if passes < mtu:
            small.setdefault((target, mtu, passes), []).append(source)
    for (target, mtu, passes), sources in small.items():
        card, names = _card_mtu(context, target), ", ".join(sources)
        known = f"the way carries {passes}" if passes else f"its card takes {card}" if card < mtu else "small ones do"
        fix = f"set the MTU of the network card to {passes} on {names}"
        if not passes:
            fix = f"give the network cards of {names} and {target} one MTU that every switch between them passes (1500)"
        yield warning(
            "path-mtu-too-small",
            f"packets of {mtu} bytes from {names} do not reach it; {known}",
            host=target,
            why="Pods would connect and then hang as soon as much data flows.",
            fix=fix,
        )


# --- where artifacts come from -----------------------------------------------------------------------------------------


def _answers(status: int) -> bool:
    """A registry asks for a login with 401; a server that refuses GET still is there."""
    return 200 <= status < 400 or status in (401, 403, 405)


def check_sources(context: Context) -> t.Iterable[Finding]:
    """One finding for an address and reason, whoever cannot reach it."""
    groups: t.Dict[t.Tuple[str, str, bool], t.List[str]] = {}
    for name, facts in context.seen.items():
        installed = facts["installed"].get("kubelet", "").startswith(context.plan.get("kubernetes_version", "?"))
        for url, result in facts["urls"].items():
            if not _answers(result["status"]):
                groups.setdefault((url, result["error"], installed), []).append(name)
    for (url, text, installed), names in groups.items():
        everywhere = len(names) == len(context.seen) and len(names) > 1
        untrusted = "CERTIFICATE_VERIFY_FAILED" in text
        tell = warning if installed or untrusted else error
        yield tell(
            "source-untrusted" if untrusted else "source-unreachable",
            f"{url} {'is not trusted' if untrusted else 'does not answer'}"
            f"{' from any host' if everywhere else ' from ' + ', '.join(names)}: {text}",
            host=names[0] if len(names) == 1 else "",
            why="Packages and images come from there.",
            fix="give the hosts its CA certificate, or check the address"
            if untrusted
            else "check the address, DNS and firewall; where only a mirror over http can be reached, let it say what tags mean, "
            "with {url: ..., resolve: true} in containerd_registry_mirrors; behind a proxy that only the package manager knows, "
            "set preflight_urls: [] and preflight_package_urls: {}",
        )


CHECKS: t.Tuple[Check, ...] = (
    check_groups,
    check_version,
    check_proxy_mode,
    check_access,
    check_user,
    check_system,
    check_size,
    check_disk,
    check_disk_speed,
    check_containerd,
    check_cgroup,
    check_modules,
    check_hostnames,
    check_identity,
    check_mac,
    check_node_names,
    check_clock,
    check_time_sync,
    check_node_ip,
    check_families,
    check_router_advertisements,
    check_load_balancer,
    check_announcing_cards,
    check_firewall_clients,
    check_ports,
    check_cni_port,
    check_runtimes,
    check_remains,
    check_cni_remains,
    check_running,
    check_place,
    check_calico,
    check_peers,
    check_tunnel,
    check_path_mtu,
    check_sources,
)


# Every id that preflight's own checks can report; those of the address plan are in its catalog. A test compares.
IDS = frozenset(
    {
        "address-plan-invalid",
        "architecture-unsupported",
        "become-failed",
        "calico-dataplane-impossible",
        "calico-ipip-firewall",
        "calico-pool-outside-pods",
        "calico-version-unsupported",
        "cgroup-v1",
        "clock-skew",
        "cluster-remains",
        "cni-remains",
        "containerd-too-old",
        "control-node-shut-out",
        "control-plane-missing",
        "control-plane-several",
        "cpus-too-few",
        "disk-nearly-full",
        "disk-slow",
        "disk-too-full",
        "host-facts-failed",
        "host-in-two-groups",
        "host-is-control-plane",
        "host-is-worker",
        "host-unreachable",
        "host-without-role",
        "hostname-duplicate",
        "ipv6-router-advertisements",
        "kernel-module-missing",
        "kubernetes-version-malformed",
        "kubernetes-version-unsupported",
        "load-balancer-card-missing",
        "load-balancer-network-missing",
        "local-storage-path",
        "mac-duplicate",
        "machine-id-duplicate",
        "manifest-mismatch",
        "manifest-unreachable",
        "memory-too-small",
        "nfs-export-foreign",
        "nfs-export-invalid",
        "nfs-export-no-directory",
        "nfs-export-overlap",
        "nfs-export-system",
        "nfs-export-world",
        "nfs-server-shared",
        "node-ip-families",
        "node-ip-local",
        "node-ip-missing",
        "node-ip-not-an-address",
        "node-ip-not-unique",
        "node-name-invalid",
        "node-port-blocked",
        "node-tunnel-blocked",
        "node-without-second-family",
        "not-root",
        "os-unsupported",
        "other-cluster",
        "other-container-runtime",
        "package-key-unpinned",
        "path-mtu-too-small",
        "port-in-use",
        "product-uuid-duplicate",
        "proxy-mode-deprecated",
        "python-missing",
        "python-too-old",
        "running-cluster-differs",
        "source-unreachable",
        "source-untrusted",
        "time-not-synchronized",
        "url-with-login",
        "variable-differs",
        "variable-invalid",
        "variable-unknown",
    }
)


def findings(plan: Plan, hosts: t.Mapping[str, Host]) -> t.List[Finding]:
    """Everything that is wrong, on all hosts, in the order of the report."""
    context = Context(plan, hosts)
    return ordered(finding for check in CHECKS for finding in check(context))


__all__ = ("CHECKS", "IDS", "Context", "Host", "Plan", "address_of", "addresses", "findings")
