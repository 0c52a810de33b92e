# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which packages a host lacks, so that a rerun need not open the package manager to learn that it lacks none."""

from __future__ import annotations

import fnmatch
import typing as t


def packages_missing(wanted: t.Iterable[str], installed: t.Mapping[str, str]) -> list[str]:
    """Entries of ``wanted`` that are not in ``installed``: ``name`` or ``name=version``, globs allowed in the version."""
    missing = []
    for entry in wanted:
        name, _equals, version = entry.partition("=")
        if name not in installed or not fnmatch.fnmatchcase(installed[name], version or "*"):
            missing.append(entry)
    return missing


__all__ = ("packages_missing",)
