# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: stdout
short_description: Phases with their time, what changed where, what is waited for, and failures in full
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Shows a play as a phase with the time since the start, a role as one line with how long it took and how many tasks
    changed which host. Tasks that changed nothing or were skipped are not listed; V(-v) lists every task.
  - In a terminal a line at the bottom says what runs, on which hosts and for how long. Without a terminal, in CI or in a
    pipe, a task that takes long is mentioned now and then instead, and no cursor is moved.
  - A failure is shown in full, once where several hosts fail alike. Everything else is in a log, whose path is shown
    at the end. What C(no_log) hides is hidden in both.
  - What hosts say is shown and not obeyed - a control character of theirs appears as C(\x1b), on the screen and in the log.
  - Colours follow Ansible's settings, C(NO_COLOR) and C(ANSIBLE_NOCOLOR) among them.
options:
  log_folder:
    description: Where the log of each run is kept, the last 20 of them, readable for their owner. Empty keeps none.
    type: str
    default: ~/.cache/homelab.kubernetes/runs
    env:
      - name: HOMELAB_PROGRESS_LOG_FOLDER
    ini:
      - section: callback_homelab_progress
        key: log_folder
  live:
    description: Whether a line at the bottom may be redrawn. With V(auto) it is when standard output is a terminal.
    type: str
    choices: [auto, never]
    default: auto
    env:
      - name: HOMELAB_PROGRESS_LIVE
    ini:
      - section: callback_homelab_progress
        key: live
extends_documentation_fragment: [result_format_callback]
requirements:
  - set as stdout in configuration, with C(ANSIBLE_STDOUT_CALLBACK=homelab.kubernetes.progress) or C(stdout_callback)
