# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whose proof uses the namespace: what tells a run in progress from the remains of a dead one.

A run writes its mark on the namespace, as an annotation. Where its processes can be seen they decide, elsewhere the time.
"""

from __future__ import annotations

import calendar
import getpass
import json
import os
import platform
import time
import typing as t
import uuid
from pathlib import Path

ANNOTATION = "homelab.kubernetes/verify-run"
_RFC3339 = "%Y-%m-%dT%H:%M:%SZ"


class Process(t.NamedTuple):
    """A process and when it started, in the kernel's own ticks; "" where the system does not tell."""

    pid: int
    started: str


class Mark(t.NamedTuple):
    """A run: its name, whose it is, its processes and the place where their numbers count, and until when it may last.

    Each of the processes has to live for the run to go on; the first is the one a person knows. ``until`` is in UTC.
    """

    run: str = ""
    owner: str = ""
    place: str = ""
    processes: t.Sequence[Process] = ()
    until: str = ""


# Of no run: only tests leave it.
UNMARKED = Mark()


def written(mark: Mark, seconds: float, now: float) -> dict[str, str]:
    """The mark for the namespace of a run that may last so many seconds from now (Unix time)."""
    until = time.strftime(_RFC3339, time.gmtime(now + seconds))
    return {ANNOTATION: json.dumps(mark._replace(until=until)._asdict())}


def read(namespace: t.Mapping[str, t.Any]) -> Mark | None:
    """The mark on a namespace; None where there is none that can be read."""
    try:
        found = json.loads((namespace["metadata"].get("annotations") or {})[ANNOTATION])
        processes = [Process(int(pid), str(started)) for pid, started in found["processes"]]
        texts = {key: str(found[key]) for key in ("run", "owner", "place", "until")}
        mark = Mark(processes=processes, **texts)
        _seconds(mark)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return mark


def _seconds(mark: Mark) -> int:
    return calendar.timegm(time.strptime(mark.until, _RFC3339))


def _state(pid: int, proc: Path) -> list[str]:
    """The fields of /proc/PID/stat behind the program's name, as proc(5) has them from the third; [] where nothing is."""
    try:
        text = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The name is in parentheses, and may hold any character.
    return text.rpartition(")")[2].split()


def process(pid: int, proc: Path = Path("/proc")) -> Process:
    """The process with this number."""
    return Process(pid, (_state(pid, proc)[19:20] or [""])[0])


def alive(one: Process, proc: Path = Path("/proc")) -> bool:
    """Whether it is still that process, and not another with its number or one that only waits to be forgotten."""
    try:
        os.kill(one.pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass  # there, and somebody else's
    state = _state(one.pid, proc)
    return not state or (state[0] not in "ZX" and one.started in ("", state[19]))


def in_use(mark: Mark, own: Mark, now: float, lives: t.Callable[[Process], bool] = alive) -> bool:
    """Whether another run than our own goes on."""
    if mark.run == own.run or now >= _seconds(mark):
        return False
    return mark.place != own.place or all(map(lives, mark.processes))


def _place() -> str:
    """Where process numbers mean the same: this boot of this machine, and its container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return platform.node()


def _parent() -> int:
    """The process that began all this: a worker of Ansible leads a session of its own, and ansible-playbook is above it."""
    above = _state(os.getsid(0), Path("/proc"))[1:2]
    # Number 1 is whoever adopts what is left alone.
    return int(above[0]) if above and int(above[0]) > 1 else os.getpid()


def own() -> Mark:
    """The mark of the run in this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    processes = [process(pid) for pid in (_parent(), os.getpid())]
    return Mark(uuid.uuid4().hex, f"{user}@{platform.node()}", _place(), processes)


__all__ = ("ANNOTATION", "UNMARKED", "Mark", "Process", "alive", "in_use", "own", "process", "read", "written")
