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
  - A join that was cut off is finished where the node already stands in the cluster. It is taken back with C(kubeadm reset) and begun again
    where the kubelet had no certificate yet, or where the cluster's own API refuses it. While that API is away, it is asked for a minute,
    and then the run stops, because pods may run on the host. A node that was deleted from the cluster registers itself again, and
    its pods start again, because it gets another pod range.
  - A host that belongs to another cluster, or carries a control plane, stops the run with an explanation.
  - With O(state=repaired) it does what needs no token and tells with RV(needs_token) whether the host still has to join, so
    that a token is made only when one is needed.
  - Whoever comes while an earlier run still works with kubeadm on the host waits for it.
  - The token travels in a file in memory that only root can read and that is gone afterwards, never on a command line.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: The change has no content to compare.
    support: none
options:
  state:
    description:
      - With V(joined) the host is a node afterwards.
      - With V(repaired) only what needs no O(discovery) is done.
    type: str
    choices: [joined, repaired]
    default: joined
  name:
    description: Name of the node.
    type: str
    required: true
  address:
    description: Address of the node.
    type: str
    required: true
  endpoint:
    description:
      - Host and port of the API of the cluster that the host should belong to.
      - The default is the endpoint of O(discovery), else that of the node already there.
    type: str
    default: ""
  move:
    description:
      - Whether a node of the cluster that is reached elsewhere is moved to O(endpoint), for which its kubelet stops for a moment and its pods go on.
      - Nothing is changed before an API of the cluster answers there.
    type: bool
    default: false
  discovery:
    description: How the cluster is found and trusted; required with O(state=joined).
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
    state: repaired
    name: mini2
    address: 192.168.0.12
    endpoint: 192.168.0.11:6443
  register: found

- name: Join
  homelab.kubernetes.kubeadm_join:
    name: mini2
    address: 192.168.0.12
    discovery:
      endpoint: 192.168.0.11:6443
      token: "{{ token.token }}"
      ca_cert_hash: "{{ token.ca_cert_hash }}"
  when: found.needs_token
"""

RETURN = r"""
state:
  description: What was found, one of V(absent), V(partial) or V(done).
  type: str
  returned: success
repair:
  description:
    - "What a host in state V(partial) needed: V(finish) for the note alone, V(register) for a restart of the kubelet with
      all pods, V(restart) for a new start."
  type: str
  returned: success
needs_token:
  description: Whether the host has still to join, which O(state=repaired) leaves to do.
  type: bool
  returned: success
phases:
  description: The phases of kubeadm with their seconds, empty when nothing was to do.
  type: list
  elements: dict
  returned: success
findings:
  description: The complaints of kubeadm's preflight, each with id, severity, message and fix.
  type: list
  elements: dict
  returned: always
