# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: addon_manifest
short_description: An add-on's upstream manifest, changed for this cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Changes the objects of an upstream manifest as data, to what the cluster is like. The objects that are given stay as they are.
  - V(calico) gets the pod range, the encapsulation, the dataplane and the address of each node from C(calico.yaml). A release, an
    encapsulation and a dataplane that cannot work together are an error with the reason.
  - V(flannel) gets the pod range and uses the interface that holds each node's own address.
  - V(local_path), Rancher's provisioner, gets the folder of the volumes, the StorageClass and the image of its helper.
  - V(metallb) leaves the certificates alone that it made for its webhooks, also where the manifest is applied again.
  - V(metrics_server) gets the labels and the image of a release, and verifies kubelets against the cluster's CA.
  - An unknown add-on or option, and a manifest of another layout, is an error that says what is known.
positional: name
options:
  _input:
    description: The objects of the upstream manifest, as P(homelab.kubernetes.manifest#lookup) returns them.
    type: list
    elements: dict
    required: true
  name:
    description: The add-on. The other options belong to one of them each.
    type: str
    choices: [calico, flannel, local_path, metallb, metrics_server]
    required: true
  version:
    description: Calico's version, like v3.33.0. V(calico) needs it.
    type: str
  pools:
    description: Calico's range of pod addresses, or an IPv4 and an IPv6 one separated by a comma. V(calico) needs it.
    type: str
  encapsulation:
    description: How pods' packets travel between nodes with V(calico).
    type: str
    choices: [vxlan, vxlan_cross_subnet, ipip, none]
    default: vxlan
  dataplane:
    description: Which rules Felix of V(calico) writes. V(auto) takes kube-proxy's kind where the release can, else iptables-nft.
    type: str
    choices: [auto, nftables, iptables]
    default: auto
  proxy_mode:
    description: kube-proxy's mode, for V(calico).
    type: str
    default: nftables
  cluster_configuration:
    description: The user's part of kubeadm's ClusterConfiguration, for the size of the nodes' blocks of V(calico).
    type: dict
    default: {}
  mtu:
    description: MTU of the pods' interfaces with V(calico); V(0) lets every node find it out from its own interfaces.
    type: int
    default: 0
  wireguard:
    description: Whether V(calico) encrypts traffic between nodes with WireGuard.
    type: bool
    default: false
  endpoint:
    description: Host and port under which V(calico) reaches the API; the address of the service where it is empty.
    type: str
    default: ""
  environment:
    description: Variables of V(calico)'s container calico-node, merged last; a null value removes one.
    type: dict
    default: {}
  pods:
    description: Flannel's range of pod addresses, or an IPv4 and an IPv6 one separated by a comma. V(flannel) needs it.
    type: str
  backend:
    description: Flannel's C(Backend). V(flannel) needs it.
    type: dict
  path:
    description: Folder of the volumes on every node. V(local_path) needs it.
    type: str
  storage_class:
    description: C(name) of the StorageClass and whether it is the C(default). V(local_path) needs it.
    type: dict
  helper_image:
    description: Image whose shell makes and removes the folders. V(local_path) needs it.
    type: str
  image:
    description: Image of metrics-server. V(metrics_server) needs it.
    type: str
seealso:
  - plugin: homelab.kubernetes.manifest
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Apply Flannel
  kubernetes.core.k8s:
    resource_definition: "{{ query('homelab.kubernetes.manifest', url)
      | homelab.kubernetes.addon_manifest('flannel', pods='10.244.0.0/16', backend={'Type': 'vxlan'}) }}"

- name: Apply MetalLB
  kubernetes.core.k8s:
    resource_definition: "{{ query('homelab.kubernetes.manifest', url) | homelab.kubernetes.addon_manifest('metallb') }}"
"""

RETURN = r"""
_value:
  description: The objects to apply.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _dispatch
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico as _calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.local_storage import local_path
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.metrics_server import metrics_server
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object, flannel, metallb
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.addresses import node_prefix_length


def calico(
    manifest: t.Sequence[Object],
    *,
    version: str,
    pools: str,
    encapsulation: str = "vxlan",
    dataplane: str = "auto",
    proxy_mode: str = "nftables",
    cluster_configuration: t.Mapping[str, t.Any] | None = None,
    mtu: int = 0,
    wireguard: bool = False,
    endpoint: str = "",
    environment: t.Mapping[str, str | None] | None = None,
) -> list[Object]:
    """Calico with the blocks of the cluster's configuration."""
    blocks = node_prefix_length(cluster_configuration or {})
    return _calico.calico(
        manifest,
        version=version,
        pools=pools,
        encapsulation=encapsulation,
        dataplane_wanted=dataplane,
        proxy_mode=proxy_mode,
        node_blocks={4 if name == "ipv4" else 6: int(length) for name, length in blocks.items()},
        mtu=mtu,
        wireguard=wireguard,
        endpoint=endpoint,
        environment=environment,
    )


ADDONS: dict[str, t.Callable[..., list[Object]]] = {
    "calico": calico,
    "flannel": flannel,
    "local_path": local_path,
    "metallb": metallb,
    "metrics_server": metrics_server,
}


def addon_manifest(manifest: list[Object], name: str, **options: t.Any) -> list[Object]:
    """Translate the error, nothing else."""
    try:
        return _dispatch.call(ADDONS, name, manifest, options)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"addon_manifest": addon_manifest}
