# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: flannel
short_description: Flannel's manifest for this cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Changes Flannel's upstream objects as data, to the pod range and to the card that holds each node's own address.
options:
  _input:
    description: The objects of the upstream manifest.
    type: list
    elements: dict
    required: true
  pods:
    description: Range of pod addresses, or an IPv4 and an IPv6 one separated by a comma.
    type: str
    required: true
  backend:
    description: Flannel's C(Backend).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Apply Flannel
  kubernetes.core.k8s:
    resource_definition: "{{ objects | homelab.kubernetes.flannel(pods='10.244.0.0/16', backend={'Type': 'vxlan'}) }}"
"""

RETURN = r"""
_value:
  description: The objects to apply.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import objects as _objects


def flannel(manifest: list[_objects.Object], pods: str, backend: t.Mapping[str, t.Any]) -> list[_objects.Object]:
    """Translate the error, nothing else."""
    try:
        return _objects.flannel(manifest, pods=pods, backend=backend)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"flannel": flannel}
