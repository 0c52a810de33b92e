# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server exports and what nodes mount, and what is given wrongly."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.nfs_shares import FilterModule

nfs_shares = FilterModule().filters()["nfs_shares"]
STORAGE: dict[str, t.Any] = {
    "provisioner": "csi",
    "server": "192.168.0.31",
    "share": "/srv/nfs",
    "mount_options": ["nfsvers=4.2"],
    "classes": [{"name": "nfs"}],
    "volumes": [{"name": "films", "path": "films", "size": "1Gi", "read_only": True}],
}
DEFAULTS = {"clients": ["192.168.0.11", "10.0.0.0/255.0.0.0"], "options": ["rw"]}
NOBODY = {"owner": "65534", "group": "65534", "mode": "0755"}


def mount(path: str, read_only: bool = False) -> dict[str, t.Any]:
    return {"server": "192.168.0.31", "path": path, "options": ["nfsvers=4.2"], "read_only": read_only}


def test_mounts() -> None:
    expected = [mount("/srv/nfs"), mount("/srv/nfs/films", read_only=True)]
    assert nfs_shares(STORAGE) == nfs_shares(STORAGE, "mounts") == expected


EXPORTS: list[tuple[list[dict[str, t.Any]], list[dict[str, t.Any]]]] = [
    ([], []),
    (
        [{"path": "/srv/nfs"}],
        [{"path": "/srv/nfs", "clients": ["192.168.0.11", "10.0.0.0/8"], "options": ["rw"], **NOBODY}],
    ),
    (
        [{"path": "/srv/a", "clients": ["*"], "options": ["ro"], "owner": 0, "group": "media", "mode": "0700"}],
        [{"path": "/srv/a", "clients": ["*"], "options": ["ro"], "owner": "0", "group": "media", "mode": "0700"}],
    ),
    (
        [{"path": "/srv/b", "clients": [], "options": None, "owner": "", "group": None}],
        [{"path": "/srv/b", "clients": ["192.168.0.11", "10.0.0.0/8"], "options": ["rw"], **NOBODY}],
    ),
]


@pytest.mark.parametrize(("given", "expected"), EXPORTS)
def test_exports(given: list[dict[str, t.Any]], expected: list[dict[str, t.Any]]) -> None:
    assert nfs_shares(given, "exports", **DEFAULTS) == expected


WRONG: list[tuple[t.Any, tuple[t.Any, ...], dict[str, t.Any], str]] = [
    (STORAGE, ("client",), {}, '"client" is not known; there are mounts, exports'),
    ([], (), {}, "mounts: input is a list, but must be a mapping"),
    (STORAGE, (), DEFAULTS, 'mounts has no option "clients"; there are none'),
    ({}, (), {}, "mounts: a value has another shape than documented: KeyError('provisioner')"),
    ([], ("exports",), {}, "exports needs clients, options"),
    ("/srv/nfs", ("exports",), DEFAULTS, "exports: input is text, but must be a list"),
    (["/srv/nfs"], ("exports",), DEFAULTS, "exports: input has an item that is text, but must be a mapping"),
    ([], ("exports",), {**DEFAULTS, "options": "rw"}, "exports: options is text, but must be a list"),
]


@pytest.mark.parametrize(("given", "name", "options", "error"), WRONG)
def test_errors(given: t.Any, name: tuple[t.Any, ...], options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        nfs_shares(given, *name, **options)
