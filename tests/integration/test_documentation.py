# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ansible-doc --list homelab.kubernetes` knows everything that the collection has."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = "ansible_collections.homelab.kubernetes.plugins"


def files(kind: str) -> set[str]:
    return {path.stem for path in (ROOT / "plugins" / kind).glob("*.py")}


def jinja(kind: str, class_: str, method: str) -> set[str]:
    """The names that the files of a kind offer, whatever the files are called."""
    modules = (importlib.import_module(f"{PLUGINS}.{kind}.{name}") for name in files(kind))
    return {name for module in modules for name in getattr(getattr(module, class_)(), method)()}


@pytest.mark.parametrize("kind", ["module", "filter", "test", "lookup", "callback", "role"])
def test_everything_is_listed(kind: str) -> None:
    expected = {
        "module": lambda: files("modules"),
        "filter": lambda: jinja("filter", "FilterModule", "filters"),
        "test": lambda: jinja("test", "TestModule", "tests"),
        "lookup": lambda: files("lookup"),
        "callback": lambda: files("callback"),
        "role": lambda: {path.name for path in (ROOT / "roles").iterdir() if path.is_dir()},
    }[kind]()
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "doc", "--type", kind, "--list", "--json", "homelab.kubernetes"],
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=True,
    )
    listed = json.loads(done.stdout)
    assert {name.rpartition(".")[2] for name in listed} == expected
    undocumented = [name for name, text in listed.items() if not text or "UNDOCUMENTED" in text]
    assert undocumented == []
    assert done.stderr == ""
