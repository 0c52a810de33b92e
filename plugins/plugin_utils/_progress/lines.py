# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a person sees of a run: phases, what changed where, what is being waited for, and failures in full.

Everything here is plain: events come in with the time (seconds of any steady clock), lines come out. Words are ASCII,
because a server's console shows nothing else for certain. What hosts and inventories bring is shown, not obeyed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line, printable

Tone = t.Literal["phase", "changed", "quiet", "failed", "plain"]
Status = t.Literal["ok", "changed", "skipped", "ignored", "failed", "unreachable"]

# Seconds: a task that took as long is named with its time, a role that did is shown though it changed nothing.
LONG = 10.0
SHOWN = 2.0
# Ages at which a task that still runs is mentioned where no line can be redrawn, and every minute from then on.
TICKS = (15.0, 30.0, 60.0)
NAMES_WIDTH = 60
INDENT = " " * 4


class Line(t.NamedTuple):
    """One line or paragraph, and in what colour it is meant."""

    text: str
    tone: Tone = "plain"


def _line(text: str, tone: Tone = "plain") -> Line:
    """One line, whatever names are in it."""
    return Line(one_line(text), tone)


def clock(seconds: float) -> str:
    """Time since the start: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """How long something took: 0.4 s, 9.9 s, 42 s, 2 min 5 s."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def names(items: t.Sequence[str], width: int = NAMES_WIDTH) -> str:
    """Names with commas; those beyond the width are counted."""
    text = ", ".join(items)
    shown = len(items)
    while len(text) > width and shown > 1:
        shown -= 1
        text = f"{', '.join(items[:shown])} and {len(items) - shown} more"
    return text


def split(name: str) -> tuple[str, str]:
    """Ansible's ``namespace.collection.role : task`` as (role, task); the role is "" for a task of a play."""
    role, found, task = name.partition(" : ")
    return (role.rpartition(".")[2], task.strip()) if found else ("", name.strip())


# --- failures ----------------------------------------------------------------------------------------------------------

_TEXTS = ("stderr", "stdout", "module_stderr", "module_stdout")


