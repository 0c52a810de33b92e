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
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
  - homelab.kubernetes._attributes.action
options:
  lines:
    description: What to print.
    type: list
    elements: str
    required: true
  page:
    description: File on the control node for the same as an HTML page with the picture of the address plan. Empty writes none.
    type: path
    default: ""
  title:
    description: The page's title, usually the cluster's name.
    type: str
    default: ""
  verification:
    description: What M(homelab.kubernetes.verify_cluster) returned, for the page.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Prints in check mode too, and writes no page then.
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
