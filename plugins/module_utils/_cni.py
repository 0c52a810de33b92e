# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The pod networks: one row each. A new one is a row here, a role of its name, and its checks if it has any."""

from __future__ import annotations

import typing as t


class PodNetwork(t.NamedTuple):
    """What the rest of the collection has to know of a pod network.

    ``port`` is the UDP port of its VXLAN tunnel (0 for none) and ``device`` the network device that holds it; ``links`` are the
    devices it makes, as patterns; ``modules`` the kernel modules it needs; ``namespace`` where its pods are;
    ``unproven`` why nothing is proven of NetworkPolicy, "" where it is enforced.
    """

    title: str
    port: int
    device: str
    links: tuple[str, ...]
    modules: tuple[str, ...]
    namespace: str
    unproven: str = ""


POD_NETWORKS: dict[str, PodNetwork] = {
    "flannel": PodNetwork(
        "Flannel",
        8472,
        "flannel.1",
        ("flannel0", "flannel.*", "flannel-v6.*", "flannel-wg", "flannel-wg-v6", "cni0"),
        ("br_netfilter", "vxlan"),
        "kube-flannel",
        unproven="not enforced by Flannel",
    ),
    "calico": PodNetwork(
        "Calico",
        4789,
        "vxlan.calico",
        ("cali*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali"),
        ("vxlan",),
        "kube-system",
    ),
    "none": PodNetwork("", 0, "", (), (), "", unproven="the pod network is not of this collection"),
}

__all__ = ("POD_NETWORKS", "PodNetwork")
