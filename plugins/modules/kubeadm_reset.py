#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_reset
short_description: Take back what kubeadm did on a host
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs C(kubeadm reset) on a host that M(homelab.kubernetes.kubeadm_init) or M(homelab.kubernetes.kubeadm_join) made a node,
    and removes their note and the configuration file. A host without anything of kubeadm is left alone.
  - Remains that were not made from here stop the run, unless O(foreign) says that they may go.
  - Drain the node and delete it from the cluster first; this module knows only the host. Firewall rules, the pod network's
    files and everything else that is not kubeadm's stay.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: Shows the files of a node before and after.
    support: full
options:
  foreign:
    description: Whether remains that were not made from here may be removed too. On a control plane that is its etcd, with all data.
    type: bool
    default: false
  path:
    description: Where the configuration is kept on the host.
    type: path
    default: /etc/kubernetes/kubeadm.yaml
"""

EXAMPLES = r"""
- name: Make the host a bare one
  homelab.kubernetes.kubeadm_reset:
"""

RETURN = r"""
state:
  description: What was found, one of V(absent), V(partial), V(done) or V(foreign).
  type: str
  returned: success
phases:
  description: The phases of kubeadm with their seconds, empty when nothing was to do.
  type: list
  elements: dict
  returned: success
"""

import contextlib
import glob
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import State

REMAINS = (
    "/etc/kubernetes/*.conf",
    "/etc/kubernetes/manifests/*.yaml",
    "/etc/kubernetes/pki/*",
    "/var/lib/etcd/member",
    "/var/lib/kubelet/config.yaml",
)
# The resolver that the kubeadm role keeps for pods is no remains of a node.
KEPT = ("/etc/kubernetes/resolv.conf",)


def remains() -> list[str]:
    """What kubeadm left on this host."""
    return sorted(path for pattern in REMAINS for path in glob.glob(pattern) if path not in KEPT)


def look(there: t.Sequence[str], note: t.Mapping[str, t.Any]) -> State:
    """Name the state of this host."""
    if not note:
        return "foreign" if there else "absent"
    return "partial" if "started" in note.values() or not there else "done"


def act(params: t.Mapping[str, t.Any], lock: int | None) -> dict[str, t.Any]:
    """Look, do what is needed, and say so; without the lock, which check mode does not take, only look."""
    before = remains()
    state = look(before, host.record())
    if state == "foreign" and not params["foreign"]:
        raise ValueError(
            f"this host holds {', '.join(before)}, which was not made from here; removing it could destroy somebody's "
            "cluster. If nothing of it is needed, set foreign: true."
        )
    ran = host.Ran([], [])
    if state != "absent" and lock is not None:
        ran = host.run(["kubeadm", "reset", "--force"], "kubeadm reset", lock)
        for path in (params["path"], host.RECORD):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
    after = remains() if lock is not None else []
    return {
        "changed": state != "absent",
        "state": state,
        "phases": ran.phases,
        "diff": {"before": "".join(f"{path}\n" for path in before), "after": "".join(f"{path}\n" for path in after)},
    }


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "foreign": {"type": "bool", "default": False},
            "path": {"type": "path", "default": "/etc/kubernetes/kubeadm.yaml"},
        },
        supports_check_mode=True,
    )
    try:
        with contextlib.nullcontext() if module.check_mode else host.locked() as lock:
            result = act(module.params, lock)
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
