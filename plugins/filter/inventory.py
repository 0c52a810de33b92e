# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: inventory
short_description: A commented inventory from a short list of hosts
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - The text of an inventory whose first host is the control plane and whose others are workers; asks nothing and scans nothing.
options:
  _input:
    description: The hosts as C(name=address), with commas or spaces between them.
    type: str
    required: true
  kind:
    description: Which of the two files.
    type: str
    choices: [hosts, variables]
    default: hosts
  user:
    description: Who logs in. Empty leaves it to SSH.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Write who is who
  ansible.builtin.copy:
    content: "{{ 'mini1=192.168.0.11,mini2=192.168.0.12' | homelab.kubernetes.inventory }}"
    dest: inventories/mine/hosts.yml
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description: The text of the file.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._inventory_text import hosts_file, variables_file


def inventory(hosts: str, kind: str = "hosts", user: str = "") -> str:
    """Guards the types and translates the error."""
    if not isinstance(hosts, str):
        raise AnsibleFilterError(
            f"The input for the homelab.kubernetes.inventory filter must be a string; got {type(hosts)}"
        )
    if kind not in ("hosts", "variables"):
        raise AnsibleFilterError(f"homelab.kubernetes.inventory: kind is {kind!r}; must be hosts or variables")
    try:
        if kind == "variables":
            return variables_file(hosts)
        return hosts_file(hosts, user=user)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from None


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"inventory": inventory}
