# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of hosts, and variables of roles as such hosts see them."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import typing as t
from pathlib import Path

RENDER = Path(__file__).with_name("render.py")
DEBIAN13 = {
    "os_family": "Debian",
    "distribution": "Debian",
    "distribution_major_version": "13",
    "distribution_release": "trixie",
}
DEBIAN12 = {**DEBIAN13, "distribution_major_version": "12", "distribution_release": "bookworm"}
UBUNTU24 = {**DEBIAN13, "distribution": "Ubuntu", "distribution_major_version": "24", "distribution_release": "noble"}
UBUNTU26 = {**UBUNTU24, "distribution_major_version": "26", "distribution_release": "resolute"}
ROCKY9 = {
    "os_family": "RedHat",
    "distribution": "Rocky",
    "distribution_major_version": "9",
    "distribution_release": "Blue Onyx",
}
ROCKY10 = {**ROCKY9, "distribution_major_version": "10", "distribution_release": "Red Quartz"}


@functools.cache
def renderer() -> subprocess.Popen[str]:
    """Started once, because Ansible takes longer to load than to render; it ends with its input."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, RENDER], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def render(role: str, facts: dict[str, str], *names: str, **given: t.Any) -> list[t.Any]:
    """Variables of a role as a host with these facts sees them."""
    cases = [[role, name, {"ansible_facts": facts, **given}] for name in names]
    process = renderer()
    process.stdin.write(json.dumps(cases) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return list(json.loads(line))
