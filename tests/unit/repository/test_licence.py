# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that can carry a comment says its licence, and LICENSE is that licence."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]
HEADER = "SPDX-License-Identifier: GPL-3.0-or-later"
# No comments, or not ours: prose, pictures, lists of packages, and what a tool has printed or a project published.
KINDS = {".json", ".md", ".svg", ".txt", ".sum", ".mod"}
# Their bytes are the key of a build, or go into an image as they are: a comment would build everything anew.
BYTES = ("mirror/base-tree", "mirror/images/", "mirror/packages/", "molecule/shared/machine/", "molecule/shared/node/")
OTHERS = ("LICENSE", "tests/unit/fixtures/")


def files() -> list[str]:
    """What git knows, links aside."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = listed.rstrip("\0").split("\0")
    return [name for name in names if (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


def test_every_file_says_its_licence() -> None:
    wanted = [name for name in files() if not name.startswith((*BYTES, *OTHERS)) and Path(name).suffix not in KINDS]
    assert len(wanted) > 300
    assert [name for name in wanted if HEADER not in "".join((ROOT / name).open().readlines()[:8])] == []


def test_the_licence_is_there() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
