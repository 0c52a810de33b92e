#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_join
short_description: Join a worker to a cluster with kubeadm
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs C(kubeadm join) on a host that is not yet a node, and leaves a node alone.
  - Without O(discovery) it only tells whether the host still has to join, so that a token is made only when one is needed.
  - A join that was cut off is taken back with C(kubeadm reset) and begun again.
  - The token travels in a file in memory that only root can read and that is gone afterwards, never on a command line.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: The change has no content to compare.
    support: none
options:
  name:
    description: Name of the node.
    type: str
    required: true
  address:
    description: Address of the node.
    type: str
    required: true
  discovery:
    description: How the cluster is found and trusted.
    type: dict
    suboptions:
      endpoint:
        description: Host and port of the API.
        type: str
        required: true
      token:
        description: Bootstrap token.
        type: str
        required: true
      ca_cert_hash:
        description: Hash of the cluster CA's public key.
        type: str
        required: true
  configuration:
    description: Settings merged last into the JoinConfiguration.
    type: dict
    default: {}
  ignore_preflight_errors:
    description: Names of kubeadm's preflight checks whose errors become warnings.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: See whether the host has yet to join
  homelab.kubernetes.kubeadm_join:
    name: mini2
    address: 192.168.0.12

- name: Join
  homelab.kubernetes.kubeadm_join:
    name: mini2
    address: 192.168.0.12
    discovery:
      endpoint: 192.168.0.11:6443
      token: "{{ token.token }}"
      ca_cert_hash: "{{ token.ca_cert_hash }}"
"""

RETURN = r"""
state:
  description: What was found, one of V(absent), V(partial) or V(done).
  type: str
  returned: success
phases:
  description: The phases of kubeadm with their seconds, empty when nothing was to do.
  type: list
  elements: dict
  returned: success
"""

import json
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _kubeadm_run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm_config import join_configuration

KUBELET = "/etc/kubernetes/kubelet.conf"
REMAINS = ("/etc/kubernetes/bootstrap-kubelet.conf", host.CA, "/var/lib/kubelet/config.yaml")


def look() -> str:
    """Name the state of this host."""
    if os.path.exists(KUBELET) and host.record().get("worker") != "started":
        return "done"
    return "partial" if any(os.path.exists(path) for path in (KUBELET, *REMAINS)) else "absent"


def join(params: t.Mapping[str, t.Any], state: str) -> list[dict[str, t.Any]]:
    """Take a join that was cut off back, then note, run, note."""
    node = {key: params[key] for key in ("name", "address", "ignore_preflight_errors")}
    document = join_configuration(node, params["discovery"], params["configuration"])
    if state == "partial":
        host.run(["kubeadm", "reset", "--force"], "kubeadm reset")
    host.note(worker="started")
    with host.private_file(json.dumps(document)) as path:
        phases = host.run(["kubeadm", "join", "--config", path], "kubeadm join")
    host.note(worker="complete")
    return phases


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "discovery": {
                "type": "dict",
                "options": {
                    "endpoint": {"type": "str", "required": True},
                    "token": {"type": "str", "required": True, "no_log": True},
                    "ca_cert_hash": {"type": "str", "required": True},
                },
            },
            "configuration": {"type": "dict", "default": {}},
            "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    phases: list[dict[str, t.Any]] = []
    state = look()
    changed = state != "done" and module.params["discovery"] is not None
    try:
        if changed and not module.check_mode:
            phases = join(module.params, state)
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=changed, state=state, phases=phases)


if __name__ == "__main__":
    main()
