# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What was asked for and what was seen: what every check gets, and the tables that checks read."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import address_of, same_machine

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

# A process is known by the first 15 characters of its name.
PORTS: t.Dict[Group, t.Dict[int, t.Tuple[str, ...]]] = {
    "control_plane": {
        2379: ("etcd",),
        2380: ("etcd",),
        2381: ("etcd",),
        6443: ("kube-apiserver",),
        10249: ("kube-proxy",),
        10250: ("kubelet",),
        10256: ("kube-proxy",),
        10257: ("kube-controller",),
        10259: ("kube-scheduler",),
    },
    "workers": {10249: ("kube-proxy",), 10250: ("kubelet",), 10256: ("kube-proxy",)},
}

# Expressions of nftables that kube-proxy's rules are made of have modules of their own.
PROXY_MODULES = {
    "nftables": ("nf_tables", "nft_fib", "nft_fib_ipv4", "nft_masq", "nft_numgen"),
    "iptables": (),
    "ipvs": ("ip_vs",),
}

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
    virtual_ip_provider: str
    virtual_ip_haproxy_port: t.Any
    pods: str
    services: str
    dns_domain: str
    cluster_configuration: t.Dict[str, t.Any]
    node_ips: t.Dict[str, str]
    load_balancer: t.List[str]
    load_balancer_interfaces: t.List[str]
    kubelet_configuration: t.Dict[str, t.Any]
    containerd_source: str
    containerd_config: t.Dict[str, t.Dict[str, t.Any]]
    manage_hostname: t.Any
    manage_swap: t.Any
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

    @property
    def network(self) -> _cni.PodNetwork:
        """The pod network that was asked for; that of none where it is not known."""
        return _cni.pod_network(self.plan.get("cni"))

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


def numbers(version: str) -> t.Tuple[int, ...]:
    """The numbers of a version, to compare."""
    return tuple(int(part) for part in re.findall(r"[0-9]+", version))


__all__ = (
    "DISTRIBUTION_CONTAINERD",
    "KUBERNETES",
    "LIMITS",
    "PORTS",
    "PROXY_MODULES",
    "Check",
    "Context",
    "Facts",
    "Group",
    "Host",
    "Minor",
    "Plan",
    "numbers",
)
