# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of the way to a host: SSH, sudo, Python."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import access as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, numbers

_SUDO = re.compile(r"sudo|privilege escalation|become|password is required", re.IGNORECASE)
_PYTHON = re.compile(r"interpreter|python[0-9.]*: (command )?not found|no python|python requirement", re.IGNORECASE)


def _dispensable(context: Context) -> t.Collection[str]:
    """The control planes without which a cluster that runs goes on: all, where more than half of them run."""
    wanted = context.plan.get("control_plane", [])
    running = [name for name in wanted if name in context.seen and context.seen[name]["running_cluster"]]
    return wanted if 2 * len(running) > len(wanted) else ()


def check_access(context: Context) -> t.Iterable[Finding]:
    dispensable = _dispensable(context)
    for name, host in context.hosts.items():
        text = " ".join(host.get("message", "").split())
        if host["state"] != "ok" and _SUDO.search(text):
            yield kinds.BECOME_FAILED.at(name, text=text)
        elif host["state"] == "unreachable":
            kind = kinds.CONTROL_PLANE_AWAY if name in dispensable else kinds.HOST_UNREACHABLE
            yield kind.at(name, text=text, name=name)
        elif host["state"] == "failed" and _PYTHON.search(text):
            yield kinds.PYTHON_MISSING.at(name, text=text)
        elif host["state"] == "failed":
            yield kinds.HOST_FACTS_FAILED.at(name, text=text, name=name)


def check_user(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        if facts["uid"] != 0:
            yield kinds.NOT_ROOT.at(name, uid=facts["uid"])
        if numbers(facts["python"]) < (3, 9):
            yield kinds.PYTHON_TOO_OLD.at(name, version=facts["python"])


__all__ = (
    "check_access",
    "check_user",
)
