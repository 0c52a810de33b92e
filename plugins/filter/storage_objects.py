# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: storage_objects
short_description: StorageClasses and PersistentVolumes of a cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Makes the objects that are to be applied, from what the inventory says.
  - V(nfs_storage) makes them from the variables of the role C(nfs_storage), and leaves out PersistentVolumes that exist. Where an
    existing object forbids what is wanted, it is an error with the reason and the fix.
  - V(static_volumes) makes a StorageClass that waits for a pod, and local PersistentVolumes on every node for it.
positional: name
options:
  _input:
    description:
      - For V(nfs_storage) a mapping with C(provisioner), C(server), C(share), C(mount_options), C(classes) and C(volumes).
      - For V(static_volumes) the names of the nodes.
    type: raw
    required: true
  name:
    description: The kind of storage. The other options belong to one of them each.
    type: str
    choices: [nfs_storage, static_volumes]
    required: true
  existing:
    description: All StorageClasses and PersistentVolumes of the cluster. V(nfs_storage) needs it.
    type: list
    elements: dict
  path:
    description: Folder on every node that holds a folder per volume, named by its number. V(static_volumes) needs it.
    type: str
  storage_class:
    description: C(name) of the StorageClass and whether it is the C(default). V(static_volumes) needs it.
    type: dict
  count:
    description: Volumes per node. V(static_volumes) needs it.
    type: int
  gib:
    description: What a volume counts as, in GiB. V(static_volumes) needs it.
    type: int
seealso:
  - plugin: homelab.kubernetes.volume_folders
    plugin_type: filter
  - plugin: homelab.kubernetes.nfs_shares
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Apply storage on NFS
  kubernetes.core.k8s:
    resource_definition: "{{ storage | homelab.kubernetes.storage_objects('nfs_storage', existing=existing) }}"

- name: Apply volumes on the nodes' own disks
  kubernetes.core.k8s:
    resource_definition: "{{ groups['cluster'] | homelab.kubernetes.storage_objects('static_volumes', path='/srv/volumes', count=5,
      gib=10, storage_class={'name': 'local-path', 'default': true}) }}"
"""

RETURN = r"""
_value:
  description: The objects to apply, StorageClasses first.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import render
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _dispatch
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import nfs
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.local_storage import static_volumes
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object


def nfs_storage(storage: nfs.Storage, *, existing: t.Sequence[Object]) -> list[Object]:
    """Objects on NFS; findings become the error."""
    wanted, found = nfs.objects(storage, existing)
    if found:
        raise ValueError("\n".join(render(found)))
    return wanted


KINDS: dict[str, t.Callable[..., list[Object]]] = {"nfs_storage": nfs_storage, "static_volumes": static_volumes}


def storage_objects(given: t.Any, name: str, **options: t.Any) -> list[Object]:
    """Translate the error, nothing else."""
    try:
        return _dispatch.call(KINDS, name, given, options)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"storage_objects": storage_objects}
