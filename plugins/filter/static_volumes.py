# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: static_volumes
short_description: Volumes prepared on the nodes' own disks
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Makes a StorageClass that waits for a pod, and local PersistentVolumes on every node for it.
options:
  _input:
    description: Names of the nodes.
    type: list
    elements: str
    required: true
  path:
    description: Folder on every node that holds a folder per volume, named by its number.
    type: str
    required: true
  storage_class:
    description: C(name) of the StorageClass and whether it is the C(default).
    type: dict
    required: true
  count:
    description: Volumes per node.
    type: int
    required: true
  gib:
    description: What a volume counts as, in GiB.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Apply volumes
  kubernetes.core.k8s:
    resource_definition: "{{ groups['cluster'] | homelab.kubernetes.static_volumes(path='/srv/volumes', count=5,
      gib=10, storage_class={'name': 'local-path', 'default': true}) }}"
"""

RETURN = r"""
_value:
  description: The StorageClass, then the volumes of each node.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import local_storage as storage


def static_volumes(
    nodes: list[str], path: str, storage_class: storage.StorageClass, count: int, gib: int
) -> list[dict[str, t.Any]]:
    """The name that templates know, nothing else."""
    return storage.static_volumes(nodes, path=path, storage_class=storage_class, count=count, gib=gib)


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"static_volumes": static_volumes}
