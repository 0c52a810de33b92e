# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The pod network."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

CNI_REMAINS = Kind(
    "cni-remains",
    "has remains of {other}, but cluster_cni is {wanted}: {remains}",
    fix="if nothing there is needed: `{remove}`; or cluster_cni: {other}",
    why="containerd takes the first configuration by name, and old devices keep addresses and routes of the pod "
    "range: pods would hang on the wrong network.",
)
CALICO_VERSION_UNSUPPORTED = Kind(
    "calico-version-unsupported",
    "calico_version: {reason}",
    fix="take calico_version out of the inventory; the pinned one is used then",
    why="Its manifest may have other names, images and probes, and would be changed in the wrong places.",
)
CALICO_IPIP_FIREWALL = Kind(
    "calico-ipip-firewall",
    "{firewalls} is active, and calico_encapsulation is ipip",
    fix="calico_encapsulation: vxlan; or let protocol 4 through between the nodes yourself and set "
    "preflight_ignore: [calico-ipip-firewall]",
    why="This collection opens TCP and UDP ports; pods' packets would be IP protocol 4 and be dropped.",
)
CALICO_POOL_DIFFERS = Kind(
    "running-cluster-differs",
    "calico_encapsulation is {wanted}, but Calico runs here {with_or_without} VXLAN",
    fix="change the pool first, in a quiet hour: `kubectl patch ippools.crd.projectcalico.org "
    'default-ipv4-ippool --type merge -p \'{{"spec":{{"ipipMode":"{ipip}","vxlanMode":"{vxlan}"}}}}\'`',
    why="Calico reads it once, when it makes its pool; nodes would stop exchanging routes and the pool stay.",
)
CALICO_MODULE_MISSING = Kind(
    "kernel-module-missing",
    "its kernel {kernel} has no {module}, neither built in nor as a module",
    fix="{instead}; or install the distribution's full kernel (with its modules), reboot",
    why="Calico could not send a packet to this node.",
)
CALICO_DATAPLANE_IMPOSSIBLE = Kind(
    "calico-dataplane-impossible",
    "{problem}",
    fix="calico_dataplane: auto",
    why="Policies and services would be written for different parts of the kernel.",
    samples={"problem": "calico_dataplane is nftables, but kube-proxy works with iptables"},
)
CALICO_POOL_INVALID = Kind(
    "calico-pool-outside-pods",
    "{place} {pool} is no network: {problem}",
    fix="{place}: {pods}, or nothing at all: the pod range is the default",
    why="Pods get addresses of the pool; kube-proxy, firewalls and the other nodes know the pod range only.",
)
CALICO_POOL_OUTSIDE_PODS = Kind(
    "calico-pool-outside-pods",
    "{place} {pool} is outside of cluster_pod_cidr {pods}",
    fix="{place}: {pods}, or nothing at all: the pod range is the default",
    why="Pods get addresses of the pool; kube-proxy, firewalls and the other nodes know the pod range only.",
)
