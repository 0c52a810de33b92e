# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: placement
short_description: What may run where, by the number of machines
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Compares nodes and CoreDNS with the inventory and returns a merge patch for each object that does not follow it yet.
options:
  _input:
    description: "Objects as the cluster has them: lists C(nodes), C(coredns) and C(volumes)."
    type: dict
    required: true
  wanted:
    description:
      - "What the inventory says: C(control_plane) (names), C(schedulable), C(machines) (their number) and C(coredns_replicas)."
      - With 0 replicas there is one CoreDNS on a single machine and at least two elsewhere.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Let control planes and CoreDNS follow the number of machines
  kubernetes.core.k8s:
    state: patched
    definition: "{{ item.patch }}"
    merge_type: [merge]
  loop: "{{ seen | homelab.kubernetes.placement(wanted=wanted) }}"
"""

RETURN = r"""
_value:
  description: For each object that changes C(what) it is for and its C(patch).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import placement as _placement


def placement(seen: _placement.Seen, wanted: _placement.Wanted) -> list[_placement.Change]:
    """Translate the error, nothing else."""
    try:
        return _placement.changes(seen, wanted)
    except (KeyError, TypeError, ValueError) as exc:
        raise AnsibleFilterError(f"placement: objects or wishes of another shape than documented: {exc!r}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"placement": placement}
