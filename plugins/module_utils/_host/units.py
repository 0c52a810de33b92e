# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What systemd knows of its units, and what follows from it; properties are those of org.freedesktop.systemd1(5)."""

from __future__ import annotations

import os
import subprocess
import time
import typing as t

# Moments in microseconds of CLOCK_MONOTONIC, which nobody can set: the start of the main process, and the last change of
# state, which a reload is too.
STARTED, CHANGED = "ExecMainStartTimestampMonotonic", "StateChangeTimestampMonotonic"

Properties = t.Dict[str, str]


def parse(text: str) -> Properties:
    """What ``systemctl show`` prints of one unit."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def show(unit: str, *properties: str) -> Properties:
    """Properties of a unit; without systemd, none."""
    command = ["systemctl", "show", unit, f"--property={','.join(properties)}"]
    try:
        return parse(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    except FileNotFoundError:
        return {}


def unread(written: float, moment: str, *, now: float, uptime: float) -> bool:
    """Whether a file was written after a moment of systemd's.

    ``written`` and ``now`` are seconds of the clock on the wall, ``uptime`` those of CLOCK_MONOTONIC at the same time. A
    file from the future tells nothing; a moment of 0 never was.
    """
    if moment in ("", "0"):
        return False
    return now - (uptime - int(moment) / 1e6) < written <= now


def has_not_read(unit: str, path: str, moment: str) -> bool:
    """Whether an active unit goes on with what a file said before it was written, as after a run that was cut off."""
    try:
        written = os.stat(path).st_mtime
    except OSError:
        return False
    seen = show(unit, "ActiveState", moment)
    active = seen.get("ActiveState") == "active"
    return active and unread(written, seen.get(moment, ""), now=time.time(), uptime=time.monotonic())


def timer_commands(name: str, timer: Properties, service: Properties, *, written: bool) -> t.List[t.List[str]]:
    """What systemctl has still to be told so that a timer of these files runs, now and after a reboot.

    systemd itself says where an earlier run wrote a unit and came no further.
    """
    commands = []
    if written or "yes" in (timer.get("NeedDaemonReload"), service.get("NeedDaemonReload")):
        commands.append(["daemon-reload"])
    if timer.get("UnitFileState") != "enabled" or timer.get("ActiveState") != "active":
        commands.append(["enable", "--now", f"{name}.timer"])
    return commands


__all__ = ("CHANGED", "STARTED", "has_not_read", "parse", "show", "timer_commands", "unread")
