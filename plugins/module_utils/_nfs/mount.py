# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Trying an NFS share from a node, and saying in words why it cannot be had."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import storage as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, Kind

PORT = 2049
# A test gives up where a pod would wait for ever: these replace the user's own.
_OURS = ("soft", "timeo=50", "retrans=1", "retry=0")
# The server may be anybody's: for the time of the test no program of it gets rights here.
_HARMLESS = ("nosuid", "nodev", "noexec")
_THEIRS = re.compile(r"(hard|soft|softerr|fg|bg)|(timeo|retrans|retry)=.*")

# What mount.nfs says, and what it means. The first that matches counts.
_CAUSES = (
    # Told in the first line; the last one says something general.
    (r"rpc\.statd is not running|start statd", kinds.NFS_LOCKS_MISSING),
    (r"access denied|Operation not permitted|Permission denied", kinds.NFS_MOUNT_REFUSED),
    (r"No such file or directory", kinds.NFS_PATH_MISSING),
    (r"Not a directory", kinds.NFS_PATH_NO_DIRECTORY),
    (
        r"Protocol not supported|requested NFS version or transport protocol is not supported",
        kinds.NFS_VERSION_UNSUPPORTED,
    ),
    (r"unknown filesystem type|No such device|bad option; for several filesystems", kinds.NFS_CLIENT_MISSING),
    (
        r"[Cc]onnection (refused|timed out)|[Tt]imed out|No route to host|[Nn]etwork is unreachable|[Hh]ost is unreachable",
        kinds.NFS_SERVER_UNREACHABLE,
    ),
    (r"[Nn]ame or service not known|Failed to resolve|[Tt]emporary failure in name resolution", kinds.NFS_SERVER_NAME),
    (r"[Ii]nvalid argument|incorrect mount option|bad option", kinds.NFS_OPTIONS_REFUSED),
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


def _finding(kind: Kind, share: Share, address: str, said: str, **values: t.Any) -> Finding:
    known = {"source": share.source, "server": share.server, "path": share.path, "address": address or "of this node"}
    return kind.at(subjects=["nfs_storage_server"], answer=f" ({said})" if said else "", **known, **values)


def said_by_mount(output: str) -> str:
    """What mount says, on one line, without the words it repeats."""
    lines = [re.sub(r"^mount(\.nfs4?)?: ", "", line.strip()) for line in output.splitlines()]
    return "; ".join(line for line in lines if line and not line.startswith("dmesg(1)"))


def mount_finding(share: Share, address: str, output: str) -> Finding:
    """Why mounting failed, from what mount said."""
    kind = next((kind for pattern, kind in _CAUSES if re.search(pattern, output)), kinds.NFS_MOUNT_FAILED)
    return _finding(kind, share, address, said_by_mount(output))


def port_finding(share: Share, address: str, reason: str) -> Finding:
    """Why not even a connection was possible."""
    return _finding(kinds.NFS_SERVER_UNREACHABLE, share, address, reason)


def write_finding(share: Share, address: str, reason: str, owner: int) -> Finding:
    """Why nothing could be written, neither as root nor as the owner of the directory."""
    return _finding(kinds.NFS_WRITE_REFUSED, share, address, reason, owner=owner)


__all__ = ("PORT", "Share", "mount_finding", "mount_options", "mounts_below", "port_finding", "write_finding")
