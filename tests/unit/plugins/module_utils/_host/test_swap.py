# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swap: what is in use and what is edited."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.swap import (
    DROP_IN_TEXT,
    active,
    drop_in_path,
    edits,
    unit_of,
    units,
    without_swap,
)

HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
ACTIVE = [
    ("", []),
    (HEADER, []),
    (HEADER + "/dev/sda2                               partition\t8388604\t\t0\t\t-2\n", ["/dev/sda2"]),
    (HEADER + "/swap\\040file file 1 0 -2\n/dev/zram0 partition 1 0 100\n", ["/swap file", "/dev/zram0"]),
]


@pytest.mark.parametrize(("text", "names"), ACTIVE)
def test_active(text: str, names: list[str]) -> None:
    assert active(text) == names


FSTAB = [
    ("", ""),
    ("UUID=1 / ext4 defaults 0 1\n", "UUID=1 / ext4 defaults 0 1\n"),
    ("/swap.img\tnone\tswap\tsw\t0\t0\n", "#homelab.kubernetes: /swap.img\tnone\tswap\tsw\t0\t0\n"),
    ("UUID=2 swap swap defaults", "#homelab.kubernetes: UUID=2 swap swap defaults"),
    (
        "a / ext4 x 0 1\n  LABEL=s none swap sw,pri=5\n",
        "a / ext4 x 0 1\n#homelab.kubernetes:   LABEL=s none swap sw,pri=5\n",
    ),
    ("# /swap.img none swap sw 0 0\n", "# /swap.img none swap sw 0 0\n"),
    ("#/swap.img none swap sw 0 0\n", "#/swap.img none swap sw 0 0\n"),
    ("#homelab.kubernetes: /swap.img none swap sw\n", "#homelab.kubernetes: /swap.img none swap sw\n"),
    ("/dev/sdb1 /srv/swap ext4 defaults 0 2\n", "/dev/sdb1 /srv/swap ext4 defaults 0 2\n"),
]


@pytest.mark.parametrize(("before", "after"), FSTAB)
def test_without_swap(before: str, after: str) -> None:
    assert without_swap(before) == after
    assert without_swap(after) == after


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    """A host with swap from every source."""
    texts = {
        "etc/fstab": "/swap.img none swap sw 0 0\n",
        "run/systemd/generator/swap.img.swap": "[Unit]\nSourcePath=/etc/fstab\n[Swap]\nWhat=/swap.img\n",
        "run/systemd/generator/dev-zram0.swap": "[Unit]\n[Swap]\nWhat=/dev/zram0\n",
        "run/systemd/generator.late/dev-gpt.swap": "[Swap]\nWhat=/dev/sda2\n",
        "etc/systemd/system/mine.swap": "[Swap]\nWhat=/mine\n",
        "usr/lib/systemd/system/zramswap.service": "[Service]\n",
        "usr/lib/systemd/system/swapspace.service": "[Service]\n",
        "usr/lib/systemd/system/ssh.service": "[Service]\n",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "etc/systemd/system/swapspace.service").symlink_to("/dev/null")
    return tmp_path


UNITS = ["dev-gpt.swap", "dev-zram0.swap", "mine.swap", "zramswap.service"]


def test_units(root: pathlib.Path) -> None:
    assert units(str(root)) == UNITS


def test_edits_once(root: pathlib.Path) -> None:
    found = edits(str(root))
    assert found["etc/fstab"] == ("/swap.img none swap sw 0 0\n", "#homelab.kubernetes: /swap.img none swap sw 0 0\n")
    assert {path: after for path, (_before, after) in found.items() if path != "etc/fstab"} == {
        drop_in_path(unit): DROP_IN_TEXT for unit in UNITS
    }
    for path, (_before, after) in found.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(after, encoding="utf-8")
    assert edits(str(root)) == {}


def test_bare_root(tmp_path: pathlib.Path) -> None:
    assert edits(str(tmp_path)) == {}


UNIT_OF = [
    ("etc/systemd/system/zramswap.service.d/homelab-kubernetes.conf", "zramswap.service"),
    ("etc/systemd/system/zramswap.service.d/other.conf", None),
    ("etc/fstab", None),
]


@pytest.mark.parametrize(("path", "unit"), UNIT_OF)
def test_unit_of(path: str, unit: str | None) -> None:
    assert unit_of(path) == unit


@pytest.mark.parametrize(
    ("unit", "counts"),
    [
        ("armbian-zram-config.service", True),
        ("zram-swap.service", True),
        ("systemd-zram-setup@.service", False),
        ("swapper.service", False),
    ],
)
def test_whatever_makes_zram_at_boot_counts(tmp_path: pathlib.Path, unit: str, counts: bool) -> None:
    folder = tmp_path / "lib/systemd/system"
    folder.mkdir(parents=True)
    (folder / unit).write_text("[Service]\nType=oneshot\nExecStart=/usr/lib/x start\n")
    assert units(str(tmp_path)) == ([unit] if counts else [])
