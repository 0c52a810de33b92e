# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The pod networks, one row each: all that is known of one outside of its own role.

A new pod network is a row here, a role of that name, and its name among the choices of cluster_cni, prereqs_cni and the plugins
that take it, which a test compares with this table.
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
class Network:
    """One pod network. What is left out, it does not have."""

    # As its makers write it.
    title: str = ""
    # Where its images are, unless a release says otherwise, and its pods.
    registry: str = ""
    namespace: str = ""
    # What carries pods' packets between nodes by default, and the device that holds its port: a socket without a process.
    tunnel: t.Optional[Port] = None
    tunnel_device: str = ""
    # What the headers of the tunnel, and of the encryption, take of an IPv6 packet: bytes.
    tunnel_overhead: int = 0
    encrypted_overhead: int = 0
    # Instead of the tunnel where packets are routed, and besides either where they are encrypted.
    routed: tuple[Port, ...] = ()
    encrypted: tuple[Port, ...] = ()
    # Patterns of the devices on a node; those of ``kernel_devices`` come with a kernel module, whoever has loaded it.
    devices: tuple[str, ...] = ()
    kernel_devices: tuple[str, ...] = ()
    # Whether NetworkManager would give these devices profiles, addresses and routes of its own.
    network_manager: bool = False
    # Kernel module -> the kernel option that builds it in: what it always needs, and what some of its settings do.
    modules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    more_modules: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    # The file in memory that keeps the pod range of a node.
    lease: str = ""
    enforces_policies: bool = False

    def makes(self, device: str) -> bool:
        """Whether a device is its work."""
        return _matches(device, self.devices) and not _matches(device, self.kernel_devices)


def _matches(device: str, patterns: t.Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(device, pattern) for pattern in patterns)


_VXLAN = {"vxlan": "CONFIG_VXLAN"}
NETWORKS = {
    "flannel": Network(
        title="Flannel",
        registry="ghcr.io",
        namespace="kube-flannel",
        tunnel=Port("8472", "udp", "Flannel VXLAN"),
        tunnel_device="flannel.1",
        tunnel_overhead=70,
        # The bridge of its CNI plugin, and what its backends make: VXLAN, UDP, WireGuard.
        devices=("cni0", "flannel.*", "flannel-v6.*", "flannel0", "flannel-wg", "flannel-wg-v6"),
        modules=_VXLAN,
        lease="/run/flannel/subnet.env",
    ),
    # Typha (TCP 5473) is not part of the manifest that is installed.
    "calico": Network(
        title="Calico",
        registry="quay.io",
        namespace="kube-system",
        tunnel=Port("4789", "udp", "Calico VXLAN"),
        tunnel_device="vxlan.calico",
        tunnel_overhead=70,
        encrypted_overhead=80,
        routed=(Port("179", "tcp", "Calico BGP"),),
        encrypted=(Port("51820:51821", "udp", "Calico WireGuard"),),
        devices=("cali*", "tunl*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali"),
        kernel_devices=("tunl*",),
        network_manager=True,
        modules=_VXLAN,
        more_modules={"ipip": "CONFIG_NET_IPIP", "wireguard": "CONFIG_WIREGUARD"},
        enforces_policies=True,
    ),
}
# What a user may ask for.
NAMES = (*NETWORKS, "none")


def network_of(name: str) -> Network:
    """The row of a name; an empty one for ``none``, and for what is not known, which is a finding of its own."""
    return NETWORKS.get(name, Network())


def manager_file(name: str) -> str:
    """Where NetworkManager is told to keep away from a network's devices."""
    return f"/etc/NetworkManager/conf.d/homelab-{name}.conf"


__all__ = ("NAMES", "NETWORKS", "Network", "Port", "manager_file", "network_of")
