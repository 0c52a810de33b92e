# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Pods, names, services and the load balancer, as the proof reaches them."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

API_TO_POD = Kind(
    "api-to-pod",
    "The API server does not reach the test pod on this node",
    fix="The pod network from a control plane to this node is broken: see the CNI's pods, and both firewalls.",
)
POD_FAMILY_MISSING = Kind(
    "pod-family-missing",
    "Pods on this node have {addresses}, and no address of the other family",
    fix="`kubectl get nodes -o custom-columns=N:.metadata.name,P:.spec.podCIDRs`: a node without two blocks was "
    "joined before the cluster had both families. With two blocks, see the CNI's pod on that node.",
)
CLUSTER_IP_SILENT = Kind(
    "cluster-ip-silent",
    "A pod does not reach the service address {address}",
    fix="kube-proxy serves it: see its pod on that node and its log, `kubectl -n kube-system get pods -o wide`.",
)
LOAD_BALANCER_NO_ADDRESS = Kind(
    "load-balancer-no-address",
    "Service {service} gets no LoadBalancer address, and no controller says why",
    fix="Does MetalLB's controller run, and is there an IPAddressPool? `kubectl -n metallb-system get "
    "pods,ipaddresspools,l2advertisements`.",
)
POD_NETWORK_BROKEN = Kind(
    "pod-network-broken",
    "Pods do not reach pods on other nodes: {failures} of {total} paths fail ({pairs})",
    fix="The nodes must reach each other's node addresses on the CNI's port (Flannel: UDP 8472, Calico VXLAN: "
    "UDP 4789): check firewalls, cluster_node_ip and the MTU.",
)
LOAD_BALANCER_EXCLUDED = Kind(
    "load-balancer-excluded",
    "LoadBalancer address {address}: no node may announce it",
    fix="`kubectl label node {nodes} {label}-`.",
    why="{excluded} carry the label {label}, and there is no other node.",
)
LOAD_BALANCER_NOT_ANNOUNCED = Kind(
    "load-balancer-not-announced",
    "LoadBalancer address {address}: no node announces it",
    fix="`kubectl -n metallb-system get pods,l2advertisements`, and the speakers' logs: the pool needs an "
    "L2Advertisement, and a speaker on a node that runs a pod.",
    why="No speaker took it. {answer}",
)
LOAD_BALANCER_POOL = Kind(
    "load-balancer-pool",
    "Service {service} gets no LoadBalancer address: {answer}",
    fix="Add addresses to cluster_load_balancer_ranges, or delete services that no longer need theirs.",
)
DNS_NXDOMAIN = Kind(
    "dns-nxdomain",
    "{place}: the answer is that it does not exist",
    fix="Check the spelling. For a cluster name: is cluster_dns_domain the kubelet's clusterDomain and CoreDNS's "
    "zone? Or some CoreDNS pods are out of reach: repair the pod network first.",
)
DNS_SERVFAIL = Kind(
    "dns-servfail",
    "{place}: CoreDNS answers SERVFAIL: it cannot ask the servers that it forwards to",
    fix="Check the servers in the resolv.conf that the kubelet gives CoreDNS, and their reachability from pods: "
    "`kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20`.",
)
DNS_REFUSED = Kind(
    "dns-refused",
    "{place}: nothing answers behind the DNS service",
    fix="CoreDNS has no ready pod, or kube-proxy does not run: `kubectl -n kube-system get pods -o wide`.",
)
DNS_TIMEOUT = Kind(
    "dns-timeout",
    "{place}: the DNS service does not answer",
    fix="Is a CoreDNS pod ready (`kubectl -n kube-system get pods -l k8s-app=kube-dns -o wide`)? Then check "
    "kube-proxy, the pod network and firewalls: UDP 53 must pass between pods of different nodes.",
)
DNS_ERROR = Kind(
    "dns-error",
    "{place}: it does not resolve",
    fix="`kubectl -n kube-system logs -l k8s-app=kube-dns --tail=20`.",
)
NODE_PORT_REFUSED = Kind(
    "node-port-refused",
    "{url} (NodePort) does not answer from this machine",
    fix="kube-proxy on {node} does not serve it: see its log.",
)
NODE_PORT_SILENT = Kind(
    "node-port-silent",
    "{url} (NodePort) does not answer from this machine",
    fix="A firewall on {node} or on the way drops it: NodePorts are TCP 30000-32767.",
)
LOAD_BALANCER_REFUSED = Kind(
    "load-balancer-refused",
    "LoadBalancer address {address} does not answer from this machine",
    fix="The node is reached; kube-proxy there does not serve the service: see its log.",
    why="{node} announces it; {answer}",
)
LOAD_BALANCER_TAKEN = LOAD_BALANCER_REFUSED._replace(
    id="load-balancer-taken", fix="Take the address out of cluster_load_balancer_ranges, or off the other machine."
)
LOAD_BALANCER_ARP = LOAD_BALANCER_REFUSED._replace(
    id="load-balancer-arp",
    fix="Nobody answers ARP for it: this machine must be in the nodes' network segment (no router, VPN or Wi-Fi "
    "client isolation between), and the range in cluster_load_balancer_ranges must belong to that segment.",
)
LOAD_BALANCER_SILENT = LOAD_BALANCER_REFUSED._replace(
    id="load-balancer-silent",
    fix="Another machine uses the address, or a firewall on the announcing node drops TCP 80.{arp}",
)
NETWORK_POLICY_NOT_ENFORCED = Kind(
    "network-policy-not-enforced",
    "A NetworkPolicy that denies everything does not shut everything: {paths}",
    fix="`kubectl -n kube-system logs -l k8s-app=calico-node -c calico-node --tail=30`; does kube-proxy use the same kind of "
    "rules (iptables or nftables)?",
)
NETWORK_POLICY_INEXACT = NETWORK_POLICY_NOT_ENFORCED._replace(
    id="network-policy-inexact", what="A NetworkPolicy that allows one path does not open just that one: {paths}"
)
NETWORK_POLICY_STAYS = NETWORK_POLICY_NOT_ENFORCED._replace(
    id="network-policy-stays", what="Paths stay shut after the NetworkPolicies are removed: {paths}"
)
DNS_WILDCARD = Kind(
    "dns-wildcard",
    "Pods resolve {name}, a name that cannot exist",
    fix="The record *.DOMAIN of a search domain in the node's resolv.conf answers for every name. Set kubeadm_nameservers to the "
    "addresses of your name servers, which gives pods no search domain of yours, or remove the record.",
    why="A program in a pod that asks for an outside name without a final dot reaches that record instead.",
)