def _block(label: str, text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{label}: {lines[0]}"] if len(lines) == 1 else [f"{label}:", *(f"{INDENT}{line}" for line in lines)]


def failure_details(result: t.Mapping[str, t.Any]) -> list[str]:
    """What a failed result says, for a person: the message, the command with its output, each failed item of a loop."""
    if "censored" in result:
        return [one_line(str(result["censored"]))]
    message = printable(str(result.get("msg") or "").strip() or "no message; the log has all that is known")
    lines = message.split("\n")
    command = result.get("cmd")
    if command:
        words = " ".join(map(str, command)) if isinstance(command, list) else str(command)
        lines += printable(f"command: {words}").split("\n")
    if result.get("rc") is not None:
        lines.append(one_line(f"exit code: {result['rc']}"))
    for key in _TEXTS:
        value = result.get(key)
        text = printable(value.strip()) if isinstance(value, str) else ""
        if text and text not in message:
            lines += _block(key, text)
    for item in result.get("results") or []:
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            label = item.get("_ansible_item_label", item.get("item", ""))
            lines += [one_line(f"with {label}:"), *(INDENT + line for line in failure_details(item))]
    return lines


# --- the run -----------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Task:
    """One task that runs on some hosts. ``waiting`` is since when, by host; ``note`` what is known beyond the name."""

    name: str
    began: float
    last: float
    waiting: dict[str, float] = dataclasses.field(default_factory=dict)
    results: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    note: str = ""
    ticks: int = 0
    told: set[tuple[str, ...]] = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Step:
    """A role in a phase, or a task of a play; ``changed`` counts tasks by host."""

    name: str
    began: float
    last: float
    changed: dict[str, int] = dataclasses.field(default_factory=dict)


class Progress:
    """The state of one run of ansible-playbook."""

    def __init__(self, began: float, *, check: bool = False, verbose: bool = False) -> None:
        self._began = began
        self._check = check
        self._verbose = verbose
        self._phase = ""
        # Phases that were shown, with their seconds; the one at hand with its begin.
        self._spent: dict[str, float] = {}
        self._since: float | None = None
        self._header: Line | None = None
        self._step: Step | None = None
        self._task: Task | None = None
        self._lost: set[str] = set()

    def play(self, name: str, hosts: t.Sequence[str], now: float) -> list[Line]:
        """A phase begins. One on the control node alone is mentioned when it has something to say."""
        lines = self._close_step()
        self._close_phase(now)
        left = [host for host in hosts if host not in self._lost]
        self._phase = name
        self._since = None if left in ([], ["localhost"]) else now
        where = f": {names(left)}" if left else ""
        self._header = _line(f"[{clock(now - self._began)}] {name}{where}", "phase")
        return lines if left in ([], ["localhost"]) else lines + self._say([])

    def task(self, name: str, now: float) -> list[Line]:
        """A task begins, and with another role another step."""
        role, task = split(name)
        lines = self._close_task()
        step = role or task
        if self._step is None or self._step.name != step:
            lines += self._close_step()
            self._step = Step(step, now, now)
        self._task = Task(task, now, now)
        return lines

    def started(self, host: str, now: float) -> None:
        """A host begins the task."""
        self._lost.discard(host)
        if self._task:
            self._task.waiting.setdefault(host, now)

    def retried(self, host: str, attempt: int, attempts: int) -> None:
        """A host did not succeed yet and tries again."""
        if self._task:
            self._task.note = f"try {attempt} of {attempts}"

    def finished(self, host: str, status: Status, now: float) -> None:
        """A host is done with the task."""
        if self._task and self._step:
            self._task.waiting.pop(host, None)
            self._task.results.setdefault(status, []).append(host)
            self._task.last = self._step.last = now
            if status == "changed":
                self._step.changed[host] = self._step.changed.get(host, 0) + 1

    def failed(self, host: str, status: Status, result: t.Mapping[str, t.Any], path: str, now: float) -> list[Line]:
        """A host failed: all of it, once where several hosts say the same."""
        self.finished(host, status, now)
        step, task = (self._step.name, self._task.name) if self._step and self._task else ("", "")
        place = task if step == task else f"{step}, {task}"
        head = one_line(f"{'UNREACHABLE' if status == 'unreachable' else 'FAILED'} {host}: {place}")
        if status == "ignored":
            return self._say([_line(f"{INDENT}failed on {host} and goes on, as meant: {place}", "quiet")])
        details = failure_details(result)
        self._lost.add(host)
        told = self._task.told if self._task else set()
        if tuple(details) in told:
            return self._say([Line(f"{head}: the same", "failed")])
        told.add(tuple(details))
        where = [one_line(f"{INDENT}task: {path}")] if path else []
        return self._say([Line("\n".join([head, *(INDENT + line for line in details), *where]), "failed")])

    def end(self, failed: t.Sequence[str], now: float) -> list[Line]:
        """The run is over; on these hosts it was not finished."""
        word = _line(f"FAILED on {names(failed)}", "failed") if failed else _line("done", "phase")
        lines = self._close_step()
        self._close_phase(now)
        spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self._spent.items())
        lines += [_line(f"{INDENT}seconds: {spent}", "quiet")] if len(self._spent) > 1 else []
        return [*lines, Line(f"[{clock(now - self._began)}] {word.text}", word.tone)]

    def live(self, now: float, width: int) -> str:
        """One line about what happens now, and since when; "" between tasks."""
        task, step = self._task, self._step
        if not task or not step or not task.waiting:
            return ""
        age = now - min(task.waiting.values())
        waiting = [f"{duration(age) if age >= 1 else ''}", task.note, names(list(task.waiting), 40)]
        role = "" if step.name == task.name else f"{step.name}: "
        text = f"{clock(now - self._began):>7}  {self._phase} > {role}{task.name} ({', '.join(filter(None, waiting))})"
        return one_line(text)[: width - 1]

    def tick(self, now: float) -> list[Line]:
        """Where no line can be redrawn: a word about a task that takes long, now and then."""
        task = self._task
        if not task or not task.waiting:
            return []
        age = now - task.began
        due = TICKS[task.ticks] if task.ticks < len(TICKS) else TICKS[-1] * (task.ticks - len(TICKS) + 2)
        if age < due:
            return []
        task.ticks += 1
        note = f" ({task.note})" if task.note else ""
        text = f"{duration(age):>12}  ... {task.name}{note}: waiting for {names(list(task.waiting))}"
        return self._say([_line(text, "quiet")])

    # --- closing what ended

    def _close_phase(self, now: float) -> None:
        """A phase that comes again is added up where it stood first."""
        if self._since is not None:
            self._spent[self._phase] = self._spent.get(self._phase, 0.0) + now - self._since
        self._since = None

    def _say(self, lines: list[Line]) -> list[Line]:
        """Lines below the headline of their phase, which comes once."""
        header = [self._header] if self._header else []
        self._header = None
        return header + lines

    def _close_task(self) -> list[Line]:
        task, self._task = self._task, None
        if task is None:
            return []
        seconds = task.last - task.began
        if self._verbose and self._step and self._step.name != task.name:
            states = "; ".join(f"{status} {names(hosts)}" for status, hosts in task.results.items())
            return self._say([_line(f"{duration(seconds):>12}    {task.name}: {states or 'no host'}", "quiet")])
        if seconds < LONG:
            return []
        hosts = [host for some in task.results.values() for host in some]
        return self._say([_line(f"{duration(seconds):>12}    {task.name}: {names(hosts)}", "quiet")])

    def _close_step(self) -> list[Line]:
        lines = self._close_task()
        step, self._step = self._step, None
        if step is None:
            return lines
        seconds = step.last - step.began
        if not step.changed and seconds < SHOWN and not self._verbose:
            return lines
        word = "would change" if self._check else "changed"
        counts = [f"{host} {number}" for host, number in sorted(step.changed.items())]
        text = f"{word} {names(counts)}" if counts else "no change"
        tone: Tone = "changed" if counts else "quiet"
        return lines + self._say([_line(f"{duration(seconds):>12}  {step.name}: {text}", tone)])


__all__ = ("Line", "Progress", "Status", "Tone", "clock", "duration", "failure_details", "names", "split")
