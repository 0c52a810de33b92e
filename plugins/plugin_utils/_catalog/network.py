# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Addresses of hosts, and the ways between them."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

CONTROL_NODE_SHUT_OUT = Kind(
    "control-node-shut-out",
    "this machine reaches it from {own}, which is none of prereqs_firewall_clients ({named})",
    fix="prereqs_firewall_clients: [{wanted}], or the network of {own}; behind address translation, the address "
    "that the host sees instead",
    why="Its active {firewalls} would refuse every request to the API, and the run would stop there.",
    severity="warning",
)
FIREWALL_CLIENTS_INVALID = Kind(
    "variable-invalid",
    "prereqs_firewall_clients: {reason}",
    fix='write networks, such as prereqs_firewall_clients: [192.168.0.0/24]; everybody is [0.0.0.0/0, "::/0"]',
    why="A firewall knows addresses and networks only; names may change what they mean.",
)
LOAD_BALANCER_CARD_MISSING = Kind(
    "load-balancer-card-missing",
    "has no card {names}, which metallb_interfaces names",
    fix="metallb_interfaces: [{choice}], or [] for all cards",
    why="MetalLB may choose a node that has none of these cards: the addresses it gets there answer nobody.",
)
IPV6_ROUTER_ADVERTISEMENTS = Kind(
    "ipv6-router-advertisements",
    "its card {card} has IPv6 addresses or routes that the kernel learned from a router, and accept_ra is 1",
    fix="for {name}, prereqs_sysctls: {{net/ipv6/conf/{card}/accept_ra: 2}}; or give the card a fixed address "
    "and gateway",
    why="Pods need forwarding of IPv6. With it, the kernel takes nothing more from routers, and what it has "
    "learned expires, often after 30 minutes.",
    severity="warning",
)
LOAD_BALANCER_NETWORK_MISSING = Kind(
    "load-balancer-network-missing",
    "cluster_load_balancer_ranges {text} is in no network of any host",
    fix="use free addresses of a network that the nodes have: {networks}",
    why="MetalLB answers on the cards of the nodes: no client would ever find such an address.",
)
NODE_IP_ORDER = Kind(
    "node-ip-families",
    "cluster_node_ip {text} begins with IPv{first}, cluster_service_cidr with IPv{services}",
    fix="cluster_node_ip: {swapped}",
    why="The API server's own service has the first family, and must find the API server by it.",
)
NODE_PORT_BLOCKED = Kind(
    "node-port-blocked",
    "its TCP port{s} {ports} cannot be reached from {sources}: {reason}",
    fix="let the nodes reach each other: look for a firewall on or between them, a VLAN or a client isolation of "
    "the Wi-Fi",
    why="Nodes reach each other's kubelet, API server and etcd there; a port where nobody listens yet would "
    "refuse at once.",
)
NODE_TUNNEL_BLOCKED = Kind(
    "node-tunnel-blocked",
    "its UDP port {port} gives no answer to {sources}, though TCP gets through",
    fix="let UDP port {port} through between the nodes; if something only drops the answers (ICMP), ignore this",
    why="{cni} carries the traffic between pods over it; a host without a firewall says that the port is closed.",
    severity="warning",
)
NODE_IP_NOT_AN_ADDRESS = Kind(
    "node-ip-not-an-address",
    'cluster_node_ip is "{text}", a name and no address',
    fix="set cluster_node_ip to one of its addresses{addresses}",
    why="API server, kubelet, certificates and pod network all need the address itself.",
)
NODE_IP_LOCAL = Kind(
    "node-ip-local",
    "cluster_node_ip {text} means every machine itself",
    fix="set cluster_node_ip to one of its addresses{addresses}",
    why="No other node could reach it. (A forwarded port at ansible_host is enough for SSH, not for a cluster.)",
)
NODE_IP_MISSING = Kind(
    "node-ip-missing",
    "cluster_node_ip {text} is on none of its interfaces",
    fix="set cluster_node_ip to one of its addresses{addresses}",
    why="API server, kubelet and pod network bind to this address. (Behind NAT, ansible_host is another one.)",
)
NODE_IP_NOT_UNIQUE = Kind(
    "node-ip-not-unique",
    "cluster_node_ip {text} is also on {others}",
    fix="set cluster_node_ip to one of its addresses{addresses}",
    why="Nodes would reach themselves there instead of each other. A NAT card (VirtualBox: 10.0.2.15) has the same "
    "address on every machine and is for the way out only.",
)
NODE_IP_FAMILIES = Kind(
    "node-ip-families",
    "cluster_node_ip {text} is not one address, nor one of IPv4 and one of IPv6",
    fix="set cluster_node_ip to one of its addresses{addresses}",
    why="The kubelet takes one address, or one of each family.",
)
NODE_IP_SECOND_FAMILY = Kind(
    "node-without-second-family",
    "cluster_node_ip {text} has no IPv{family} address, but pods and services have both families",
    fix="cluster_node_ip: {text},{address}; or leave IPv{family} out: cluster_pod_cidr: {pods} and "
    "cluster_service_cidr: {services}",
    why="The pod network carries IPv{family} between nodes at their IPv{family} addresses; node ports need one too.",
)
NODE_WITHOUT_SECOND_FAMILY = Kind(
    "node-without-second-family",
    "has no IPv{family} address{off}, but pods and services have both families",
    fix="give it a fixed one beside {text} (such as {example}) and set cluster_node_ip: {text},<its IPv{family} address>; "
    "or leave IPv{family} out: cluster_pod_cidr: {pods} and cluster_service_cidr: {services}",
    why="The pod network carries IPv{family} between nodes at their IPv{family} addresses; node ports need one too.",
)
PATH_MTU_UNEQUAL = Kind(
    "path-mtu-too-small",
    "packets of {mtu} bytes from {sources} do not reach it; {known}",
    fix="give the network cards of {sources} and {target} one MTU that every switch between them passes (1500)",
    why="Pods would connect and then hang as soon as much data flows.",
    severity="warning",
)
PATH_MTU_TOO_SMALL = PATH_MTU_UNEQUAL._replace(fix="set the MTU of the network card to {passes} on {sources}")
VIRTUAL_IP_FAMILY = Kind(
    "virtual-ip-family",
    "has no IPv{family} address as a node, the family of cluster_endpoint {address}",
    fix="name one of its IPv{family} addresses in cluster_node_ip too, or choose a cluster_endpoint of the other family",
    why="Control planes tell each other at addresses of that family who holds it.",
)
VIRTUAL_IP_OUTSIDE = Kind(
    "virtual-ip-outside-network",
    "cluster_endpoint {address} is in another network than the node address of {hosts}: {networks}",
    fix="choose a free address there; where a router or load balancer of yours has it, virtual_ip_provider: none",
    why="The control planes keep the address on the card that has their node address: no machine would look for it there.",
)
VIRTUAL_IP_TAKEN = Kind(
    "virtual-ip-taken",
    "cluster_endpoint {address} is in use: {who}",
    fix="choose an address that is free; where a load balancer of yours has it, virtual_ip_provider: none",
    why="The control planes would put it on a card of theirs too, and traffic would reach one of the two by chance.",
)
VIRTUAL_IP_FIXED = Kind(
    "virtual-ip-fixed",
    "has cluster_endpoint {address} on its card {card}, where no keepalived put it",
    fix="take it out of the host's network configuration, and `ip address del {network} dev {card}`",
    why="keepalived gives the address to one control plane at a time and takes it away again; one that stays is on two hosts.",
)
VIRTUAL_IP_PORT_RESERVED = Kind(
    "virtual-ip-port-reserved",
    "virtual_ip_haproxy_port {port} is a port of {needer} on control planes",
    fix="virtual_ip_haproxy_port: 8443, or another one that nothing else needs there",
    why="haproxy takes connections at every address of a control plane, where two programs cannot share a port.",
)
VIRTUAL_IP_PORT_UNUSED = Kind(
    "virtual-ip-port-unused",
    "virtual_ip_haproxy_port {port} has no effect: {reason}",
    fix="virtual_ip_haproxy_port: 0; or let the control planes keep an address: cluster_endpoint: a free one in their network, and "
    "virtual_ip_provider: keepalived",
    why="haproxy takes connections only to an address that the control planes keep between them; the API is at port 6443.",
    severity="warning",
)
IPV6_MTU_TOO_SMALL = Kind(
    "ipv6-mtu-too-small",
    "its interface {device} has an MTU of {mtu}; {inside} are left for IPv6 packets of pods",
    fix="give the node an interface of {least} bytes or more (cluster_node_ip), or leave IPv6 out of cluster_pod_cidr and "
    "cluster_service_cidr",
    why="IPv6 needs 1280 (RFC 8200, section 5): the kernel refuses the address of the pod network's device.",
)
