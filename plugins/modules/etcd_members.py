#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: etcd_members
short_description: Read the members of a stacked etcd, or take one out
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs on a control plane whose etcd is well, and tells the members as that etcd knows them.
  - With O(absent) it takes out the member at an address, whether it votes, learns or never came. That is for a machine that is lost, or
    whose join was cut off; a member with data that still runs belongs to a node that should be drained and removed first.
  - etcd refuses to take a member out where those left would be no quorum.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: Shows the members before and after.
    support: full
options:
  absent:
    description: Address of the control plane whose member is taken out; empty only reads.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Read the members
  homelab.kubernetes.etcd_members:
  register: etcd

- name: Take out what a lost machine has left
  homelab.kubernetes.etcd_members:
    absent: 192.168.0.13
"""

RETURN = r"""
members:
  description: The members afterwards, each with C(id), C(name), C(peers) and C(kind), one of V(voter), V(learner) and V(unstarted).
  type: list
  elements: dict
  returned: success
removed:
  description: The name of the member that was taken out, or its peers' address where it never had a name.
  type: str
  returned: when one was
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import etcd


def lines(members: t.Iterable[etcd.Member]) -> str:
    """The members on lines, for a diff."""
    return "".join(f"{member.name or '(no name yet)'} {member.kind} {' '.join(member.peers)}\n" for member in members)


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(argument_spec={"absent": {"type": "str", "default": ""}}, supports_check_mode=True)
    absent = primary_address(module.params["absent"]) if module.params["absent"] else ""
    try:
        before = etcd.members()
        gone = etcd.at(before, absent) if absent else None
        after = [member for member in before if member != gone]
        if gone and not module.check_mode:
            etcd.remove(gone)
            after = etcd.members()
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    result: dict[str, t.Any] = {"changed": gone is not None, "members": [etcd.shown(member) for member in after]}
    if gone:
        result["removed"] = gone.name or gone.peers[0]
        result["diff"] = {
            "before": lines(before),
            "after": lines(after),
            "before_header": "etcd",
            "after_header": "etcd",
        }
    module.exit_json(**result)


if __name__ == "__main__":
    main()
