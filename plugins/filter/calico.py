# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: calico
short_description: Calico's manifest for this cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Changes the objects of Calico's upstream manifest C(calico.yaml) as data, to the pod range, the encapsulation, the
    dataplane and the address of each node.
  - Fails for a release, an encapsulation or a dataplane that cannot work together, with the reason.
options:
  _input:
    description: The objects of the upstream manifest.
    type: list
    elements: dict
    required: true
  version:
    description: Calico's version, like v3.33.0.
    type: str
    required: true
  pools:
    description: Range of pod addresses, or an IPv4 and an IPv6 one separated by a comma.
    type: str
    required: true
  encapsulation:
    description: How pods' packets travel between nodes.
    type: str
    choices: [vxlan, vxlan_cross_subnet, ipip, none]
    default: vxlan
  dataplane:
    description: Which rules Felix writes. V(auto) takes kube-proxy's kind where the release can, else iptables-nft.
    type: str
    choices: [auto, nftables, iptables]
    default: auto
  proxy_mode:
    description: kube-proxy's mode.
    type: str
    default: nftables
  cluster_configuration:
    description: The user's part of kubeadm's ClusterConfiguration, for the size of the nodes' blocks.
    type: dict
    default: {}
  mtu:
    description: MTU of the pods' cards; V(0) lets every node find it out from its own cards.
    type: int
    default: 0
  wireguard:
    description: Whether traffic between nodes is encrypted with WireGuard.
    type: bool
    default: false
  endpoint:
    description: Host and port under which Calico reaches the API; the address of the service where it is empty.
    type: str
    default: ""
  environment:
    description: Variables of the container calico-node, merged last; a null value removes one.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Apply Calico
  kubernetes.core.k8s:
    resource_definition: "{{ objects | homelab.kubernetes.calico(version='v3.33.0', pools='10.244.0.0/16') }}"
"""

RETURN = r"""
_value:
  description: The objects to apply.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico as _objects_calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.addresses import node_prefix_length


def calico(
    manifest: list[Object],
    version: str,
    pools: str,
    dataplane: str = "auto",
    cluster_configuration: t.Mapping[str, t.Any] | None = None,
    **options: t.Any,
) -> list[Object]:
    """Translate the names and the error."""
    blocks = node_prefix_length(cluster_configuration or {})
    families = {4 if name == "ipv4" else 6: int(length) for name, length in blocks.items()}
    try:
        return _objects_calico.calico(
            manifest, version=version, pools=pools, dataplane_wanted=dataplane, node_blocks=families, **options
        )
    except (TypeError, ValueError) as exc:
        raise AnsibleFilterError(f"homelab.kubernetes.calico: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"calico": calico}
