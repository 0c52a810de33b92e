# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The pod networks: one row each. A new one is a row here, a role of its name, and its checks if it has any.

Specs and documentation must list its name too; a test compares them with this table.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import typing as t


class Port(t.NamedTuple):
    """What nodes let in from each other. ``port`` may be a range ``a:b``."""

    port: str
    protocol: str
    why: str


@dataclasses.dataclass(frozen=True)
class PodNetwork:
    """What the rest of the collection has to know of a pod network; what is left out, it does not have.

    ``title`` is its name as its makers write it, ``registry`` where its images are (a release may say otherwise), ``namespace``
    where its pods are. ``port`` is the UDP port of its VXLAN tunnel and ``device`` the network device that holds it;
    ``routed`` the ports instead of the tunnel where packets are routed, ``encrypted`` those besides where they are encrypted.
    ``overhead`` and ``encrypted_overhead`` are the bytes that the headers of tunnel and encryption take of an IPv6 packet.
    ``listens`` are TCP ports of its pods in the hosts' network with their processes, ``routed_listens`` more of them where
    packets are routed.

    ``links`` are its devices, as patterns, and ``kernel_links`` those of them that come with a kernel module, whoever loaded it;
    ``network_manager`` is whether NetworkManager would give them profiles, addresses and routes of its own. ``modules`` are the
    kernel modules it needs, and ``more_modules`` those of some settings, with the kernel option that builds each in. ``lease``
    is the file in memory with the pod range of a node.

    ``unproven`` is why nothing is proven of NetworkPolicy, "" where it is enforced.
    """

    title: str = ""
    registry: str = ""
    namespace: str = ""
    port: int = 0
    device: str = ""
    routed: tuple[Port, ...] = ()
    encrypted: tuple[Port, ...] = ()
    overhead: int = 0
    encrypted_overhead: int = 0
    listens: t.Mapping[int, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    routed_listens: t.Mapping[int, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    links: tuple[str, ...] = ()
    kernel_links: tuple[str, ...] = ()
    network_manager: bool = False
    modules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    more_modules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    lease: str = ""
    unproven: str = ""

    def makes(self, link: str) -> bool:
        """Whether a network device is its work."""
        return any(fnmatch.fnmatchcase(link, pattern) for pattern in self.links if pattern not in self.kernel_links)

    def ports(self, *, tunnelled: bool = True, encrypted: bool = False) -> list[Port]:
        """What nodes let in from each other. One that cannot do without its tunnel, or encrypt, is not asked to."""
        tunnel = [Port(str(self.port), "udp", f"{self.title} VXLAN")] if self.port else []
        return [*(tunnel if tunnelled or not self.routed else self.routed), *(self.encrypted if encrypted else ())]


_VXLAN = {"vxlan": "CONFIG_VXLAN"}
POD_NETWORKS: dict[str, PodNetwork] = {
    "flannel": PodNetwork(
        title="Flannel",
        registry="ghcr.io",
        namespace="kube-flannel",
        port=8472,
        device="flannel.1",
        overhead=70,
        # The bridge of its CNI plugin, and what its backends make.
        links=("cni0", "flannel.*", "flannel-v6.*", "flannel0", "flannel-wg", "flannel-wg-v6"),
        modules=_VXLAN,
        lease="/run/flannel/subnet.env",
        unproven="not enforced by Flannel",
    ),
    # Typha (TCP 5473) is not part of the manifest that is installed.
    "calico": PodNetwork(
        title="Calico",
        registry="quay.io",
        namespace="kube-system",
        port=4789,
        device="vxlan.calico",
        routed=(Port("179", "tcp", "Calico BGP"),),
        encrypted=(Port("51820:51821", "udp", "Calico WireGuard"),),
        overhead=70,
        encrypted_overhead=80,
        listens={9099: ("calico-node",)},
        routed_listens={179: ("bird",)},
        # In the order of the file that nodes have: another one would reload their NetworkManager for nothing.
        links=("cali*", "tunl*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali"),
        kernel_links=("tunl*",),
        network_manager=True,
        modules=_VXLAN,
        more_modules={"ipip": "CONFIG_NET_IPIP", "wireguard": "CONFIG_WIREGUARD"},
    ),
    "none": PodNetwork(unproven="the pod network is not of this collection"),
}
# Those that are installed here.
OURS = tuple(name for name in POD_NETWORKS if name != "none")


def pod_network(name: object) -> PodNetwork:
    """The row of a name; that of ``none`` for what is not known, which is a finding of its own."""
    return POD_NETWORKS.get(name if isinstance(name, str) else "", POD_NETWORKS["none"])


def manager_file(name: str) -> str:
    """Where NetworkManager is told to keep away from a network's devices."""
    return f"/etc/NetworkManager/conf.d/homelab-{name}.conf"


__all__ = ("OURS", "POD_NETWORKS", "PodNetwork", "Port", "manager_file", "pod_network")
