# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""NFS shares that cannot be mounted, and volumes that fail the proof."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

_WAITS = "A pod with this volume would hang in ContainerCreating on this node."

STORAGE_NOT_BOUND = Kind(
    "storage-not-bound",
    "A claim on {asked} gets no volume",
    fix="Look at the driver: kubectl -n kube-system logs deployment/csi-nfs-controller -c csi-provisioner",
)
STORAGE_NOT_SHARED = Kind(
    "storage-not-shared",
    "A file on the volume is not what was written: {problem}",
    fix="Look at the export's options and the directory's owner on the server, and at `nfsstat -m` on the nodes.",
    why="Pods cannot share data.",
)
STORAGE_NOT_DELETED = Kind(
    "storage-not-deleted",
    "The volume {volume} is still there although its claim was deleted",
    fix="kubectl describe pv {volume}",
    why="Storage of deleted claims would fill the server.",
)
NFS_MOUNT_REFUSED = Kind(
    "nfs-mount-refused",
    "{source} cannot be used: the server refuses this node{answer}",
    fix="add the node's address {address} to the clients of the export on {server}, and run `exportfs -ra` there",
    why=_WAITS,
)
NFS_PATH_MISSING = Kind(
    "nfs-path-missing",
    "{source} cannot be used: the server shows this node no such path: it is missing there, or no export of "
    "it lists this node{answer}",
    fix="look at `exportfs -v` on {server} for {path} and the node's address {address}",
    why=_WAITS,
)
NFS_PATH_NO_DIRECTORY = Kind(
    "nfs-path-missing",
    "{source} cannot be used: the path is no directory on the server{answer}",
    fix="correct the path {path}",
    why=_WAITS,
)
NFS_VERSION_UNSUPPORTED = Kind(
    "nfs-version-unsupported",
    "{source} cannot be used: the server does not speak the version of NFS that the mount options ask for{answer}",
    fix="choose another nfsvers in nfs_storage_mount_options, or let {server} serve it",
    why=_WAITS,
)
NFS_CLIENT_MISSING = Kind(
    "nfs-client-missing",
    "{source} cannot be used: this host cannot mount NFS: its kernel has no NFS client, or mount.nfs is not "
    "installed{answer}",
    fix="install the distribution's full kernel and its NFS client, or keep the node out with "
    "nfs_storage_client: false",
    why=_WAITS,
)
NFS_SERVER_UNREACHABLE = Kind(
    "nfs-server-unreachable",
    "{source} cannot be used: the server does not answer{answer}",
    fix="check that {server} is on, serves NFS, and lets {address} reach its TCP port 2049",
    why=_WAITS,
)
NFS_SERVER_NAME = Kind(
    "nfs-server-unreachable",
    "{source} cannot be used: the name of the server cannot be resolved here{answer}",
    fix="write the server's address",
    why=_WAITS,
)
NFS_OPTIONS_REFUSED = Kind(
    "nfs-mount-failed",
    "{source} cannot be used: the mount options are not accepted{answer}",
    fix="correct nfs_storage_mount_options",
    why=_WAITS,
)
NFS_MOUNT_FAILED = Kind(
    "nfs-mount-failed",
    "{source} cannot be used: it cannot be mounted{answer}",
    fix="mount it by hand on the node",
    why=_WAITS,
)
NFS_WRITE_REFUSED = Kind(
    "nfs-write-refused",
    "{source} cannot be used: it can be mounted, but neither root nor its owner {owner} may write{answer}",
    fix="export {path} with rw; with root_squash give the directory an owner that may write",
    why=_WAITS,
)
NFS_LOCKS_MISSING = Kind(
    "nfs-locks-missing",
    "{source} cannot be used: NFS 3 needs rpc.statd on this node, which does not run{answer}",
    fix="mount with nfsvers=4.2 or nolock in nfs_storage_mount_options, or start it on the node: `systemctl enable --now rpc-statd`",
    why=_WAITS,
)
