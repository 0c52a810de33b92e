# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the control node must have, each as the one line that repairs it. Runs on any ansible-core and Python."""

from __future__ import annotations

import re
import typing as t

# As meta/runtime.yml and meta/ee-requirements.txt say; a test compares.
ANSIBLE_CORE = (2, 19)
PYTHON = (3, 11)
LIBRARIES = {"jmespath": "jmespath>=1.0.1", "kubernetes": "kubernetes>=24.2.0", "netaddr": "netaddr>=1.0.0"}


# With Ansible's own default a machine overrides variables of the inventory by returning facts of their names.
FACTS = (
    "Ansible makes variables of facts, so that a machine could set those of the inventory, such as cluster_node_ip of its neighbour: "
    "export ANSIBLE_INJECT_FACT_VARS=false, or write inject_facts_as_vars = false below [defaults] in your ansible.cfg"
)


def _pip(executable: str, wanted: str) -> str:
    return f"{executable} -m pip install --upgrade '{wanted}'"


def library_missing(name: str, executable: str) -> str:
    """The line about one library."""
    return f"the Python library {name} is missing: {_pip(executable, LIBRARIES[name])}"


def missing(
    ansible: str, python: t.Tuple[int, int], executable: str, available: t.Callable[[str], bool], injected: bool
) -> t.List[str]:
    """Lines about what is too old, not there or set unsafely.

    ``available`` says whether a library can be imported, ``injected`` whether facts become variables.
    """
    lines = []
    numbers = tuple(int(number) for number in re.findall("[0-9]+", ansible)[:2])
    if numbers < ANSIBLE_CORE and python < PYTHON:
        wanted = ".".join(map(str, PYTHON))
        lines.append(
            f"ansible-core {ansible} is too old, 2.19 or later is needed, and Python {python[0]}.{python[1]} is too old for it: "
            f"python{wanted} -m venv .venv && .venv/bin/pip install -r requirements.txt"
        )
    elif numbers < ANSIBLE_CORE:
        lines.append(
            f"ansible-core {ansible} is too old, 2.19 or later is needed: {_pip(executable, 'ansible-core>=2.19')}"
        )
    lines += [library_missing(name, executable) for name in LIBRARIES if not available(name)]
    return [*lines, FACTS] if injected else lines


__all__ = ("ANSIBLE_CORE", "FACTS", "LIBRARIES", "PYTHON", "library_missing", "missing")
