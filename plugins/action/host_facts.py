# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of host_facts; documented in plugins/modules/host_facts.py."""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase


def reason(answer: dict[str, t.Any]) -> str:
    """Why a module failed; where it crashed, ansible-core says so in ``exception`` alone."""
    crash = getattr(getattr(answer.get("exception"), "event", None), "msg", "")
    parts = (answer.get("msg") or crash, answer.get("module_stderr"), answer.get("module_stdout"))
    return " ".join(str(part) for part in parts if part)


# What the module tells of the distribution (_host.facts.ansible_facts), and a machine may set thereby.
FACTS = ("distribution", "distribution_major_version", "distribution_release", "os_family")


def known_facts(answer: dict[str, t.Any]) -> dict[str, str]:
    """The four facts, as texts; whatever else a machine returns would stand beside Ansible's own."""
    told = answer.get("ansible_facts")
    return {name: str(told[name]) for name in FACTS if name in told} if isinstance(told, dict) else {}


class ActionModule(ActionBase):
    """Runs the module, with this machine's time before and after, and tells instead of failing when asked to.

    ``failed_when: false`` does not cover a failing sudo, which never reaches the module.
    """

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        keep_going = bool(arguments.get("keep_going"))
        sent = time.time()
        try:
            answer = self._execute_module(module_args=arguments, task_vars=task_vars)
        except AnsibleError as exc:
            if not keep_going:
                raise
            unreachable = isinstance(exc, AnsibleConnectionFailure)
            return {**result, "changed": False, "problem": {"unreachable": unreachable, "message": str(exc)}}
        if keep_going and (answer.get("failed") or "host" not in answer):
            return {**result, "changed": False, "problem": {"unreachable": False, "message": reason(answer)}}
        answer["ansible_facts"] = known_facts(answer)
        return {**result, **answer, "sent": sent, "received": time.time()}
