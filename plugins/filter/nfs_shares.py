# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nfs_shares
short_description: What an NFS server exports, and what nodes mount of it
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - V(mounts) are the distinct shares behind the StorageClasses and PersistentVolumes of the role C(nfs_storage), as
    M(homelab.kubernetes.nfs_mount_test) tries them.
  - V(exports) are those of the role C(nfs_server), each with its clients, options, owner, group and mode, as
    M(homelab.kubernetes.nfs_exports) writes them.
positional: name
options:
  _input:
    description:
      - For V(mounts) a mapping with C(provisioner), C(server), C(share), C(mount_options), C(classes) and C(volumes).
      - For V(exports) a list of mappings, the exports as the user wrote them.
    type: raw
    required: true
  name:
    description: Whose view it is, that of a node or that of the server.
    type: str
    choices: [mounts, exports]
    default: mounts
  clients:
    description: Clients of an export that names none. V(exports) needs it.
    type: list
    elements: str
  options:
    description: Options of an export that names none. V(exports) needs it.
    type: list
    elements: str
seealso:
  - module: homelab.kubernetes.nfs_mount_test
  - module: homelab.kubernetes.nfs_exports
"""

EXAMPLES = r"""
- name: Try what a node would mount
  homelab.kubernetes.nfs_mount_test:
    shares: "{{ storage | homelab.kubernetes.nfs_shares }}"

- name: Export a directory to one machine
  homelab.kubernetes.nfs_exports:
    exports: "{{ [{'path': '/srv/nfs'}] | homelab.kubernetes.nfs_shares('exports', clients=['192.168.0.11'], options=['rw']) }}"
"""

RETURN = r"""
_value:
  description:
    - For V(mounts), mappings with C(server), C(path), C(options) and C(read_only).
    - For V(exports), mappings with C(path), C(clients), C(options), C(owner), C(group) and C(mode).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs.exports import Export, export
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _dispatch
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import nfs


def exports(
    given: t.Sequence[t.Mapping[str, t.Any]], *, clients: t.Sequence[str], options: t.Sequence[str]
) -> list[Export]:
    """A server's exports with the defaults filled in."""
    return [export(item, clients, options) for item in given]


VIEWS: dict[str, t.Callable[..., t.Sequence[t.Mapping[str, t.Any]]]] = {"mounts": nfs.shares, "exports": exports}


def nfs_shares(given: t.Any, name: str = "mounts", **options: t.Any) -> t.Sequence[t.Mapping[str, t.Any]]:
    """Translate the error, nothing else."""
    try:
        return _dispatch.call(VIEWS, name, given, options)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"nfs_shares": nfs_shares}
