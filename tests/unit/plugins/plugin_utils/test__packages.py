# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages a host lacks."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._packages import packages_missing

INSTALLED = {"socat": "1.8.0.3-1", "containerd.io": "2.3.6-1~debian.13~trixie", "kmod": "34.2-2"}
MISSING: list[tuple[list[str], dict[str, str], list[str]]] = [
    ([], INSTALLED, []),
    (["socat", "kmod"], INSTALLED, []),
    (["socat", "tar"], INSTALLED, ["tar"]),
    (["containerd.io=2.3.*"], INSTALLED, []),
    (["containerd.io=2.4.*", "kmod"], INSTALLED, ["containerd.io=2.4.*"]),
    (["containerd.io=2.3.6-1"], INSTALLED, ["containerd.io=2.3.6-1"]),
    (["socat", "kmod"], {}, ["socat", "kmod"]),
]


@pytest.mark.parametrize(("wanted", "installed", "missing"), MISSING)
def test_packages_missing(wanted: list[str], installed: dict[str, str], missing: list[str]) -> None:
    assert packages_missing(wanted, installed) == missing
