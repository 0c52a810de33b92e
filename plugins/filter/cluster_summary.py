# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_summary
short_description: One screen about a cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Turns what M(homelab.kubernetes.verify_cluster) returned and the address plan into lines to read.
  - It contacts no host.
options:
  _input:
    description: The result of M(homelab.kubernetes.verify_cluster).
    type: dict
    required: true
  name:
    description: The cluster's name.
    type: str
    required: true
  kubeconfig:
    description: Path of the kubeconfig.
    type: str
    required: true
  pods:
    description: Range of pod addresses.
    type: str
    default: ""
  services:
    description: Range of service addresses.
    type: str
    default: ""
  load_balancer:
    description: Ranges of LoadBalancer addresses.
    type: list
    elements: str
    default: []
  end:
    description: The Unix time now.
    type: float
    default: 0.0
seealso:
  - module: homelab.kubernetes.verify_cluster
  - module: homelab.kubernetes.report
"""

EXAMPLES = r"""
- name: Show what the cluster is
  homelab.kubernetes.report:
    lines: "{{ verification | homelab.kubernetes.cluster_summary(name='homelab', kubeconfig='homelab.kubeconfig',
      end=now().timestamp()) }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._summary.text import summary


def cluster_summary(verification: t.Mapping[str, t.Any], **options: t.Any) -> list[str]:
    """Guards the type and translates the error."""
    if not isinstance(verification, t.Mapping):
        raise AnsibleFilterError(
            f"The input for the homelab.kubernetes.cluster_summary filter must be a dictionary; got {type(verification)}"
        )
    try:
        return summary(verification, **options)
    except (ValueError, TypeError, KeyError) as exc:
        raise AnsibleFilterError(f"homelab.kubernetes.cluster_summary: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"cluster_summary": cluster_summary}
