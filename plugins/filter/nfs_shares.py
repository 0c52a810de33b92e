# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nfs_shares
short_description: What a node must be able to mount
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - The distinct shares behind the StorageClasses and PersistentVolumes of the role C(nfs_storage).
options:
  _input:
    description: Mapping with C(provisioner), C(server), C(share), C(mount_options), C(classes) and C(volumes).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Try them
  homelab.kubernetes.nfs_mount_test:
    shares: "{{ storage | homelab.kubernetes.nfs_shares }}"
"""

RETURN = r"""
_value:
  description: Mappings with C(server), C(path), C(options) and C(read_only).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import nfs as _objects_nfs


def nfs_shares(storage: _objects_nfs.Storage) -> list[dict[str, t.Any]]:
    """Translate the error, nothing else."""
    try:
        return _objects_nfs.shares(storage)
    except (KeyError, TypeError) as exc:
        raise AnsibleFilterError(f"nfs_shares: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"nfs_shares": nfs_shares}
