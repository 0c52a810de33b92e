# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kubeadm_documents
short_description: The documents of kubeadm init
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Makes kubeadm's InitConfiguration, ClusterConfiguration, KubeletConfiguration and KubeProxyConfiguration.
  - The user's settings are merged last. Mappings merge key by key, arguments by their name, any other list is replaced.
options:
  _input:
    description: "What all nodes agree on: name, version, endpoint, sans, pods, services, dns_domain, proxy_mode."
    type: dict
    required: true
  node:
    description: "The first control plane: name, address, schedulable, ignore_preflight_errors."
    type: dict
    required: true
  user:
    description: "The user's settings by document: init, cluster, kubelet, kube_proxy."
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what kubeadm is given
  ansible.builtin.debug:
    msg: "{{ cluster | homelab.kubernetes.kubeadm_documents(node=node, user={'kubelet': {'maxPods': 200}}) }}"
"""

RETURN = r"""
_value:
  description: The documents in kubeadm's order.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import init_documents

Mapping = t.Mapping[str, t.Any]


def kubeadm_documents(cluster: Mapping, node: Mapping, user: Mapping | None = None) -> list[dict[str, t.Any]]:
    """Translate the error, nothing else."""
    try:
        return init_documents(cluster, node, user or {})
    except KeyError as exc:
        raise AnsibleFilterError(f"the cluster or the node has no {exc}") from None
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"kubeadm_documents": kubeadm_documents}
