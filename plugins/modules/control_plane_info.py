#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: control_plane_info
short_description: Read the members of etcd and the holder of the virtual IP
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs on a control plane. It asks the etcd of this host for the members, and the kernel whether the host has an address.
  - An etcd that does not answer is told, and does not fail the task.
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
attributes:
  check_mode:
    description: Reads only.
    support: full
options:
  virtual_ip:
    description: Address that the control planes keep between them. Empty asks for none.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Look at every control plane
  homelab.kubernetes.control_plane_info:
    virtual_ip: 192.168.0.10
"""

RETURN = r"""
members:
  description: The members of etcd, each with C(id), C(name), C(peers) and C(kind), one of V(voter), V(learner) and V(unstarted).
  type: list
  elements: dict
  returned: success
etcd_problem:
  description: Why the etcd of this host did not answer; empty where it did.
  type: str
  returned: success
holds_virtual_ip:
  description: Whether this host has O(virtual_ip) now.
  type: bool
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import sockets
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import etcd


def has(address: str, interfaces: t.Iterable[t.Mapping[str, t.Any]]) -> bool:
    """Whether one of the interfaces has an address."""
    own = {str(_ip.interface(text).ip) for interface in interfaces for text in interface["addresses"]}
    return bool(address) and _ip.canonical(address) in own


def main() -> None:
    """Ask both."""
    module = AnsibleModule(argument_spec={"virtual_ip": {"type": "str", "default": ""}}, supports_check_mode=True)
    answer: dict[str, t.Any] = {"members": [], "etcd_problem": ""}
    try:
        answer["members"] = [etcd.shown(member) for member in etcd.members()]
    except ValueError as exc:
        answer["etcd_problem"] = str(exc)
    holds = has(module.params["virtual_ip"], sockets.network()["interfaces"])
    module.exit_json(changed=False, holds_virtual_ip=holds, **answer)


if __name__ == "__main__":
    main()
