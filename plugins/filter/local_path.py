# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: local_path
short_description: The local path provisioner's manifest for this cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Changes the upstream objects of Rancher's local path provisioner as data.
options:
  _input:
    description: The objects of the upstream manifest.
    type: list
    elements: dict
    required: true
  path:
    description: Folder of the volumes on every node.
    type: str
    required: true
  storage_class:
    description: C(name) of the StorageClass and whether it is the C(default).
    type: dict
    required: true
  helper_image:
    description: Image whose shell makes and removes the folders.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Apply the local path provisioner
  kubernetes.core.k8s:
    resource_definition: "{{ objects | homelab.kubernetes.local_path(path='/srv/volumes',
      storage_class={'name': 'local-path', 'default': true}, helper_image='docker.io/library/busybox:1.37.0') }}"
"""

RETURN = r"""
_value:
  description: The objects to apply.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import local_storage as storage


def local_path(
    manifest: list[dict[str, t.Any]], path: str, storage_class: storage.StorageClass, helper_image: str
) -> list[dict[str, t.Any]]:
    """Translate the error, nothing else."""
    try:
        return storage.local_path(manifest, path=path, storage_class=storage_class, helper_image=helper_image)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"local_path": local_path}
