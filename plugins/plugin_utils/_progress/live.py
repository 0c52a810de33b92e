# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A line that lives below the cursor of a terminal.

Below, and not on the line of the cursor: whatever else writes there, such as ssh asking about an unknown host key, is
neither overwritten nor moved. Only VT100's sequences are used: IND, CUU, DECSC, EL, DECRC and ED.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import typing as t

# One line down (scrolling at the bottom) and up again, so that there is a line below; then to its begin and empty it.
_BELOW = "\x1bD\x1b[A\x1b7\r\n\x1b[2K"
_BACK = "\x1b8"
_ERASE_BELOW = "\x1b[J"


def is_terminal() -> bool:
    """Whether standard output understands cursor control."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class LiveLine:
    """Draws ``text(width)`` every half second; "" draws nothing.

    Writes to the file descriptor and not to Python's stream: Ansible forks while the thread of this class runs, and a
    child must not inherit a lock of the stream that somebody holds.
    """

    def __init__(self, text: t.Callable[[int], str], descriptor: int = 1, seconds: float = 0.5) -> None:
        self._text = text
        self._descriptor = descriptor
        self._seconds = seconds
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._drawn = False
        self._pid = os.getpid()

    def start(self) -> None:
        """Begin to draw, until stop()."""
        threading.Thread(target=self._run, name="progress", daemon=True).start()

    def stop(self) -> None:
        """Erase the line for good."""
        self._stopped.set()
        self.above(lambda: None)

    def above(self, write: t.Callable[[], t.Any]) -> t.Any:
        """Let something write at the cursor as if the line were not there. In a forked child there is none."""
        if os.getpid() != self._pid:
            return write()
        with self._lock:
            if self._drawn:
                os.write(self._descriptor, _ERASE_BELOW.encode())
                self._drawn = False
            result = write()
            self._draw()
            return result

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        text = "" if self._stopped.is_set() else self._text(shutil.get_terminal_size().columns)
        if text:
            os.write(self._descriptor, f"{_BELOW}{text}{_BACK}".encode())
            self._drawn = True
        elif self._drawn:
            os.write(self._descriptor, _ERASE_BELOW.encode())
            self._drawn = False


__all__ = ("LiveLine", "is_terminal")
