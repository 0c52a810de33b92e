# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""On which file system a folder lies, and whether overlayfs could write there."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._files import peek

# ioctl_xfs_fsgeometry(2): _IOR('X', 100, struct xfs_fsop_geom_v1), whose 112 bytes hold the flags at 92. Anybody may ask.
_GEOMETRY, _GEOMETRY_BYTES, _FLAGS = 2 << 30 | 112 << 16 | ord("X") << 8 | 100, 112, 92
_FTYPE = 1 << 16


class Mount(t.NamedTuple):
    """Where something is mounted, and what."""

    point: str
    type: str


def mount_of(mountinfo: str, path: str) -> Mount:
    """The mount below a real path, out of /proc/self/mountinfo (proc_pid_mountinfo(5)): the deepest, of several there the last.

    The two are "" where the text says nothing of the path.
    """
    best = Mount("", "")
    for line in mountinfo.splitlines():
        fields, dash, rest = line.partition(" - ")
        if not dash or len(fields.split()) < 5 or not rest.split():
            continue
        # Blanks, tabs, line ends and backslashes are written in octal.
        point = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields.split()[4])
        if (f"{path}/").startswith(f"{point.rstrip('/')}/") and len(point) >= len(best.point):
            best = Mount(point, rest.split()[0])
    return best


def xfs_has_types(folder: str) -> bool:
    """Whether XFS keeps the types of files in its folders (ftype=1), without which overlayfs refuses it. True where it does not tell."""
    answer = bytearray(_GEOMETRY_BYTES)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, _GEOMETRY, answer)
        finally:
            os.close(descriptor)
    except OSError:
        return True
    return bool(struct.unpack_from("=I", answer, _FLAGS)[0] & _FTYPE)


def image_store(path: str) -> dict[str, t.Any]:
    """What lies below the folder of images: ``mount``, ``type``, whether folders know types (``d_type``), ZFS's version or ""."""
    mount = mount_of(peek("/proc/self/mountinfo"), os.path.realpath(path))
    return {
        "mount": mount.point,
        "type": mount.type,
        "d_type": mount.type != "xfs" or xfs_has_types(mount.point),
        "zfs": peek("/sys/module/zfs/version").strip(),
    }


__all__ = ("Mount", "image_store", "mount_of", "xfs_has_types")
