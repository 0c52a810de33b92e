#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The work is done by the action plugin of the same name, on the control node.
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print lines for a person
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Prints lines as they are, without the quotes, indents and escapes of M(ansible.builtin.debug).
  - Works with every stdout callback. Those that write JSON are not disturbed, they have the lines in the task's result.
options:
  lines:
    description: What to print.
    type: list
    elements: str
    required: true
attributes:
  action:
    description: This has an action plugin, nothing is sent to a host.
    support: full
  check_mode:
    description: It prints in check mode too.
    support: full
  diff_mode:
    description: There is never a difference.
    support: none
"""

EXAMPLES = r"""
- name: Say where to go on
  homelab.kubernetes.report:
    lines:
      - The cluster is ready.
      - "export KUBECONFIG={{ cluster_kubeconfig }}"
"""

RETURN = r"""
lines:
  description: What was printed.
  type: list
  elements: str
  returned: always
"""
