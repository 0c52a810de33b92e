# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that makes folders of volumes, and folders that must not become root's."""

from __future__ import annotations

import re

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.volume_folders import FilterModule

volume_folders = FilterModule().filters()["volume_folders"]


def test_text() -> None:
    assert volume_folders("/srv/volumes/", 1) == (
        "# Volumes of pods on this node. Others on this machine cannot look inside; whoever runs in a pod may write.\n"
        'd "/srv/volumes" 0700 root root -\n'
        'd "/srv/volumes/1" 0777 root root -\n'
    )


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/etc", "belongs to the system"),
        ("/home/anna", "is somebody's home"),
        ("srv", "is not an absolute path of letters, digits and . , + @ = _ - in its shortest form"),
    ],
)
def test_errors(path: str, problem: str) -> None:
    error = f'local_storage_path "{path}" {problem}; choose a folder of its own, /var/lib/homelab-volumes for example'
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        volume_folders(path, 1)
