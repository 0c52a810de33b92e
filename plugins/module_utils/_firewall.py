# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The ports of a node, computed from its role, the network and the cluster's addresses: nobody keeps a table by hand."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._probe import Peer

CNI_PORTS: dict[str, list[tuple[str, str, str]]] = {
    "flannel": [("8472", "udp", "Flannel VXLAN")],
    "calico": [("4789", "udp", "Calico VXLAN")],
    "none": [],
}
# Calico without VXLAN. Typha (TCP 5473) is not part of the manifest that is installed.
CALICO_BGP = [("179", "tcp", "Calico BGP")]
CALICO_WIREGUARD = [("51820:51821", "udp", "Calico WireGuard")]


class Opening(t.TypedDict):
    """One thing to let in.

    ``port`` may be a range ``a:b``; an empty ``source`` is anybody; ``route`` is traffic that passes through.
    """

    port: str
    protocol: str
    source: str
    destination: str
    route: bool
    comment: str


def opening(
    comment: str, port: str = "", protocol: str = "any", source: str = "", destination: str = "", route: bool = False
) -> Opening:
    """An opening with the usual blanks filled in."""
    return Opening(port=port, protocol=protocol, source=source, destination=destination, route=route, comment=comment)


def cni_ports(cni: str, encapsulation: str = "vxlan", wireguard: bool = False) -> list[tuple[str, str, str]]:
    """What the pod network needs between nodes."""
    if cni not in CNI_PORTS:
        raise ValueError(f"unknown CNI {cni!r}; known are {', '.join(sorted(CNI_PORTS))}")
    if cni != "calico":
        return CNI_PORTS[cni]
    ports = CNI_PORTS[cni] if encapsulation.startswith("vxlan") else CALICO_BGP
    return ports + CALICO_WIREGUARD if wireguard else ports


def node_ports(
    control_plane: bool, network: t.Sequence[tuple[str, str, str]], load_balancer: bool
) -> list[tuple[str, str, str]]:
    """Ports that only nodes of the cluster need to reach."""
    ports = [("10250", "tcp", "kubelet"), *network]
    if load_balancer:
        ports += [("7946", "tcp", "MetalLB members"), ("7946", "udp", "MetalLB members")]
    return [*ports, ("2379:2380", "tcp", "etcd")] if control_plane else ports


def node_peers(
    host: str,
    node_ips: t.Mapping[str, str],
    *,
    control_plane: t.Collection[str],
    cni: str,
    encapsulation: str = "vxlan",
    load_balancer: bool = False,
) -> dict[str, Peer]:
    """What a host must reach on the others; names instead of addresses are left out, they are a finding of their own."""
    network = cni_ports(cni, encapsulation)
    result: dict[str, Peer] = {}
    for name, address in node_ips.items():
        try:
            _ip.address(address)
        except ValueError:
            continue
        if name == host:
            continue
        ports = node_ports(name in control_plane and host in control_plane, network, load_balancer)
        texts = [port for port, protocol, _why in ports if protocol == "tcp"] + ["6443"] * (name in control_plane)
        tunnels = [port for port, protocol, _why in CNI_PORTS[cni] if protocol == "udp"]
        tcp = sorted({int(port) for text in texts for port in text.split(":")})
        result[name] = Peer(address=address, tcp=tcp, udp=int(tunnels[0]) if tunnels else 0)
    return result


def firewall_ports(
    peers: t.Iterable[str],
    *,
    control_plane: bool,
    cni: str,
    pod_cidrs: t.Iterable[str],
    load_balancer: bool = False,
    encapsulation: str = "vxlan",
    wireguard: bool = False,
) -> list[Opening]:
    """What a node lets in. ``peers`` are the addresses of the other nodes, ``pod_cidrs`` the networks of the pods."""
    pods = [str(_ip.network(cidr)) for cidr in pod_cidrs]
    nodes = sorted({str(_ip.address(peer)) for peer in peers})
    everybody = [("30000:32767", "tcp", "NodePort services"), ("30000:32767", "udp", "NodePort services")]
    if control_plane:
        everybody.insert(0, ("6443", "tcp", "Kubernetes API"))
    result = [opening(comment, port, protocol) for port, protocol, comment in everybody]
    network = cni_ports(cni, encapsulation, wireguard)
    for port, protocol, comment in node_ports(control_plane, network, load_balancer):
        result += [opening(comment, port, protocol, source) for source in nodes]
    for cidr in pods:
        result.append(opening("kubelet", "10250", "tcp", cidr))
        result.append(opening("from pods", source=cidr, route=True))
        result.append(opening("to pods", destination=cidr, route=True))
    return result


__all__ = ("Opening", "firewall_ports", "node_peers")
