#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_picture
short_description: Draw the address plan and the topology of an inventory
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Draws ranges, nodes with their roles, endpoint and pools as SVG, and as Markdown with a Mermaid diagram. What is in conflict is red, with its fix.
  - Reads the inventory only and connects to no host. Use it with C(run_once).
  - What no inventory knows is assumed and says so, such as a /24 around each node.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
  - homelab.kubernetes._attributes.action
attributes:
  diff_mode:
    details: Of the Markdown, not of the picture.
options:
  svg:
    description: File on the control node for the picture. Empty writes none.
    type: path
    default: ""
  markdown:
    description: File on the control node for the Markdown. Empty writes none.
    type: path
    default: ""
  hosts:
    description: The nodes. The default is the group C(cluster).
    type: list
    elements: str
seealso:
  - plugin: homelab.kubernetes.cidr_findings
    plugin_type: filter
  - module: homelab.kubernetes.preflight
"""

EXAMPLES = r"""
- name: Draw the plan next to the inventory
  homelab.kubernetes.plan_picture:
    svg: "{{ inventory_dir }}/plan.svg"
    markdown: "{{ inventory_dir }}/plan.md"
  run_once: true
"""

RETURN = r"""
findings:
  description: What is wrong with the plan, as P(homelab.kubernetes.cidr_findings#filter) says it.
  returned: success
  type: list
  elements: dict
files:
  description: Files that hold the plan.
  returned: success
  type: list
  elements: str
"""
