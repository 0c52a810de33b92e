# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: volume_folders
short_description: Folders of volumes on a node's own disk, as systemd makes them
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Returns the text of a file for C(/etc/tmpfiles.d) with a folder that only root enters, and a folder in it for each volume.
  - Fails for a folder that belongs to the system or is somebody's home, and for a path that such a file could read as something else.
options:
  _input:
    description: The folder.
    type: str
    required: true
  count:
    description: How many volumes it has; they are named by their numbers.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Keep folders for two volumes
  ansible.builtin.copy:
    dest: /etc/tmpfiles.d/volumes.conf
    content: "{{ '/srv/volumes' | homelab.kubernetes.volume_folders(2) }}"
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import local_storage as storage


def volume_folders(path: str, count: int) -> str:
    """Translate the error, nothing else."""
    try:
        return storage.folders_text(path, count)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"volume_folders": volume_folders}
