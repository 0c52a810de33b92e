# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: metrics_server
short_description: metrics-server's manifests for this cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Gives upstream's objects the labels and the image of a release, and says that kubelets are verified against the cluster's CA.
options:
  _input:
    description: The objects of the upstream manifests.
    type: list
    elements: dict
    required: true
  image:
    description: Image of metrics-server.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Apply metrics-server
  kubernetes.core.k8s:
    resource_definition: "{{ objects | homelab.kubernetes.metrics_server(image=image) }}"
"""

RETURN = r"""
_value:
  description: The objects to apply.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import (
    metrics_server as _objects_metrics_server,
)


def metrics_server(manifest: list[dict[str, t.Any]], image: str) -> list[dict[str, t.Any]]:
    """Translate the error, nothing else."""
    try:
        return _objects_metrics_server.metrics_server(manifest, image=image)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"metrics_server": metrics_server}
