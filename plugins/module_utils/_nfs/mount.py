# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Trying an NFS share from a node, and saying in words why it cannot be had."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error

PORT = 2049
# A test gives up where a pod would wait for ever: these replace the user's own.
_OURS = ("soft", "timeo=50", "retrans=1", "retry=0")
# The server may be anybody's: for the time of the test no program of it gets rights here.
_HARMLESS = ("nosuid", "nodev", "noexec")
_THEIRS = re.compile(r"(hard|soft|softerr|fg|bg)|(timeo|retrans|retry)=.*")

_WHY = "A pod with this volume would hang in ContainerCreating on this node."

# What mount.nfs says -> id, what it means, what to do. The first that matches counts.
_CAUSES: t.Tuple[t.Tuple[str, str, str, str], ...] = (
    (
        r"access denied|Operation not permitted|Permission denied",
        "nfs-mount-refused",
        "the server refuses this node",
        "add the node's address {address} to the clients of the export on {server}, and run `exportfs -ra` there",
    ),
    (
        r"No such file or directory",
        "nfs-path-missing",
        "the server shows this node no such path: it is missing there, or no export of it lists this node",
        "look at `exportfs -v` on {server} for {path} and the node's address {address}",
    ),
    (
        r"Not a directory",
        "nfs-path-missing",
        "the path is no directory on the server",
        "correct the path {path}",
    ),
    (
        r"Protocol not supported|requested NFS version or transport protocol is not supported",
        "nfs-version-unsupported",
        "the server does not speak the version of NFS that the mount options ask for",
        "choose another nfsvers in nfs_storage_mount_options, or let {server} serve it",
    ),
    (
        r"unknown filesystem type|No such device|bad option; for several filesystems",
        "nfs-client-missing",
        "this host cannot mount NFS: its kernel has no NFS client, or mount.nfs is not installed",
        "install the distribution's full kernel and its NFS client, or keep the node out with nfs_storage_client: false",
    ),
    (
        r"[Cc]onnection (refused|timed out)|[Tt]imed out|No route to host|[Nn]etwork is unreachable|[Hh]ost is unreachable",
        "nfs-server-unreachable",
        "the server does not answer",
        "check that {server} is on, serves NFS, and lets {address} reach its TCP port 2049",
    ),
    (
        r"[Nn]ame or service not known|Failed to resolve|[Tt]emporary failure in name resolution",
        "nfs-server-unreachable",
        "the name of the server cannot be resolved here",
        "write the server's address",
    ),
    (
        r"[Ii]nvalid argument|incorrect mount option|bad option",
        "nfs-mount-failed",
        "the mount options are not accepted",
        "correct nfs_storage_mount_options",
    ),
)


class Share(t.NamedTuple):
    """Something to mount: ``source`` is ``server:path``, with IPv6 addresses in brackets."""

    server: str
    path: str
    options: t.Tuple[str, ...]

    @property
    def source(self) -> str:
        return f"[{self.server}]:{self.path}" if ":" in self.server else f"{self.server}:{self.path}"


def mount_options(wanted: t.Iterable[str]) -> str:
    """The user's options, but giving up soon instead of never, and without the server's programs and devices: the last wins."""
    return ",".join([*(option for option in wanted if not _THEIRS.fullmatch(option)), *_OURS, *_HARMLESS])


def mounts_below(mountinfo: str, folder: str) -> t.List[str]:
    """What is mounted below a folder, out of /proc/self/mountinfo (proc(5)), the last mount first."""
    fields = (line.split() for line in mountinfo.splitlines())
    points = (unescaped(words[4]) for words in fields if len(words) > 4)
    return [point for point in points if point.startswith(folder + "/")][::-1]


def unescaped(word: str) -> str:
    """A word of mountinfo without its octal escapes."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), word)


def _finding(share: Share, address: str, id_: str, meaning: str, said: str, fix: str) -> Finding:
    text = f"{share.source} cannot be used: {meaning}"
    return error(
        id_,
        f"{text} ({said})" if said else text,
        why=_WHY,
        fix=fix.format(server=share.server, path=share.path, address=address or "of this node"),
        subjects=["nfs_storage_server"],
    )


def said_by_mount(output: str) -> str:
    """What mount says, on one line, without the words it repeats."""
    lines = [re.sub(r"^mount(\.nfs4?)?: ", "", line.strip()) for line in output.splitlines()]
    return "; ".join(line for line in lines if line and not line.startswith("dmesg(1)"))


def mount_finding(share: Share, address: str, output: str) -> Finding:
    """Why mounting failed, from what mount said."""
    said = said_by_mount(output)
    for pattern, id_, meaning, fix in _CAUSES:
        if re.search(pattern, output):
            return _finding(share, address, id_, meaning, said, fix)
    return _finding(share, address, "nfs-mount-failed", "it cannot be mounted", said, "mount it by hand on the node")


def port_finding(share: Share, address: str, reason: str) -> Finding:
    """Why not even a connection was possible."""
    fix = "check that {server} is on, serves NFS, and lets {address} reach its TCP port 2049"
    return _finding(share, address, "nfs-server-unreachable", "the server does not answer", reason, fix)


def write_finding(share: Share, address: str, reason: str, owner: int) -> Finding:
    """Why nothing could be written, neither as root nor as the owner of the directory."""
    return _finding(
        share,
        address,
        "nfs-write-refused",
        f"it can be mounted, but neither root nor its owner {owner} may write",
        reason,
        "export {path} with rw; with root_squash give the directory an owner that may write",
    )


__all__ = ("PORT", "Share", "mount_finding", "mount_options", "mounts_below", "port_finding", "write_finding")
