#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_init
short_description: Bootstrap the first control plane with kubeadm
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs C(kubeadm init) on a host that carries no control plane, and leaves a finished one alone.
  - A run that was cut off is taken back with C(kubeadm reset) and begun again. Only a start that this module noted itself is
    ever taken back; remains of any other cluster stop the run.
  - kubeadm's own preflight checks stay on, and its complaints become the message.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: Shows the configuration file before and after.
    support: full
options:
  config:
    description: kubeadm's configuration documents as YAML.
    type: str
    required: true
  path:
    description: Where the configuration is kept on the host, mode 0600.
    type: path
    default: /etc/kubernetes/kubeadm.yaml
  address:
    description: Address of this host at which its API server listens.
    type: str
    required: true
  timeout:
    description: Seconds to wait for the API of a finished control plane that is just coming up.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Bootstrap the control plane
  homelab.kubernetes.kubeadm_init:
    config: "{{ documents }}"
    address: 192.168.0.11
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

import glob
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _kubeadm_run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import State, control_plane_state

REMAINS = (host.ADMIN, "/etc/kubernetes/manifests/*.yaml", "/var/lib/etcd/member", "/etc/kubernetes/kubelet.conf")


def look(address: str, timeout: int) -> State:
    """Name the state of this host, or raise ValueError when running again is not the answer."""
    remains = [path for pattern in REMAINS for path in glob.glob(pattern)]
    noted = str(host.record().get("control_plane", ""))
    healthy = bool(remains) and host.api_ready(address, timeout if noted == "complete" else 0)
    state = control_plane_state(noted, remains, healthy and finished())
    if state == "foreign":
        raise ValueError(
            f"this host holds {', '.join(remains)}, but no control plane answers at {address}:6443 and none was begun from "
            "here; running kubeadm over it could destroy somebody's cluster. If nothing of it is needed, run "
            "`kubeadm reset` on the host yourself, then run the playbook again."
        )
    if state == "done" and not healthy:
        raise ValueError(
            f"the control plane of this host is installed, but its API at {address}:6443 has not been ready for {timeout} s; "
            "look at `journalctl -u kubelet` and `crictl ps -a` on the host."
        )
    return state


def finished() -> bool:
    """Whether the cluster behind a healthy API got everything that kubeadm init makes for joining nodes."""
    try:
        host.kubectl("get", "--namespace=kube-public", "configmap/cluster-info", "--output=name")
        host.kubectl("get", "--namespace=kube-system", "configmap/kubeadm-config", "--output=name")
    except ValueError:
        return False
    return True


def bootstrap(config: str, path: str, state: State) -> list[dict[str, t.Any]]:
    """Take a start that was cut off back, then validate, note, run, note."""
    if state == "partial":
        host.run(["kubeadm", "reset", "--force"], "kubeadm reset")
    with host.private_file(config) as candidate:
        host.run(["kubeadm", "config", "validate", "--config", candidate], "kubeadm config validate")
    host.write(path, config)
    host.note(control_plane="started")
    phases = host.run(["kubeadm", "init", "--config", path], "kubeadm init")
    host.note(control_plane="complete")
    return phases


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "config": {"type": "str", "required": True},
            "path": {"type": "path", "default": "/etc/kubernetes/kubeadm.yaml"},
            "address": {"type": "str", "required": True},
            "timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    config, path = module.params["config"], module.params["path"]
    phases: list[dict[str, t.Any]] = []
    try:
        before = host.read(path)
        state = look(module.params["address"], module.params["timeout"])
        if state != "done" and not module.check_mode:
            phases = bootstrap(config, path, state)
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    diff = {
        "before": before,
        "after": config if state != "done" else before,
        "before_header": path,
        "after_header": path,
    }
    module.exit_json(changed=state != "done", state=state, phases=phases, diff=diff)


if __name__ == "__main__":
    main()
