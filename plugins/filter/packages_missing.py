# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: packages_missing
short_description: Which packages a host lacks
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Compares wanted packages with the installed ones, so that a run which needs nothing leaves the package manager alone.
positional: installed
options:
  _input:
    description: Names, or C(name=version) where the version may hold the wildcards C(*) and C(?).
    type: list
    elements: str
    required: true
  installed:
    description: Mapping of package name to version; empty when it is not known, then all of them count as missing.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Tell what is missing
  ansible.builtin.debug:
    msg: "{{ ['socat', 'containerd.io=2.3.*'] | homelab.kubernetes.packages_missing({'socat': '1.8.0.3-1'}) }}"
"""

RETURN = r"""
_value:
  description: The entries that are not installed.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _packages


def packages_missing(wanted: list[str], installed: dict[str, str]) -> list[str]:
    """Guard the types, then ask."""
    if not isinstance(wanted, list) or not isinstance(installed, dict):
        raise AnsibleFilterError(
            "The homelab.kubernetes.packages_missing filter takes a list and a mapping; "
            f"got {type(wanted).__name__} and {type(installed).__name__}"
        )
    return _packages.packages_missing(wanted, installed)


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"packages_missing": packages_missing}
