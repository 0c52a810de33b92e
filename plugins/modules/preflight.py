#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION; the work is done by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Report everything that would make a cluster fail, before any change
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Judges the inventory, the variables of the roles, the address plan, and what M(homelab.kubernetes.host_facts) saw on every host, together.
  - Prints each finding once with its reason and its fix, and the nearest address plan that works. Fails when one of them is an error and not ignored.
  - Runs on the control node and connects to no host. Use it with C(run_once).
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
  - homelab.kubernetes._attributes.action
options:
  hosts:
    description: The nodes. The default is the group C(cluster).
    type: list
    elements: str
  facts:
    description:
      - Mapping of host to the registered result of M(homelab.kubernetes.host_facts), also where that failed or the host was unreachable.
      - Hosts that are not in it, as with C(--limit), are part of the plan and are not looked at.
    type: dict
    required: true
  roles:
    description: Roles of this collection whose variables are checked against their argument specs, and whose pinned manifests must be there.
    type: list
    elements: str
    default: []
  ignore:
    description: Ids of findings that are printed as ignored and stop nothing.
    type: list
    elements: str
    default: []
  manifests:
    description: Further manifests that must be obtainable, as a mapping of name to C(url) and C(sha256).
    type: dict
    default: {}
  limits:
    description:
      - Other thresholds than the built-in ones.
      - C(memory_control_plane_mib), C(memory_worker_mib), C(cpus_control_plane), C(disk_mib), C(disk_warning_mib), C(clock_seconds),
        C(clock_warning_seconds), C(fsync_warning_ms).
    type: dict
    default: {}
  dhcp_ranges:
    description: Address ranges that a DHCP server of the LAN hands out.
    type: list
    elements: str
    default: []
  other_networks:
    description: Networks that no host shows, as a mapping of name to CIDR.
    type: dict
    default: {}
  report_json:
    description: File on the control node for the report as JSON, written whatever it says.
    type: path
    default: ""
  report_junit:
    description: File on the control node for the report as JUnit XML.
    type: path
    default: ""
seealso:
  - module: homelab.kubernetes.host_facts
"""

EXAMPLES = r"""
- name: Look at every host
  homelab.kubernetes.host_facts:
    keep_going: true
  become: true
  register: seen

- name: Report
  homelab.kubernetes.preflight:
    facts: "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'seen'))) }}"
    roles: [cluster, flannel]
    ignore: [product-uuid-duplicate]
  run_once: true
"""

RETURN = r"""
proposal:
  description: Variables of the address plan with values that work, empty when those in use do.
  returned: when no error remains
  type: dict
findings:
  description: All findings, the ignored ones included, errors first.
  returned: when no error remains
  type: list
  elements: dict
  contains:
    id:
      description: Stable name of the finding.
      type: str
    severity:
      description: V(error) or V(warning).
      type: str
    host:
      description: Inventory name, empty for the whole cluster.
      type: str
    subjects:
      description: Variables concerned.
      type: list
      elements: str
    message:
      description: What is wrong, with value and place.
      type: str
    why:
      description: What would break.
      type: str
    fix:
      description: What to do.
      type: str
"""
