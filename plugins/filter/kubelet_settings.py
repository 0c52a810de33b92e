# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: kubelet_settings
short_description: Settings for the kubelets of nodes that join later
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Returns a merge patch for kubeadm's ConfigMap C(kubelet-config) where it does not hold the settings yet.
options:
  _input:
    description: The ConfigMap, as a list of one.
    type: list
    elements: dict
    required: true
  wanted:
    description: Fields of KubeletConfiguration and their values.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Let nodes that join later ask for a certificate
  kubernetes.core.k8s:
    state: patched
    definition: "{{ item.patch }}"
    merge_type: [merge]
  loop: "{{ config_maps | homelab.kubernetes.kubelet_settings({'serverTLSBootstrap': true}) }}"
"""

RETURN = r"""
_value:
  description: C(what) changes and the C(patch); empty when all is there.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import kubelet_config as settings


def kubelet_settings(config_maps: list[settings.Object], wanted: dict[str, t.Any]) -> list[settings.Change]:
    """Translate the error, nothing else."""
    try:
        return settings.kubelet_settings(config_maps, wanted)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"kubelet_settings": kubelet_settings}
