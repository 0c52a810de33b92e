# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The catalogue of everything that can be found, shelf by shelf: the files beside this one and those of "
"``module_utils/_catalog``."""

from __future__ import annotations

import types
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import (
    api,
    exports,
    kubeadm,
    nodes,
    pods,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import network as reach
from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import (
    storage as mounts,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import (
    access,
    addresses,
    cni,
    identity,
    inventory,
    machine,
    network,
    occupied,
    storage,
    volumes,
)

PREFLIGHT = (inventory, addresses, access, machine, identity, network, cni, occupied, storage, exports)
LATER = (kubeadm, mounts, volumes, api, nodes, pods, reach)


def shelf(module: types.ModuleType) -> dict[str, Kind]:
    """The rows of a shelf by the name they have in the code: NAME, or TABLE[key] for those of a table."""
    rows: dict[str, Kind] = {}
    for name, value in vars(module).items():
        if isinstance(value, Kind):
            rows[name] = value
        elif name.isupper() and name[0] != "_" and isinstance(value, dict):
            rows.update({f"{name}[{key}]": kind for key, kind in value.items()})
    return rows


def shown(text: str, samples: t.Mapping[str, str]) -> str:
    """A text of a row for a reader: its samples in place, other fields in braces."""

    class Named(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "{" + key + "}"

    return text.format_map(Named(samples))


PREFLIGHT_IDS = frozenset(kind.id for module in PREFLIGHT for kind in shelf(module).values())

__all__ = ("LATER", "PREFLIGHT", "PREFLIGHT_IDS", "shelf", "shown")