"""

import atexit
import sys
import threading
import time
import typing as t

from ansible import constants, context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line, printable
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._progress.lines import Line, Progress, Status, Tone
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._progress.live import LiveLine, is_terminal
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._progress.log import RunLog
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._requirements import missing

COLOURS: dict[Tone, str | None] = {
    "phase": constants.COLOR_INCLUDED,
    "changed": constants.COLOR_CHANGED,
    "failed": constants.COLOR_ERROR,
    "quiet": None,
    "plain": None,
}
RECAP = ("ok", "changed", "unreachable", "failures", "skipped", "rescued", "ignored")


def shown(value: t.Any) -> t.Any:
    """A difference with all its texts as a terminal may show them; a tab is not the blanks that it looks like."""
    if isinstance(value, str):
        return printable(value.replace("\t", "\\t"))
    if isinstance(value, list):
        return [shown(item) for item in value]
    return {key: shown(item) for key, item in value.items()} if isinstance(value, dict) else value


class CallbackModule(CallbackBase):
    """Translates Ansible's events; what is shown is decided by Progress."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "homelab.kubernetes.progress"

    def __init__(self) -> None:
        super().__init__()
        self._progress = Progress(time.monotonic())
        self._live: LiveLine | None = None
        self._log: RunLog | None = None
        self._raw: t.Callable[..., None] = self._display.display
        self._ended = threading.Event()

    # --- writing

    def _show(self, lines: list[Line]) -> None:
        for line in lines:
            self._display.display(line.text, color=COLOURS[line.tone])

    def _detail(self, event: str, *args: t.Any, **kwargs: t.Any) -> None:
        if self._log:
            self._log.event(event, *args, **kwargs)

    def _watch(self) -> None:
        """Mention long tasks where no line can be redrawn."""
        while not self._ended.wait(1):
            self._show(self._progress.tick(time.monotonic()))

    def _begin_safe(self) -> None:
        """What hosts bring is shown and not obeyed, in warnings, errors and reports too, which Ansible displays by itself."""
        self._raw = display = self._display.display
        self._display.display = lambda msg, *args, **kwargs: display(printable(msg), *args, **kwargs)

    def _begin_live(self) -> None:
        if self.get_option("live") == "never" or not is_terminal():
            threading.Thread(target=self._watch, name="progress", daemon=True).start()
            return
        live = LiveLine(lambda width: self._progress.live(time.monotonic(), width))
        display, raw = self._display.display, self._raw
        self._display.display = lambda *args, **kwargs: live.above(lambda: display(*args, **kwargs))
        self._raw = lambda *args, **kwargs: live.above(lambda: raw(*args, **kwargs))
        atexit.register(live.stop)
        live.start()
        self._live = live

    # --- the run

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        # Results look otherwise before 2.19: a failure, which says what to do, could not be shown.
        for line in missing(__version__, sys.version_info[:2], sys.executable, lambda name: True, False):
            self._display.error(line, wrap_text=False)
            raise SystemExit(2)
        check, verbose = bool(context.CLIARGS.get("check")), self._display.verbosity > 0
        self._progress = Progress(time.monotonic(), check=check, verbose=verbose)
        self._begin_safe()
        try:
            self._log = RunLog(self.get_option("log_folder")) if self.get_option("log_folder") else None
        except OSError as exc:
            self._display.warning(f"there will be no log of this run: {exc}")
        self._detail("v2_playbook_on_start", playbook)
        self._begin_live()

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._detail("v2_playbook_on_play_start", play)
        # Where a pattern leaves no host, Ansible takes its own default and tells of all.
        hosts = play.get_variable_manager().get_vars(play=play)["ansible_play_batch"] if play.hosts else []
        self._show(self._progress.play(play.get_name().strip(), hosts, time.monotonic()))

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._detail("v2_playbook_on_task_start", task, is_conditional)
        self._show(self._progress.task(task.get_name(), time.monotonic()))

    def v2_playbook_on_handler_task_start(self, task: t.Any) -> None:
        self._detail("v2_playbook_on_handler_task_start", task)
        self._show(self._progress.task(task.get_name(), time.monotonic()))

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._progress.started(host.get_name(), time.monotonic())

    def v2_runner_retry(self, result: t.Any) -> None:
        self._progress.retried(
            result.host.get_name(), result.result.get("attempts", 0), result.result.get("retries", 0)
        )
        self._detail("v2_runner_retry", result)

    def v2_playbook_on_vars_prompt(self, *args: t.Any, **kwargs: t.Any) -> None:
        self._detail("v2_playbook_on_vars_prompt", *args, **kwargs)

    # --- results

    def _finished(self, result: t.Any, status: Status) -> None:
        self._handle_warnings(dict(result.result))
        self._progress.finished(result.host.get_name(), status, time.monotonic())

    def _failed(self, result: t.Any, status: Status) -> None:
        self._handle_warnings(dict(result.result))
        host, path = result.host.get_name(), result.task.get_path() or ""
        self._show(self._progress.failed(host, status, result.result, path, time.monotonic()))

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._finished(result, "changed" if result.result.get("changed") else "ok")
        if result.task.action in constants._ACTION_DEBUG:
            values = dict(result.result)
            self._clean_results(values, result.task.action)
            self._display.display(f"{result.host.get_name()}: {self._dump_results(values)}")
        self._detail("v2_runner_on_ok", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._finished(result, "skipped")
        self._detail("v2_runner_on_skipped", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._failed(result, "ignored" if ignore_errors else "failed")
        self._detail("v2_runner_on_failed", result, ignore_errors=ignore_errors)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._failed(result, "ignored" if result.task.ignore_unreachable else "unreachable")
        self._detail("v2_runner_on_unreachable", result)

    def v2_on_file_diff(self, result: t.Any) -> None:
        for part in result.result.get("results") or [result.result]:
            text = self._get_diff(shown(part["diff"])) if part.get("changed") and part.get("diff") else ""
            if text:
                # The colours in it are Ansible's.
                self._raw(one_line(f"    {result.host.get_name()}: {result.task.get_name()}") + f"\n{text}")
        self._detail("v2_on_file_diff", result)

    def v2_runner_item_on_ok(self, result: t.Any) -> None:
        self._detail("v2_runner_item_on_ok", result)

    def v2_runner_item_on_failed(self, result: t.Any) -> None:
        self._detail("v2_runner_item_on_failed", result)

    def v2_runner_item_on_skipped(self, result: t.Any) -> None:
        self._detail("v2_runner_item_on_skipped", result)

    def v2_playbook_on_include(self, included_file: t.Any) -> None:
        self._detail("v2_playbook_on_include", included_file)

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._detail("v2_playbook_on_no_hosts_matched")

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._detail("v2_playbook_on_no_hosts_remaining")

    # --- the end

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._ended.set()
        recaps = {host: stats.summarize(host) for host in sorted(stats.processed)}
        failed = [host for host, counts in recaps.items() if counts["failures"] or counts["unreachable"]]
        self._show(self._progress.end(failed, time.monotonic()))
        if self._live:
            self._live.stop()
        for host, counts in recaps.items():
            self._recap(host, counts)
        self._detail("v2_playbook_on_stats", stats)
        if self._log:
            self._display.display(f"log: {self._log.path}")

    def _recap(self, host: str, counts: dict[str, int]) -> None:
        """Ansible's own last lines, which people and programs look for."""
        bad = counts["failures"] or counts["unreachable"]
        colour = constants.COLOR_ERROR if bad else constants.COLOR_CHANGED if counts["changed"] else constants.COLOR_OK
        words = (f"{'failed' if key == 'failures' else key}={counts[key]:<4}" for key in RECAP)
        self._display.display(f"{host:26} : {' '.join(words)}", color=colour)
