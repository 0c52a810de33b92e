# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an NFS server exports."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

NFS_EXPORT_SYSTEM_LINK = Kind(
    "nfs-export-system",
    "{path} would be exported, which leads to {end} and belongs to the system",
    fix="export a directory without a link in its path; or nfs_server_allow: [{path}]",
    why="Every client could read, and with rw change, what this machine or its cluster lives from.",
)
NFS_EXPORT_SYSTEM = Kind(
    "nfs-export-system",
    "{path} would be exported, which belongs to the system",
    fix="export a directory of its own, /srv/nfs/kubernetes for example; or nfs_server_allow: [{path}]",
    why="Every client could read, and with rw change, what this machine or its cluster lives from.",
)
NFS_EXPORT_WORLD = Kind(
    "nfs-export-world",
    "{path} would be exported to everybody ({clients})",
    fix='leave clients out, which means the nodes of the cluster; or nfs_server_allow: ["*"]',
    why="NFS believes every client's user ids: whoever reaches this port reads and writes as anybody.",
)
NFS_EXPORT_NO_DIRECTORY = Kind(
    "nfs-export-no-directory",
    "{path} cannot be exported: {kind}",
    fix="move what is there away, or export another path than {path}",
    why="Only directories can be exported.",
)
NFS_SERVER_SHARED = Kind(
    "nfs-server-shared",
    "it exports {foreign} already; only NFS {versions} would be served",
    fix='if there are any: nfs_server_versions: ["3", "4.0", "4.1", "4.2"]',
    why="Clients that mount those with an older version would lose them.",
    severity="warning",
)
NFS_EXPORT_FOREIGN = Kind(
    "nfs-export-foreign",
    "{path} overlaps {other}, which this server exports already",
    fix="choose another path, or remove {other} from /etc/exports and /etc/exports.d",
    why="Two files would say who may mount it; what is there is yours and is not changed.",
)
NFS_EXPORT_INVALID = Kind(
    "nfs-export-invalid",
    "{problem}",
    fix='write it as {{path: /srv/nfs/kubernetes, clients: [192.168.0.0/24], options: [rw, sync], mode: "0755"}}',
    why="exportfs would skip the line, or read it as something else.",
    samples={"problem": "what in an export is no path, client, option or owner"},
)
NFS_EXPORT_TWICE = Kind(
    "nfs-export-overlap",
    "{path} is exported twice",
    fix="write one export with all clients",
    why="Which clients and options hold would depend on the path a client mounts.",
)
NFS_EXPORT_INSIDE = Kind(
    "nfs-export-overlap",
    "{path} lies inside {outer}; both are exported",
    fix="export directories beside each other",
    why="Which clients and options hold would depend on the path a client mounts.",
)
