# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: metallb
short_description: MetalLB's manifest for this cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Changes MetalLB's upstream objects as data, so that applying them again leaves the certificates it made for its webhooks alone.
options:
  _input:
    description: The objects of the upstream manifest.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Apply MetalLB
  kubernetes.core.k8s:
    resource_definition: "{{ objects | homelab.kubernetes.metallb }}"
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


def metallb(manifest: list[_objects.Object]) -> list[_objects.Object]:
    """Translate the error, nothing else."""
    try:
        return _objects.metallb(manifest)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"metallb": metallb}
