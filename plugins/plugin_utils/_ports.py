# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The ports of a node, computed from its role, the network and the cluster's addresses: nobody keeps a table by hand."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import POD_NETWORKS, Port, pod_network
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.probe import Peer
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import (
    network,
    read_address,
    read_range,
)

ETCD = Port("2379:2380", "tcp", "etcd")
# Where an API server listens; the endpoint of a cluster may have another port.
API = 6443


class Opening(t.TypedDict):
    """One thing to let in.

    ``port`` may be a range ``a:b`` and is empty for a protocol without ports (vrrp); an empty ``source`` is anybody; ``route`` is traffic that passes through.
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


def cni_ports(cni: str, encapsulation: str = "vxlan", wireguard: bool = False) -> list[Port]:
    """What the pod network needs between nodes."""
    if cni not in POD_NETWORKS:
        raise ValueError(f"unknown CNI {cni!r}; known are {', '.join(sorted(POD_NETWORKS))}")
    return POD_NETWORKS[cni].ports(tunnelled=encapsulation.startswith("vxlan"), encrypted=wireguard)


def node_ports(control_planes: bool, network: t.Sequence[Port], load_balancer: bool) -> list[Port]:
    """Ports that only nodes of the cluster need to reach; those of etcd where both ends are control planes."""
    ports = [Port("10250", "tcp", "kubelet"), *network]
    if load_balancer:
        ports += [Port("7946", protocol, "MetalLB members") for protocol in ("tcp", "udp")]
    return [*ports, ETCD] if control_planes else ports


def client_networks(
    addresses: t.Iterable[str], interfaces: t.Iterable[t.Mapping[str, t.Any]], ranges: t.Iterable[str]
) -> list[str]:
    """The networks of a host's cards in which its node addresses or load balancer addresses lie: who its clients are.

    A host answers for its own firewall only, so what the other hosts say of their networks opens nothing here. An address
    that is on no card, and a range that is none, are findings of preflight and add nothing.
    """
    wanted = []
    for read, texts in ((read_address, addresses), (read_range, ranges)):
        for text in texts:
            with contextlib.suppress(ValueError):
                wanted.append(read(text, "firewall").range())
    cards = {str(_ip.interface(text).network) for card in interfaces for text in card["addresses"]}
    return [str(net) for net in _ip.summary(card for card in cards if any(one in network(card) for one in wanted))]


def node_peers(
    host: str,
    node_ips: t.Mapping[str, str],
    *,
    control_plane: t.Collection[str],
    cni: str,
    encapsulation: str = "vxlan",
    load_balancer: bool = False,
    api_ports: t.Iterable[int] = (),
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
        texts = [port for port, protocol, _why in ports if protocol == "tcp"]
        api = (API, *api_ports) if name in control_plane else ()
        tcp = sorted({*api, *(int(port) for text in texts for port in text.split(":"))})
        result[name] = Peer(address=address, tcp=tcp, udp=pod_network(cni).port)
    return result


def _openings(sources: t.Iterable[str], ports: t.Iterable[tuple[str, str, str]]) -> list[Opening]:
    texts = [_ip.canonical(source) for source in sources]
    return [opening(comment, port, protocol, source) for port, protocol, comment in ports for source in texts]


def _pod_openings(cidr: str, outside: t.Iterable[str]) -> list[Opening]:
    """What a network of pods may do here, and who may speak to it."""
    same = [_ip.canonical(source) for source in outside if (":" in source) == (":" in cidr)]
    return [
        opening("kubelet", "10250", "tcp", cidr),
        opening("from pods", source=cidr, route=True),
        *(opening("to pods", source=source, destination=cidr, route=True) for source in same),
    ]


def firewall_ports(
    peers: t.Iterable[str],
    *,
    control_plane: bool,
    cni: str,
    pod_cidrs: t.Iterable[str],
    clients: t.Iterable[str] = (),
    control_planes: t.Iterable[str] = (),
    load_balancer: bool = False,
    encapsulation: str = "vxlan",
    wireguard: bool = False,
    virtual_ip: str = "",
    api_ports: t.Iterable[int] = (),
) -> list[Opening]:
    """What a node lets in.

    ``peers`` are the addresses of the other nodes and ``control_planes`` those of the other control planes, ``pod_cidrs`` the
    networks of the pods, ``clients`` the networks of people. The control planes tell each other in its family who holds the
    ``virtual_ip``. ``api_ports`` are those at which the API is reached beside its own. kube-proxy translates what comes to a
    Service before the firewall sees it, so a client's packet to a NodePort or a load balancer address passes through to a pod
    with the client's own source.
    """
    pods = [str(_ip.network(cidr)) for cidr in pod_cidrs]
    nodes = sorted({str(_ip.address(peer)) for peer in peers})
    outside = [str(network) for network in _ip.summary([*clients, *nodes])]
    # A pod reaches the API of its own node with its own address; between nodes the pod network hides it.
    everybody = [str(network) for network in _ip.summary([*outside, *pods])]
    services = [("30000:32767", "tcp", "NodePort services"), ("30000:32767", "udp", "NodePort services")]
    api = [(str(port), "tcp", "Kubernetes API") for port in dict.fromkeys((API, *api_ports)) if control_plane]
    ports = node_ports(False, cni_ports(cni, encapsulation, wireguard), load_balancer)
    etcd = sorted({str(_ip.address(peer)) for peer in control_planes}) if control_plane else []
    holders = [peer for peer in etcd if virtual_ip and (":" in peer) == (":" in virtual_ip)]
    result = [*_openings(everybody, [*api, *services]), *_openings(nodes, ports), *_openings(etcd, [ETCD])]
    result += [opening("virtual IP", protocol="vrrp", source=peer) for peer in holders]
    return result + [one for cidr in pods for one in _pod_openings(cidr, outside)]


__all__ = ("Opening", "client_networks", "firewall_ports", "node_peers")
