# SPDX-License-Identifier: GPL-3.0-or-later
"""Write www/: signed apt repositories and manifests, exactly where upstream's layout has them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plugins.module_utils._sources.openpgp import public_key

from . import tools
from .components import Component, Deb, Pins, architecture
from .images import link_or_copy
from .packing import file_name
from .paths import cache_root, output_root
from .process import MirrorError, capture, run

SERVED = "/srv/mirror/www"
STAMP = ".built"


def www_root() -> Path:
    """Return the folder of everything served as files."""
    return output_root() / "www"


def stamp() -> str:
    """Return which builds www/ holds; empty when there is none."""
    path = www_root() / STAMP
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def deb_folder(deb: Deb, repository: Mapping[str, Any], arch: str) -> str:
    """Return where a package's file belongs under www/."""
    path: str = repository["path"]
    if repository["layout"] == "flat":
        return f"{path}/{arch}"
    return f"{path}/dists/{deb.suite}/pool/{repository['component']}/{arch}"


def manifest_path(component: Component, name: str) -> str:
    """Return where a manifest belongs under www/."""
    return f"manifests/{component.name}/{component.version}/{name}"


def index_commands(repository: Mapping[str, Any], arch: str) -> dict[str, list[str]]:
    """Return the commands that index one repository inside the tools image, by the folder they index."""
    root = f"{SERVED}/{repository['path']}"
    if repository["layout"] == "flat":
        return {"": ["index-debs", "flat", root]}
    component = repository["component"]
    return {f"dists/{suite}": ["index-debs", "suite", root, suite, component, arch] for suite in repository["suites"]}


def key_path(repository: Mapping[str, Any]) -> str:
    """Return where upstream's layout has the armored public key."""
    return f"{repository['path']}/{'Release.key' if repository['layout'] == 'flat' else 'gpg'}"


def fingerprints(pins: Pins, www: Path | None = None) -> dict[str, list[str]]:
    """Return which keys the served repositories are signed with, by the repository's name."""
    found = {}
    for name, repository in pins.repositories.items():
        path = (www or www_root()) / key_path(repository)
        try:
            found[name] = list(public_key(path.read_text(encoding="utf-8")).fingerprints)
        except FileNotFoundError:
            raise MirrorError(
                f"there is no key in {path}: run `python -m mirror build`, or let HOMELAB_CACHE name the folder that holds mirror/"
            ) from None
        except ValueError as exc:
            raise MirrorError(f"{path} is no key of this mirror: {exc}; remove {path.parent} and build again") from exc
    return found


def signing_home() -> Path:
    """Return GnuPG's home with the signing key, private to the user."""
    home = cache_root() / "gnupg"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    return home


def write(pins: Pins, built: Sequence[tuple[Component, Path]], builds: str, log: Path) -> None:
    """Write www/ anew from what has been built, and put it in the old one's place."""
    tools.ensure()
    arch = architecture()
    new = output_root() / "www.new"
    shutil.rmtree(new, ignore_errors=True)
    for component, folder in built:
        for deb in component.debs:
            name = file_name(deb, arch)
            _place(folder / "debs" / name, new / deb_folder(deb, pins.repositories[deb.repository], arch) / name)
        for manifest in component.manifests:
            _place(folder / "manifests" / manifest.name, new / manifest_path(component, manifest.name))
    _sign(pins, new, log)
    (new / STAMP).write_text(builds, encoding="utf-8")
    www, old = www_root(), output_root() / "www.old"
    shutil.rmtree(old, ignore_errors=True)
    if www.exists():
        www.rename(old)
    new.rename(www)
    shutil.rmtree(old, ignore_errors=True)


def _place(source: Path, target: Path) -> None:
    """Put a built file under www/."""
    if not source.is_file():
        raise MirrorError(f"{source} is missing; remove its folder and build again")
    target.parent.mkdir(parents=True, exist_ok=True)
    link_or_copy(source, target)


def _sign(pins: Pins, new: Path, log: Path) -> None:
    """Index and sign every repository that has packages."""
    mounts = {new: SERVED, signing_home(): "/gnupg"}
    env = {"GNUPGHOME": "/gnupg"}
    public = capture(tools.command(["make-key"], mounts, env))
    for repository in pins.repositories.values():
        root = new / repository["path"]
        if not root.is_dir():
            continue
        (new / key_path(repository)).write_text(public, encoding="utf-8")
        for folder, words in index_commands(repository, architecture()).items():
            if (root / folder).is_dir():
                run(tools.command(words, mounts, env), log)
