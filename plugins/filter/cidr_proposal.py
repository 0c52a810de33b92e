# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cidr_proposal
short_description: The nearest address plan without errors
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Returns the same plan with every conflict solved and nothing else changed. A plan without errors comes back as it is.
  - It moves the fewest of C(pods), C(services), C(load_balancer) and C(endpoint). Everything else is what the network is like and stays.
  - Pods and services go to C(10.244.0.0/16) and C(10.96.0.0/12), else to free space of RFC 1918, in IPv6 to a unique local prefix made from
    the plan. Pools and the endpoint go to the nearest free addresses of their network; a pool shrinks before it leaves that network.
  - Values that are written badly but plainly are put right, such as host bits, a reversed range or a port. C(node_prefix_length) changes only
    when its blocks cannot hold C(max_pods), or when the pods change their address family.
  - Equal plans give equal proposals.
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
- name: Show a pod range that works
  ansible.builtin.debug:
    msg: "{{ (plan | homelab.kubernetes.cidr_proposal).pods }}"
  vars:
    plan:
      pods: 192.168.0.0/16
      nodes:
        mini1: 192.168.56.11

# 10.244.0.0/16
"""

RETURN = r"""
_value:
  description:
    - The plan, with its values in the shape they had.
    - When no plan without errors exists, it has the further key C(impossible), a list of texts that say which input stands in the way.
      What can be solved is solved nevertheless.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import plan as _address_plan


def cidr_proposal(plan: t.Mapping[str, object]) -> dict[str, object]:
    """Translate the error, nothing else."""
    try:
        return _address_plan.proposal(plan)
    except TypeError as exc:
        raise AnsibleTypeError(f"cidr_proposal: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"cidr_proposal": cidr_proposal}
