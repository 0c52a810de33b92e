# SPDX-License-Identifier: GPL-3.0-or-later
"""Run commands: everything they say goes to a log, a failure carries its last lines."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

TAIL_LINES = 12


class MirrorError(Exception):
    """Something that cannot be had, and why."""


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """Return the last non-empty lines of a text, indented."""
    kept = [line for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join(f"    {line}" for line in kept)


def environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """Return this process's environment with some variables set."""
    return {**os.environ, **(extra or {})}


def capture(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, seconds: float | None = None
) -> str:
    """Run a command, at most for so many seconds, and return its standard output."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, env=environment(env), capture_output=True, text=True, check=False, timeout=seconds)
    except OSError as exc:
        raise MirrorError(f"{words[0]}: {exc.strerror}") from exc
    except subprocess.TimeoutExpired as exc:
        raise MirrorError(f"{' '.join(words[:4])} took more than {seconds:g} s") from exc
    if done.returncode:
        raise MirrorError(f"{' '.join(words[:4])} failed ({done.returncode}):\n{tail(done.stderr)}")
    return done.stdout


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    watch: Callable[[float], None] | None = None,
) -> None:
    """Run a command with its output appended to a log; call watch(seconds) while it runs."""
    words = [str(word) for word in command]
    with log.open("a", encoding="utf-8") as output:
        output.write(f"$ {' '.join(words)}\n")
        output.flush()
        start = output.tell()
        begun = time.monotonic()
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment(env), cwd=cwd
            )
        except OSError as exc:
            raise MirrorError(f"{words[0]}: {exc.strerror}") from exc
        _wait(process, begun, watch)
    if process.returncode:
        said = log.read_bytes()[start:].decode(errors="replace")
        raise MirrorError(
            f"{' '.join(words[:3])} ... failed ({process.returncode}):\n{tail(said)}\n    all of it: {log}"
        )


def _wait(process: subprocess.Popen[bytes], begun: float, watch: Callable[[float], None] | None) -> None:
    """Wait for a process; terminate it when this one is interrupted."""
    try:
        while True:
            try:
                process.wait(timeout=1)
                return
            except subprocess.TimeoutExpired:
                if watch:
                    watch(time.monotonic() - begun)
    except BaseException:
        process.terminate()
        process.wait()
        raise


def retried(attempt: Callable[[], None], tries: int = 3, pause: float = 5.0) -> None:
    """Call something that downloads until it works, at most a few times."""
    for number in range(1, tries + 1):
        try:
            attempt()
            return
        except MirrorError:
            if number == tries:
                raise
            time.sleep(pause * number)
