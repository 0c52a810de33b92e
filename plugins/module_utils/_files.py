# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Text files of a host: read, compared, and replaced so that a power cut leaves the old content or the new one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import typing as t

HEADER = "# Written by homelab.kubernetes: changes here are overwritten.\n"

# Path -> what the file holds and what it should hold; "" where there is none, or none is wanted.
Changes = t.Dict[str, t.Tuple[str, str]]


def read(path: str, *, exact: bool = False) -> str | None:
    """A file's text, None where there is none. Raises OSError where there is one that cannot be read.

    Whoever edits a text and writes it back wants it ``exact``, which keeps every byte.
    """
    errors, newline = ("surrogateescape", "") if exact else ("replace", None)
    try:
        with open(path, encoding="utf-8", errors=errors, newline=newline) as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def peek(path: str) -> str:
    """A text that may be missing for whatever reason, as everything may in /proc and /sys; "" then."""
    try:
        return read(path) or ""
    except OSError:
        return ""


def _dress(new: str, path: str, mode: int | None) -> None:
    """Give a new file the owner, mode and labels of the one whose place it takes, or a mode of its own."""
    if mode is None and os.path.exists(path):
        status = os.stat(path)
        os.chown(new, status.st_uid, status.st_gid)
        shutil.copystat(path, new)
        # Whether a service has read a file is told by the time at which it was written.
        os.utime(new)
    else:
        os.chmod(new, 0o644 if mode is None else mode)


def replace(path: str, text: str, *, mode: int | None = None) -> None:
    """Give a file a new text in one step.

    The content is on the disk before it gets the name, and the name before this returns (rename(2) alone promises neither,
    see fsync(2)). With a ``mode`` the file is the collection's own: it gets that mode, and belongs to who runs this.
    Without one it keeps its owner and mode, and a new file gets 0644.
    """
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=folder, prefix=".homelab.kubernetes-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
            stream.flush()
            _dress(new, path, mode)
            os.fsync(handle)
        os.replace(new, path)
    except BaseException:
        os.unlink(new)
        raise
    entries = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(entries)
    finally:
        os.close(entries)


def put(path: str, text: str, *, mode: int | None = None) -> None:
    """Replace a file, or remove it where nothing belongs into it."""
    if text:
        replace(path, text, mode=mode)
    else:
        os.unlink(path)


def differing(wanted: t.Mapping[str, str]) -> Changes:
    """The files, of those wanted (path -> text), that hold something else."""
    pairs = {path: (read(path) or "", text) for path, text in wanted.items()}
    return {path: (before, after) for path, (before, after) in pairs.items() if before != after}


def difference(header: str, before: str, after: str) -> t.Dict[str, str]:
    """A text before and after, in the shape that Ansible shows as a diff."""
    return {"before_header": header, "after_header": header, "before": before, "after": after}


def differences(changes: t.Mapping[str, t.Tuple[str, str]]) -> t.List[t.Dict[str, str]]:
    """The same for files."""
    return [difference(path, before, after) for path, (before, after) in changes.items()]


def make_remote_tmp(folder: str | None) -> None:
    """Make the folder that a module would make with a warning, in the same way.

    Its mode is about becoming several users on a host, which this collection never does. Without pipelining there is no
    need: Ansible makes the folder itself, for the user that logs in, and says nothing.
    """
    if folder:
        with contextlib.suppress(OSError):
            os.makedirs(os.path.expanduser(os.path.expandvars(folder)), mode=0o700, exist_ok=True)


__all__ = (
    "HEADER",
    "Changes",
    "difference",
    "differences",
    "differing",
    "make_remote_tmp",
    "peek",
    "put",
    "read",
    "replace",
)
