# SPDX-License-Identifier: GPL-3.0-or-later
"""A line that lives below the cursor, as bytes that a terminal gets."""

from __future__ import annotations

import os
import time
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._progress.live import LiveLine, is_terminal

ERASED = "\x1b[J"


def drawn(text: str) -> str:
    return f"\x1bD\x1b[A\x1b7\r\n\x1b[2K{text}\x1b8"


class Terminal:
    """What was written to a descriptor since somebody looked last."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        os.set_blocking(self.read_end, False)

    def seen(self) -> str:
        try:
            return os.read(self.read_end, 65536).decode()
        except BlockingIOError:
            return ""

    def close(self) -> None:
        os.close(self.read_end)
        os.close(self.write_end)


@pytest.fixture
def terminal() -> t.Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def test_what_is_written_stands_above(terminal: Terminal) -> None:
    texts = iter(["one", "two", "", ""])
    line = LiveLine(lambda _width: next(texts), terminal.write_end)
    assert line.above(lambda: os.write(terminal.write_end, b"A\n")) == 2
    assert terminal.seen() == "A\n" + drawn("one")
    line.above(lambda: os.write(terminal.write_end, b"B\n"))
    assert terminal.seen() == ERASED + "B\n" + drawn("two")
    line.above(lambda: None)
    assert terminal.seen() == ERASED
    # Nothing is there to erase any more.
    line.above(lambda: None)
    assert terminal.seen() == ""


def test_it_is_as_wide_as_the_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    LiveLine(lambda width: "=" * width, terminal.write_end).above(lambda: None)
    assert terminal.seen() == drawn("=" * 33)


def test_it_draws_by_itself_until_it_is_stopped(terminal: Terminal) -> None:
    line = LiveLine(lambda _width: "alive", terminal.write_end, seconds=0.001)
    line.start()
    deadline, seen = time.monotonic() + 10, ""
    while seen.count("alive") < 2 and time.monotonic() < deadline:
        seen += terminal.seen()
    line.stop()
    seen += terminal.seen()
    assert seen.count("alive") >= 2
    assert seen.endswith(ERASED)
    time.sleep(0.01)
    assert terminal.seen() == ""


def test_an_error_of_the_writer_is_the_writers(terminal: Terminal) -> None:
    line = LiveLine(lambda _width: "alive", terminal.write_end)
    with pytest.raises(ZeroDivisionError):
        line.above(lambda: 1 / 0)
    assert line.above(lambda: "written") == "written"


def test_a_forked_child_draws_nothing(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    line = LiveLine(lambda _width: "alive", terminal.write_end)
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    assert line.above(lambda: "written") == "written"
    assert terminal.seen() == ""


@pytest.mark.parametrize(
    ("tty", "term", "expected"),
    [(True, "xterm", True), (True, "dumb", False), (True, None, False), (False, "xterm", False)],
)
def test_is_terminal(monkeypatch: pytest.MonkeyPatch, tty: bool, term: str | None, expected: bool) -> None:
    monkeypatch.setattr("sys.stdout", type("Stream", (), {"isatty": lambda _self: tty})())
    if term is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", term)
    assert is_terminal() is expected
