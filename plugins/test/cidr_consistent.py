# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cidr_consistent
short_description: Whether the addresses of a cluster fit together
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - True when P(homelab.kubernetes.cidr_findings#filter) finds no error in an address plan. Warnings do not count.
options:
  _input:
    description: The address plan, as for P(homelab.kubernetes.cidr_findings#filter).
    type: dict
    required: true
seealso:
  - plugin: homelab.kubernetes.cidr_findings
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Refuse an address plan that cannot work
  ansible.builtin.assert:
    that: plan is homelab.kubernetes.cidr_consistent
    fail_msg: "{{ plan | homelab.kubernetes.cidr_findings | map(attribute='message') | list }}"
"""

RETURN = r"""
_value:
  description: Whether the plan has no errors.
  type: bool
"""

import typing as t

from ansible.errors import AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import plan as _address_plan


def cidr_consistent(plan: t.Mapping[str, object]) -> bool:
    """Translate the error, nothing else."""
    try:
        return _address_plan.consistent(plan)
    except TypeError as exc:
        raise AnsibleTypeError(f"cidr_consistent: {exc}") from exc


class TestModule:
    """Jinja tests of this file."""

    # Its name is Ansible's, but it holds no test of ours.
    __test__ = False

    def tests(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"cidr_consistent": cidr_consistent}
