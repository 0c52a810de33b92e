# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of the way to a host: SSH, sudo, Python."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, numbers

_SUDO = re.compile(r"sudo|privilege escalation|become|password is required", re.IGNORECASE)
_PYTHON = re.compile(r"interpreter|python[0-9.]*: (command )?not found|no python|python requirement", re.IGNORECASE)


def check_access(context: Context) -> t.Iterable[Finding]:
    for name, host in context.hosts.items():
        text = " ".join(host.get("message", "").split())
        if host["state"] != "ok" and _SUDO.search(text):
            yield error(
                "become-failed",
                f"becoming root failed: {text}",
                host=name,
                why="Packages, kernel settings and kubeadm need root.",
                fix="install sudo and allow the login user to use it; run with --ask-become-pass if it wants a password",
            )
        elif host["state"] == "unreachable":
            yield error(
                "host-unreachable",
                f"cannot be reached: {text}",
                host=name,
                why="Nothing is known about it, so nothing is changed anywhere.",
                fix=f"ssh to it by hand with the same user and key, and compare with `ansible-inventory --host {name}`",
            )
        elif host["state"] == "failed" and _PYTHON.search(text):
            yield error(
                "python-missing",
                f"no usable Python: {text}",
                host=name,
                why="Ansible runs its modules with the host's Python.",
                fix="install python3 (3.9 or newer) on it, or set ansible_python_interpreter to where it is",
            )
        elif host["state"] == "failed":
            yield error(
                "host-facts-failed",
                f"looking at it failed: {text}",
                host=name,
                why="Nothing is known about it, so nothing is changed anywhere.",
                fix=f"run `ansible {name} -b -m homelab.kubernetes.host_facts -vvv` and repair what it says",
            )


def check_user(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        if facts["uid"] != 0:
            yield error(
                "not-root",
                f"tasks run with user id {facts['uid']} instead of root",
                host=name,
                why="Packages, kernel settings and kubeadm need root.",
                fix="set ansible_become: true on the group cluster (and ansible_become_user to root, or leave it out)",
            )
        if numbers(facts["python"]) < (3, 9):
            yield error(
                "python-too-old",
                f"Python {facts['python']} is older than 3.9",
                host=name,
                why="The modules of this collection do not run there.",
                fix="point ansible_python_interpreter at a newer Python",
            )


__all__ = (
    "check_access",
    "check_user",
)
