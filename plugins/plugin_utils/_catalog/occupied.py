# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a host holds or is already."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

PORT_IN_USE = Kind(
    "port-in-use",
    "TCP port {port} is in use by {process}",
    fix="stop {it}, or move it to another port (`ss -ltnp sport = :{port}`)",
    why="{needer} listens there.",
)
HAPROXY_PORT_IN_USE = PORT_IN_USE._replace(
    fix="virtual_ip_haproxy_port: another one that is free on every control plane; or stop {it} (`ss -ltnp sport = :{port}`)",
    why="haproxy is to take connections to the API there (virtual_ip_haproxy_port).",
)
UDP_PORT_IN_USE = Kind(
    "port-in-use",
    "UDP port {port} is in use by {process}",
    fix="stop what uses it (`ss -lunp sport = :{port}`, `ip -d link show type vxlan`)",
    why="{cni} carries the traffic between pods over it.",
)
OTHER_CONTAINER_RUNTIME = Kind(
    "other-container-runtime",
    "{active} runs there",
    fix="stop and disable it on nodes, unless you know that both get along",
    why="It shares containerd or adds firewall rules of its own; its containers stop for a moment when "
    "containerd restarts.",
    severity="warning",
)
CLUSTER_REMAINS = Kind(
    "cluster-remains",
    "holds remains of a cluster without being a node: {remains}",
    fix="if nothing there is needed: `kubeadm reset --force` and remove the files named",
    why="Half an old cluster makes kubeadm stop, or pods use an old network.",
    severity="warning",
)
OTHER_CLUSTER = Kind(
    "other-cluster",
    "is a node of the cluster at {server}",
    fix="check cluster_endpoint; or take it out of that cluster first (`kubeadm reset`)",
    why="It would stay there and never join this one.",
    severity="warning",
)
KEEPALIVED_CONFIGURED = Kind(
    "keepalived-configured",
    "has a keepalived of its own: /etc/keepalived/keepalived.conf was not written by this collection",
    fix="move that file away if nobody needs it; or add cluster_endpoint {address} to it yourself and set "
    "virtual_ip_provider: none",
    why="keepalived has one configuration, and this one would be lost.",
)
ENDPOINT_MOVES = Kind(
    "endpoint-moves",
    "the cluster that runs here is reached at {has}; this run moves it to {wanted}",
    fix="nothing, if that is meant: pods go on, and {has} answers as long as its machine does. Kubeconfigs that you have copied "
    "elsewhere need the new address. cluster_endpoint: {has} keeps it where it is",
    why="Certificates, kubeconfigs and kubelets name the endpoint.",
    severity="warning",
)
ENDPOINT_PORT_MOVES = ENDPOINT_MOVES._replace(
    fix="nothing, if that is meant: pods go on, and {has} still answers. Kubeconfigs that you have copied elsewhere need the new "
    "port. virtual_ip_haproxy_port: {port} keeps it where it is",
)
RUNNING_CLUSTER_DIFFERS = Kind(
    "running-cluster-differs",
    "{place} is {wanted}, but the cluster that runs here was made with {has}",
    fix="{place}: {has} keeps this cluster. Another value needs a new one: save your volumes and objects, run "
    "`kubeadm reset` on every node, then site.yml, then bring them back",
    why="{because} kubeadm cannot change it in a running cluster.",
)
HOST_IS_WORKER = Kind(
    "host-is-worker",
    "is in the group control_plane, but holds the files of a worker",
    fix="put it back into workers; or take it out of its cluster: `kubectl drain {name}`, `kubectl delete node {name}`, "
    "`kubeadm reset` on the host, then run again",
    why="kubeadm makes a machine one of the two for life, and stops where it finds the other.",
)
HOST_IS_CONTROL_PLANE = Kind(
    "host-is-control-plane",
    "is in the group workers, but holds the files of a control plane",
    fix="put it back into control_plane; or, where its cluster is needed no more, take it out of its cluster: "
    "`kubectl drain {name}`, `kubectl delete node {name}`, `kubeadm reset` on the host, then run again",
    why="kubeadm makes a machine one of the two for life, and stops where it finds the other.",
)
