# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nfs_storage
short_description: StorageClasses and PersistentVolumes on NFS
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Makes the objects that are to be applied, from the variables of the role C(nfs_storage).
  - Leaves out PersistentVolumes that exist. Fails, with the reason and the fix, where an existing object forbids it.
options:
  _input:
    description: Mapping with C(provisioner), C(server), C(share), C(mount_options), C(classes) and C(volumes).
    type: dict
    required: true
  existing:
    description: All StorageClasses and PersistentVolumes of the cluster.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Apply them
  kubernetes.core.k8s:
    resource_definition: "{{ storage | homelab.kubernetes.nfs_storage(existing) }}"
"""

RETURN = r"""
_value:
  description: The objects to apply.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import render
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import nfs as _objects_nfs


def nfs_storage(storage: _objects_nfs.Storage, existing: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Make the objects; findings become the error."""
    wanted, found = _objects_nfs.objects(storage, existing)
    if found:
        raise AnsibleFilterError("\n".join(render(found)))
    return wanted


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"nfs_storage": nfs_storage}
