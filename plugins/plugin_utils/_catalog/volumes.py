# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Volumes that are there already."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

STORAGE_CLASS_DIFFERS = Kind(
    "storage-class-differs",
    "the StorageClass {name} is there already, with {differences}",
    fix="give the class another name; or, for new volumes only, `kubectl delete storageclass {name}` and run again",
    why="Kubernetes never changes these fields of a class; its volumes stay what they are. Nothing was applied.",
)
PERSISTENT_VOLUME_DIFFERS = Kind(
    "persistent-volume-differs",
    "the PersistentVolume {name} is there already, on {place} instead of {server}:{path}",
    fix="give the new volume another name; `kubectl describe pv {name}` tells who uses the old one",
    why="A volume that exists may hold data: it is never changed. Nothing was applied.",
)
STORAGE_CLASS_DEFAULTS = Kind(
    "storage-class-defaults",
    "{names} would all be the default StorageClass",
    fix="set default: false on {asked}, or take the mark from {others}",
    why="A claim that names no class would get the one that was made last. Nothing was applied.",
)
