# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether a host can be reached, and as whom."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

BECOME_FAILED = Kind(
    "become-failed",
    "becoming root failed: {text}",
    fix="install sudo and allow the login user to use it; run with --ask-become-pass if it wants a password",
    why="Packages, kernel settings and kubeadm need root.",
)
NOT_ROOT = Kind(
    "not-root",
    "tasks run with user id {uid} instead of root",
    fix="set ansible_become: true on the group cluster (and ansible_become_user to root, or leave it out)",
    why="Packages, kernel settings and kubeadm need root.",
)
PYTHON_TOO_OLD = Kind(
    "python-too-old",
    "Python {version} is older than 3.9",
    fix="point ansible_python_interpreter at a newer Python",
    why="The modules of this collection do not run there.",
)
HOST_UNREACHABLE = Kind(
    "host-unreachable",
    "cannot be reached: {text}",
    fix="ssh to it by hand with the same user and key, and compare with `ansible-inventory --host {name}`",
    why="Nothing is known about it, so nothing is changed anywhere.",
)
CONTROL_PLANE_AWAY = Kind(
    "control-plane-away",
    "cannot be reached: {text}",
    fix="start the machine: it finds its place again by itself. One that never comes back: take it out of the inventory",
    why="More than half of the control planes run, so the cluster does too, and this run goes on with the other hosts.",
    severity="warning",
)
PYTHON_MISSING = Kind(
    "python-missing",
    "no usable Python: {text}",
    fix="install python3 (3.9 or newer) on it, or set ansible_python_interpreter to where it is",
    why="Ansible runs its modules with the host's Python.",
)
HOST_FACTS_FAILED = Kind(
    "host-facts-failed",
    "looking at it failed: {text}",
    fix="run `ansible {name} -b -m homelab.kubernetes.host_facts -vvv` and repair what it says",
    why="Nothing is known about it, so nothing is changed anywhere.",
)
