# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: patches
short_description: Merge patches for what a cluster already has
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Compares objects of a cluster with what is wanted, and returns a merge patch for each that does not follow it yet.
  - V(placement) lets control planes and CoreDNS follow the number of machines, which is what may run where. Where two nodes may run CoreDNS, no two
    of its pods share one.
  - V(kubelet_settings) puts settings into kubeadm's ConfigMap C(kubelet-config), which nodes read that join later.
positional: name
options:
  _input:
    description:
      - "For V(placement) objects as the cluster has them: lists C(nodes), C(coredns) and C(volumes)."
      - For V(kubelet_settings) the ConfigMap, as a list of one.
    type: raw
    required: true
  name:
    description: What is compared.
    type: str
    choices: [placement, kubelet_settings]
    required: true
  wanted:
    description:
      - "For V(placement) what the inventory says: C(control_plane) (names), C(schedulable), C(machines) (their number) and
        C(coredns_replicas). With 0 replicas there is one CoreDNS on a single machine and at least two elsewhere."
      - For V(kubelet_settings) fields of KubeletConfiguration and their values.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Let control planes and CoreDNS follow the number of machines
  kubernetes.core.k8s:
    state: patched
    definition: "{{ item.patch }}"
    merge_type: [merge]
  loop: "{{ seen | homelab.kubernetes.patches('placement', wanted=wanted) }}"

- name: Let nodes that join later ask for a certificate
  kubernetes.core.k8s:
    state: patched
    definition: "{{ item.patch }}"
    merge_type: [merge]
  loop: "{{ config_maps | homelab.kubernetes.patches('kubelet_settings', wanted={'serverTLSBootstrap': true}) }}"
"""

RETURN = r"""
_value:
  description: For each object that changes C(what) it is for and its C(patch). Empty when everything is as wanted.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _dispatch
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.kubelet_config import kubelet_settings
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Change
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.placement import changes

KINDS: dict[str, t.Callable[..., list[Change]]] = {"placement": changes, "kubelet_settings": kubelet_settings}


def patches(seen: t.Any, name: str, **options: t.Any) -> list[Change]:
    """Translate the error, nothing else."""
    try:
        return _dispatch.call(KINDS, name, seen, options)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"patches": patches}
