# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: nfs_exports
short_description: A server's exports with the defaults filled in
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Gives every export of the role C(nfs_server) its clients, options, owner, group and mode.
options:
  _input:
    description: The exports as the user wrote them.
    type: list
    elements: dict
    required: true
  clients:
    description: Clients of an export that names none.
    type: list
    elements: str
    required: true
  options:
    description: Options of an export that names none.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Write them
  homelab.kubernetes.nfs_exports:
    exports: "{{ [{'path': '/srv/nfs'}] | homelab.kubernetes.nfs_exports(clients=['192.168.0.11'], options=['rw']) }}"
"""

RETURN = r"""
_value:
  description: The exports.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as _nfs_exports


def nfs_exports(given: list[dict[str, t.Any]], clients: list[str], options: list[str]) -> list[_nfs_exports.Export]:
    """Guard the types, then fill in."""
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise AnsibleFilterError("The homelab.kubernetes.nfs_exports filter takes a list of mappings")
    return [_nfs_exports.export(item, clients, options) for item in given]


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"nfs_exports": nfs_exports}
