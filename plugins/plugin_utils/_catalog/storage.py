# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where hosts keep or mount volumes."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

NFS_SERVER_MODULE_MISSING = Kind(
    "kernel-module-missing",
    "its kernel {kernel} has no nfsd, neither built in nor as a module",
    fix="install the distribution's full kernel, reboot; or let another machine be the server",
    why="It cannot serve NFS.",
)
LOCAL_STORAGE_PATH = Kind(
    "local-storage-path",
    'local_storage_path "{path}" {problem}',
    fix="choose a folder of its own, /var/lib/homelab-volumes for example",
    why="The folder becomes root's alone: services would lose their files there, and people their home.",
)
NFS_CLIENT_MODULE_MISSING = Kind(
    "kernel-module-missing",
    "its kernel {kernel} has no nfs, neither built in nor as a module",
    fix="install the distribution's full kernel, reboot; or keep the node out with nfs_storage_client: false",
    why="Pods with NFS volumes could not start there.",
)
