# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is drawn, out of the variables of a cluster."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.topic import Topic
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import addresses as _preflight_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cluster import Cluster


def endpoint_of(endpoint: str, virtual_ip: str, control_plane: t.Sequence[str]) -> str:
    """Where the API is reached, and who keeps that address where it is a virtual one."""
    keepers = f", kept by {', '.join(control_plane)}" if virtual_ip else ""
    return f"{endpoint}{keepers}" if endpoint else "an address that is not set"


def topic_of(cluster: Cluster) -> Topic:
    """What the variables say about the plan; wrong ones are left out, and preflight explains them."""
    asked = cluster.addresses()
    for key in ("dhcp_ranges", "other_networks"):
        asked[key] = cluster.value(f"preflight_{key}")
    plan = _preflight_addresses.address_plan(asked, {name: cluster.node_ips[name] for name in cluster.hosts}, {})
    control_plane = cluster.groups.get("control_plane", [])
    endpoint, virtual_ip = (str(cluster.value(f"_cluster_{name}") or "") for name in ("endpoint", "virtual_ip"))
    words = [f"Kubernetes {cluster.value('cluster_kubernetes_version')}", cluster.value("cluster_cni")]
    count = f"{len(cluster.hosts)} node{'s' * (len(cluster.hosts) != 1)}"
    return Topic(
        name=str(cluster.value("cluster_name") or "cluster"),
        plan=plan,
        control_plane=control_plane,
        endpoint=endpoint_of(endpoint, virtual_ip, control_plane),
        subtitle=", ".join([*(str(word) for word in words if word), count]),
    )


__all__ = ("endpoint_of", "topic_of")
