# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a cluster was made with and keeps for life, against what the inventory asks for now.

Another value would be followed by new nodes only, or by nothing at all. One more setting is a line in FIXED.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import occupied as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context


@dataclasses.dataclass(frozen=True)
class Fixed:
    """A setting that cannot change: its key in the plan and in what was seen, its variable, and why.

    ``field`` is its name in ClusterConfiguration.networking, where the user's own settings come last; "" for one that is
    not there. ``hands_off`` is the value with which nothing is asked.
    """

    key: str
    variable: str
    field: str
    why: str
    hands_off: str = ""


FIXED = (
    Fixed(
        "pods",
        "cluster_pod_cidr",
        "podSubnet",
        "Every node holds a block of that range and every pod an address of it. New nodes would get blocks that the others "
        "do not route to.",
    ),
    Fixed(
        "services",
        "cluster_service_cidr",
        "serviceSubnet",
        "Every Service has an address of that range for life, and the API server's certificate names its first.",
    ),
    Fixed(
        "dns_domain",
        "cluster_dns_domain",
        "dnsDomain",
        "CoreDNS and the kubelet of every node answer and search under it. New nodes would search under another one.",
    ),
    Fixed(
        "cni",
        "cluster_cni",
        "",
        "Every pod hangs on the network it was started with. With two of them, old and new pods would not reach each other.",
        hands_off="none",
    ),
)


def same(one: str, other: str) -> bool:
    """Whether two values mean the same: ranges as addresses in their order, names without case and final dot."""

    def meaning(text: str) -> list[str]:
        return [range_of(part) for part in split_addresses(text)]

    def range_of(text: str) -> str:
        try:
            return str(_ip.network(text))
        except ValueError:
            return text.lower().rstrip(".")

    return meaning(one) == meaning(other)


def check_running(context: Context) -> t.Iterable[Finding]:
    """One finding per setting and control plane."""
    configuration = context.plan.get("cluster_configuration")
    override = configuration.get("networking") if isinstance(configuration, dict) else None
    networking = override if isinstance(override, dict) else {}
    for name, facts in context.seen.items():
        for fixed in FIXED:
            has = facts["running_cluster"].get(fixed.key)
            overridden = fixed.field in networking
            wanted = networking[fixed.field] if overridden else context.plan.get(fixed.key)
            if not has or not isinstance(wanted, str) or wanted == fixed.hands_off or same(has, wanted):
                continue
            place = f"control_plane_cluster_configuration.networking.{fixed.field}" if overridden else fixed.variable
            yield kinds.RUNNING_CLUSTER_DIFFERS.at(
                name, subjects=[place.split(".", maxsplit=1)[0]], place=place, wanted=wanted, has=has, because=fixed.why
            )


def place_of(remains: t.Collection[str]) -> str:
    """What a host's files make of it: a host of the group control_plane or workers, or "" of none for certain.

    ``kubeadm init`` writes admin.conf before kubelet.conf and both before the first manifest, so that a start which was cut off is
    none; people keep copies of admin.conf on workers.
    """
    if any(path == "/var/lib/etcd/member" or path.startswith("/etc/kubernetes/manifests/kube-") for path in remains):
        return "control_plane"
    joined = "/etc/kubernetes/kubelet.conf" in remains and "/etc/kubernetes/admin.conf" not in remains
    return "workers" if joined else ""


def check_place(context: Context) -> t.Iterable[Finding]:
    """A host that was one thing and is to be the other: nothing can make it so while it runs."""
    for name, facts in context.seen.items():
        was, group = place_of(facts["remains"]), context.group(name)
        if was == "workers" and group == "control_plane":
            yield kinds.HOST_IS_WORKER.at(name, name=name)
        elif was == "control_plane" and group == "workers":
            yield kinds.HOST_IS_CONTROL_PLANE.at(name, name=name)


__all__ = ("FIXED", "check_place", "check_running", "place_of", "same")
