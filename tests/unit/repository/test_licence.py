# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that can carry a comment says its licence, and LICENSE is that licence."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HEADER = "SPDX-License-Identifier: GPL-3.0-or-later"
# No comments, or not ours: prose, pictures, lists of packages, and what a tool has printed or a project published.
KINDS = {".md", ".svg", ".txt", ".sum", ".mod"}
# Their bytes are the key of a build, or go into an image as they are: a comment would build everything anew.
BYTES = ("mirror/base-tree", "mirror/images/", "mirror/packages/", "molecule/shared/machine/", "molecule/shared/node/")
OTHERS = ("LICENSE", "tests/unit/fixtures/")


@functools.cache
def files() -> list[str]:
    """What git knows, links aside."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = listed.rstrip("\0").split("\0")
    return [name for name in names if (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


def excused(name: str) -> bool:
    return name.startswith((*BYTES, *OTHERS)) or Path(name).suffix in KINDS


def says(name: str) -> bool:
    return HEADER in "".join((ROOT / name).open().readlines()[:8])


def test_every_file_says_its_licence() -> None:
    wanted = [name for name in files() if not excused(name)]
    assert {"Makefile", "site.yml", "tests/package", str(Path(__file__).relative_to(ROOT))} <= set(wanted)
    assert [name for name in wanted if not says(name)] == []


@pytest.mark.parametrize("exception", [*sorted(KINDS), *BYTES, *OTHERS])
def test_no_exception_is_needless(exception: str) -> None:
    assert [name for name in files() if name.startswith(exception) or Path(name).suffix == exception] != []


def test_the_licence_is_there() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
