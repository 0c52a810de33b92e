# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs what needs no machines on every supported ansible-core and Python: `make versions [ONLY=2.21-python3.13]`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MATRIX = Path(__file__).with_name("matrix.yml")
# Inside the virtual environment, so that whatever ignores or removes that one does the same with these.
HOME = ROOT / ".venv/versions"
# Runs of the whole preflight that say most in little time.
PREFLIGHT = "nothing or boolean or slip or expression"


class Version(t.NamedTuple):
    """One ansible-core on one Python."""

    core: str
    ansible: str
    python: str

    @property
    def name(self) -> str:
        return f"{self.core}-python{self.python}"

    @property
    def bin(self) -> Path:
        return HOME / self.name / "bin"


def versions(text: str) -> list[Version]:
    """The matrix, one row per pair."""
    return [Version(row["core"], row["ansible"], python) for row in yaml.safe_load(text) for python in row["pythons"]]


def interpreter(version: str) -> str | None:
    """A Python of this minor that runs: on the PATH, or made by pyenv or uv; None when there is none."""
    name = f"python{version}"
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/{name}"))
    uv = sorted(Path.home().glob(f".local/share/uv/python/cpython-{version}.*/bin/{name}"))
    # What pyenv puts on the PATH for a Python that is not chosen exists and fails.
    for path in filter(None, (shutil.which(name), *map(str, (*pyenv, *uv)))):
        if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None


def requirements(version: Version) -> list[str]:
    """Pinned packages: this version's ansible, everything else as the repository pins it."""
    wanted = ("jmespath", "kubernetes", "netaddr", "hypothesis", "pytest")
    pins = (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-dev.txt").read_text()
    return [f"ansible=={version.ansible}", *re.findall(rf"(?m)^(?:{'|'.join(wanted)})==\S+$", pins)]


def install(version: Version, python: str) -> None:
    """A virtual environment, made once and again when a pin changes or the repository moves, which its scripts do not survive."""
    stamp, wanted = version.bin / "stamp", "\n".join([str(version.bin), *requirements(version)])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    subprocess.run([python, "-m", "venv", "--clear", version.bin.parent], check=True)
    pip = [
        str(version.bin / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
    ]
    subprocess.run([*pip, *requirements(version)], check=True)
    stamp.write_text(wanted)


def steps(version: Version) -> dict[str, list[str]]:
    """What is run, by name."""
    pytest = [str(version.bin / "python"), "-m", "pytest", "-p", "no:cacheprovider"]
    playbooks = [str(path) for path in sorted((ROOT / "playbooks").glob("*.yml"))]
    syntax = [str(version.bin / "ansible-playbook"), "--syntax-check", "-i", "inventories/homelab", *playbooks]
    return {
        "unit": [*pytest, "--hypothesis-profile=thorough"],
        "syntax": syntax,
        "actions": [*pytest, "tests/integration/action"],
        "preflight": [*pytest, "tests/integration", "-k", PREFLIGHT],
    }


def run(version: Version) -> bool:
    """All steps of one version; a line for each, and the output of those that fail."""
    python = interpreter(version.python)
    if python is None:
        print(f"{version.name}: FAILED, there is no python{version.python}: install it with apt, dnf, pyenv or uv")
        return False
    install(version, python)
    environment = {**os.environ, "PATH": f"{version.bin}:{os.environ['PATH']}", "ANSIBLE_CONFIG": f"{ROOT}/ansible.cfg"}
    good = True
    for name, command in steps(version).items():
        begin = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        passed = done.returncode == 0
        counted = re.findall(r"\d+ passed", done.stdout)
        words = ", ".join([*counted[-1:], f"{time.monotonic() - begin:.0f} s"])
        print(f"{version.name}: {name} {'passed' if passed else 'FAILED'} ({words})", flush=True)
        if not passed:
            print(done.stdout)
        good = good and passed
    return good


def main() -> int:
    """Every version, or those whose name holds --only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a name such as 2.21-python3.13")
    wanted = [v for v in versions(MATRIX.read_text()) if parser.parse_args().only in v.name]
    results = [run(version) for version in wanted]
    print(f"{sum(results)} of {len(results)} versions passed")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
