# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Swap: what is in use, what would bring it back at the next boot, and the edits that stop it."""

from __future__ import annotations

import os
import re

from ansible_collections.homelab.kubernetes.plugins.module_utils import _files

FSTAB_MARK = "#homelab.kubernetes: "
DROP_IN = "homelab-kubernetes.conf"
# A condition that is never true: the unit stays as its owner made it, and removing this file brings it back.
DROP_IN_TEXT = "# Written by homelab.kubernetes: swap is off on a Kubernetes node.\n[Unit]\nConditionPathExists=!/\n"
DROP_IN_ROOT = "etc/systemd/system"
UNIT_FOLDERS = (
    "etc/systemd/system",
    "run/systemd/generator",
    "run/systemd/generator.late",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
)
# Services that make swap of their own at boot: Raspberry Pi OS, swapspace, and whatever has zram in its name (zram-tools,
# zram-config, Armbian). Instances of a template are generated from what has been read before.
SWAP_SERVICE = re.compile(r"(?:dphys-swapfile|swapspace|[^@]*zram[^@]*)\.service")


def active(proc_swaps: str) -> list[str]:
    """Files and devices in use, from the text of /proc/swaps, with the kernel's octal escapes undone."""
    names = [line.split()[0] for line in proc_swaps.splitlines()[1:] if line.strip()]
    return [re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), name) for name in names]


def without_swap(fstab: str) -> str:
    """The text of /etc/fstab with every swap entry commented out, marked so that a reset can tell ours from others."""
    lines = []
    for line in fstab.splitlines(keepends=True):
        fields = line.split()
        swap = len(fields) >= 3 and not fields[0].startswith("#") and fields[2] == "swap"
        lines.append(FSTAB_MARK + line if swap else line)
    return "".join(lines)


def _generated_from_fstab(path: str) -> bool:
    """True for a unit that systemd made from /etc/fstab: it goes away with the entry."""
    return "SourcePath=/etc/fstab" in (_files.read(path) or "").splitlines()


def _starts(path: str) -> bool:
    """True for a unit file that can start: one that leads to nothing or to /dev/null is masked."""
    return os.path.isfile(path) and os.path.getsize(path) > 0 and not _generated_from_fstab(path)


def units(root: str) -> list[str]:
    """Units below ``root`` that would make swap at boot: .swap units not made from fstab, and the known services."""
    found: dict[str, bool] = {}
    for folder in UNIT_FOLDERS:
        directory = os.path.join(root, folder)
        names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
        for name in names:
            if (name.endswith(".swap") or SWAP_SERVICE.fullmatch(name)) and not os.path.isdir(
                os.path.join(directory, name)
            ):
                # The first folder wins, as in systemd, so that a mask in /etc hides what lies below.
                found.setdefault(name, _starts(os.path.join(directory, name)))
    return sorted(name for name, starts in found.items() if starts)


def drop_in_path(unit: str) -> str:
    """Where our drop-in of a unit lies, relative to the root."""
    return f"{DROP_IN_ROOT}/{unit}.d/{DROP_IN}"


def edits(root: str) -> _files.Changes:
    """Path below ``root`` -> content now and content wanted, only where they differ."""
    fstab = _files.read(os.path.join(root, "etc/fstab"), exact=True) or ""
    pairs = {"etc/fstab": (fstab, without_swap(fstab))}
    for path in map(drop_in_path, units(root)):
        pairs[path] = (_files.read(os.path.join(root, path)) or "", DROP_IN_TEXT)
    return {path: (before, after) for path, (before, after) in sorted(pairs.items()) if before != after}


def unit_of(path: str) -> str | None:
    """The unit a drop-in of ours belongs to; None for any other path."""
    found = re.fullmatch(rf"{DROP_IN_ROOT}/(.+)\.d/{re.escape(DROP_IN)}", path)
    return found[1] if found else None


__all__ = ("DROP_IN_TEXT", "FSTAB_MARK", "active", "drop_in_path", "edits", "unit_of", "units", "without_swap")
