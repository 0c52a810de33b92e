#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a tag may be released, and what the release says of itself: the section of CHANGELOG.md.

Prints the section. The tag is `v` and the version in galaxy.yml; standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version_of(tag: str, galaxy: str) -> str:
    """The version in galaxy.yml. Raises ValueError where the tag is another."""
    found = re.search(r"(?m)^version: (\S+)$", galaxy)
    version = found[1] if found else ""
    if tag != f"v{version}":
        raise ValueError(
            f'the tag is {tag} and the version in galaxy.yml is "{version}": tag v{version}, or change galaxy.yml first'
        )
    return version


def section(changelog: str, version: str) -> str:
    """What antsibull-changelog wrote about a version, without its heading. Raises ValueError where there is nothing."""
    escaped = re.escape(version.replace(".", r"\."))
    found = re.search(rf'(?ms)^## v{escaped}$\n(.*?)(?=^<a id="v[0-9-]+"></a>$|\Z)', changelog)
    if not found or not found[1].strip():
        raise ValueError(
            f"CHANGELOG.md has no section for v{version}; run `antsibull-changelog release` and commit it before the tag"
        )
    return found[1].strip() + "\n"


def main() -> int:
    """The notes of the tag in the arguments."""
    try:
        version = version_of(sys.argv[1], (ROOT / "galaxy.yml").read_text())
        print(section((ROOT / "CHANGELOG.md").read_text(), version), end="")
    except ValueError as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
