# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The environment of containerd's service: one drop-in of systemd, and whether the running process has it.

What containerd starts has it too, CNI plugins above all, some of which ask the API.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import has_login, masked

DROP_IN = "/etc/systemd/system/containerd.service.d/homelab-proxy.conf"


def _quoted(name: str, value: str) -> str:
    """One assignment as systemd.syntax(7) and systemd.unit(5) (specifiers) read it. Raises ValueError."""
    if has_login(value):
        raise ValueError(f"{name} {masked(value)} holds a login, which `systemctl show` tells every user of the host")
    if not value.isprintable():
        raise ValueError(f"{name} has characters that no line of a unit can hold: {value!a}")
    text = f"{name}={value}".replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'Environment="{text}"\n'


def variables(environment: t.Mapping[str, str]) -> dict[str, str]:
    """Names in capitals, which Go reads first (golang.org/x/net/http/httpproxy)."""
    return {name.upper(): value for name, value in environment.items() if value}


def drop_in(environment: t.Mapping[str, str]) -> str:
    """The file, "" when there is nothing to say. Raises ValueError."""
    lines = "".join(_quoted(name, value) for name, value in variables(environment).items())
    return f"{_files.HEADER}[Service]\n{lines}" if lines else ""


def problems(environ: str, environment: t.Mapping[str, str]) -> list[str]:
    """What a process lacks, by /proc/PID/environ (proc(5)); nothing is known where that is empty."""
    found = dict(item.split("=", 1) for item in environ.split("\0") if "=" in item)
    wrong = [name for name, value in variables(environment).items() if found and found.get(name) != value]
    return [
        f"containerd runs with {name}={masked(found[name])} out of another file in {os.path.dirname(DROP_IN)}"
        if name in found
        else f"containerd runs without {name}"
        for name in wrong
    ]


__all__ = ("DROP_IN", "drop_in", "problems")
