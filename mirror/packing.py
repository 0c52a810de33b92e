# SPDX-License-Identifier: GPL-3.0-or-later
"""Lay out Debian packages: a folder per package that dpkg-deb packs."""

from __future__ import annotations

import shutil
from pathlib import Path

from .components import Deb

MAINTAINER = "homelab.kubernetes mirror <mirror@homelab.invalid>"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def control_text(deb: Deb, architecture: str, installed_kib: int) -> str:
    """Return a package's control file."""
    fields = {
        "Package": deb.package,
        "Version": deb.version,
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(installed_kib),
        "Priority": "optional",
        **{name.capitalize(): value for name, value in deb.control.items()},
    }
    description = fields.pop("Description")
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return "\n".join([*lines, f"Description: {description}", ""])


def file_name(deb: Deb, architecture: str) -> str:
    """Return the name of a package's file."""
    return f"{deb.package}_{deb.version}_{architecture}.deb"


def lay_out(deb: Deb, binaries: Path, tree: Path, architecture: str) -> None:
    """Write the tree of one package."""
    for place, source in deb.files.items():
        target = tree / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        program = source.startswith("bin/")
        shutil.copyfile(binaries / source.removeprefix("bin/") if program else deb.templates / source, target)
        target.chmod(0o755 if program else 0o644)
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    meta = tree / "DEBIAN"
    meta.mkdir()
    (meta / "control").write_text(control_text(deb, architecture, size // 1024 + 1), encoding="utf-8")
    if deb.conffiles:
        (meta / "conffiles").write_text("".join(f"{name}\n" for name in deb.conffiles), encoding="utf-8")
    for script in SCRIPTS:
        if (deb.templates / script).is_file():
            shutil.copyfile(deb.templates / script, meta / script)
            (meta / script).chmod(0o755)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