"""

import contextlib
import glob
import os
import subprocess
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import move
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import join_configuration
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import (
    Repair,
    State,
    Worker,
    worker_state,
)

REMAINS = (host.BOOTSTRAP, host.CA, "/var/lib/kubelet/config.yaml")
# Seconds for which an API that does not answer is asked again, before a person is.
PATIENCE = 60
WAY_OUT = "If nothing of it is needed, run `kubeadm reset` on the host yourself, then run the playbook again."
CONTROL_PLANE = (host.ADMIN, "/etc/kubernetes/manifests/kube-*.yaml", "/var/lib/etcd/member")


def see(params: t.Mapping[str, t.Any]) -> tuple[Worker, str]:
    """What is on this host, and the endpoint that it was compared with."""
    endpoint = params["endpoint"] or (params["discovery"] or {}).get("endpoint") or host.kubelet_endpoint()
    kubelet = os.path.exists(host.KUBELET)
    seen = Worker(
        record=str(host.record().get("worker", "")),
        control_plane=[path for pattern in CONTROL_PLANE for path in glob.glob(pattern)],
        kubelet=kubelet,
        certificate=os.path.exists(host.KUBELET_CLIENT),
        remains=[path for path in REMAINS if os.path.exists(path)],
        cluster=host.vouches(endpoint) if endpoint else "",
        node=host.node_object(endpoint, params["name"]) if kubelet and endpoint else "unknown",
    )
    return seen, endpoint


def look(params: t.Mapping[str, t.Any]) -> tuple[State, Repair]:
    """Name the state of this host, or raise ValueError when running again is not the answer."""
    deadline = time.monotonic() + PATIENCE
    while True:
        seen, endpoint = see(params)
        state, repair = worker_state(seen)
        if state == "foreign" or (repair == "wait" and time.monotonic() >= deadline):
            raise ValueError(explanation(seen, endpoint, params["name"]))
        if repair != "wait":
            return state, repair
        time.sleep(2)


def explanation(seen: Worker, endpoint: str, name: str) -> str:
    """Why nothing may be changed on a host, and the way out."""
    if seen["control_plane"]:
        return (
            f"this host should be a worker, but holds {', '.join(seen['control_plane'])} of a control plane. {WAY_OUT}"
        )
    if seen["cluster"] == "other":
        return (
            f"this host belongs to another cluster: its CA ({host.CA}) did not sign the API at {endpoint}, and its node "
            f"reports to {host.kubelet_endpoint() or 'nobody yet'}. {WAY_OUT}"
        )
    if seen["record"] == "started":
        return (
            f"the join of this host was cut off after its kubelet had got a certificate, and for {PATIENCE} s no API at "
            f"{endpoint or 'any endpoint'} has said whether node {name} is in its cluster; pods that run here would be lost if the "
            "join was begun again. Look whether the API answers and can be reached from here, then run the playbook again. "
            f"{WAY_OUT}"
        )
    if seen["node"] == "refused":
        return (
            f"the API at {endpoint} refuses the credentials of node {name} in {host.KUBELET}: they have expired, "
            "or were made for another name. Drain and delete the node, run `kubeadm reset` on the host, then run the "
            "playbook again."
        )
    return (
        f"this host holds {', '.join(seen['remains'])} of a join that was not begun from here, and no API answers at "
        f"{endpoint or 'any endpoint'} to tell whose it is. {WAY_OUT}"
    )


def settle(params: t.Mapping[str, t.Any], repair: Repair) -> None:
    """The repairs that need no token."""
    if repair == "register":
        # The new node gets another pod range; whatever runs here was connected, and told the cluster so, with the old one.
        subprocess.run(["systemctl", "stop", "kubelet"], env=host.ENVIRONMENT, check=False)
        host.forget_pods()
        host.forget_pod_range()
        subprocess.run(["systemctl", "start", "kubelet"], env=host.ENVIRONMENT, check=False)
        endpoint = see(params)[1]
        deadline = time.monotonic() + 60
        while host.node_object(endpoint, params["name"]) != "present":
            if time.monotonic() >= deadline:
                raise ValueError(
                    f"node {params['name']} was missing in the cluster, and the kubelet, started anew, has not registered "
                    "it within 60 s; look at `journalctl -u kubelet` on the host."
                )
            time.sleep(0.5)
    # Holds the token of the join that was cut off.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(host.BOOTSTRAP)
    host.note(worker="complete")


def join(params: t.Mapping[str, t.Any], state: State, lock: int) -> host.Ran:
    """Take a join that was cut off back, then note, run, note."""
    node = {key: params[key] for key in ("name", "address", "ignore_preflight_errors")}
    document = join_configuration(node, params["discovery"], params["configuration"])
    if state == "partial":
        host.run(["kubeadm", "reset", "--force"], "kubeadm reset", lock)
    host.forget_pod_range()
    host.note(worker="started")
    # The cluster takes 40 to 50 s to notice that a node is gone.
    ran = host.join(document, 90 if state == "partial" else 0, lock)
    host.note(worker="complete")
    return ran


def act(params: t.Mapping[str, t.Any], lock: int | None) -> dict[str, t.Any]:
    """Look, do what is needed and possible, and say so; without the lock, which check mode does not take, only look."""
    state, repair = look(params)
    needs_token = state == "absent" or repair == "restart"
    moves = state == "done" and params["move"] and move.unfinished(params["endpoint"])
    changed = moves or (state != "done" and (not needs_token or params["state"] == "joined"))
    ran = host.Ran([], [])
    if changed and lock is not None:
        if moves:
            move.node(params["endpoint"])
        elif needs_token:
            ran = join(params, state, lock)
        else:
            settle(params, repair)
    return {
        "changed": changed,
        "state": state,
        "repair": repair,
        "needs_token": needs_token and not changed,
        "phases": ran.phases,
        "findings": ran.findings,
    }


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["joined", "repaired"], "default": "joined"},
            "name": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "endpoint": {"type": "str", "default": ""},
            "move": {"type": "bool", "default": False},
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
        required_if=[("state", "joined", ("discovery",)), ("move", True, ("endpoint",))],
        supports_check_mode=True,
    )
    try:
        with contextlib.nullcontext() if module.check_mode else host.locked() as lock:
            result = act(module.params, lock)
    except ValueError as exc:
        module.fail_json(msg=str(exc), findings=getattr(exc, "findings", []))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
