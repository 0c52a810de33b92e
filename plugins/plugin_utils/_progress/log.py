# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Everything about a run in a file: what Ansible's own output would show with -v, skipped tasks included.

It is Ansible's own callback that writes it, so whatever is hidden on a screen (C(no_log)) is hidden here.
"""

from __future__ import annotations

import os
import re
import time
import typing as t
from pathlib import Path

from ansible.plugins.loader import callback_loader
from ansible.utils.display import Display
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import printable

KEPT = 20
# Ansible's own callback colours the lines of a difference (SGR of ECMA-48).
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class FileDisplay(Display):
    """Ansible's display, writing to a file, without colours, each headline with the time of day."""

    def __init__(self, file: t.TextIO) -> None:
        super().__init__(verbosity=2)
        self._file = file
        self.b_cowsay = None

    def display(self, msg: str, *args: t.Any, screen_only: bool = False, newline: bool = True, **kwargs: t.Any) -> None:
        """A message; what is meant for screens only, such as a coloured copy, is left out."""
        if not screen_only:
            self._file.write(printable(_COLOUR.sub("", msg)) + ("\n" if newline else ""))

    def banner(self, msg: str, color: str | None = None, cows: bool = True) -> None:
        """A headline."""
        self.display(f"\n{time.strftime('%H:%M:%S')} {msg}")


def path_in(folder: str) -> Path:
    """A new file of this second in the folder, of which only the last ones are kept. Raises OSError."""
    home = Path(folder).expanduser()
    home.mkdir(parents=True, exist_ok=True)
    for old in sorted(home.glob("run-*.log"))[: -KEPT + 1]:
        old.unlink(missing_ok=True)
    return home / f"run-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"


class RunLog:
    """Hands every event to Ansible's default callback, which writes to the file. Raises OSError."""

    def __init__(self, folder: str) -> None:
        self.path = path_in(folder)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        file = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8", errors="replace")
        self._callback = callback_loader.get("ansible.builtin.default")
        self._callback.set_options(direct={"display_skipped_hosts": True, "display_failed_stderr": False})
        self._callback._display = FileDisplay(file)

    def event(self, name: str, *args: t.Any, **kwargs: t.Any) -> None:
        """One event with Ansible's own arguments."""
        # ansible-core finds a result's warnings here, as it does for callbacks that it calls itself.
        self._callback._current_task_result = args[0] if hasattr(args[0] if args else None, "result") else None
        getattr(self._callback, name)(*args, **kwargs)


__all__ = ("RunLog",)
