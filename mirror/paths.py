# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: this package's data and the cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
COMPONENTS_FILE = PACKAGE / "components.yml"
MODULES = PACKAGE / "modules"
IMAGES = PACKAGE / "images"
PACKAGES = PACKAGE / "packages"
# The variables of the lab's inventory.
LAB = PACKAGE.parent / "inventories" / "lab" / "group_vars" / "all"


def cache_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Return $HOMELAB_CACHE, else a folder of this project in the user's cache."""
    chosen = environ.get("HOMELAB_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).absolute() / "homelab.kubernetes"


def output_root() -> Path:
    """Return the folder that is served: www/ and registry/."""
    return cache_root() / "mirror"


def log_file(name: str) -> Path:
    """Return the log file of one step, its folder made."""
    folder = cache_root() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"
