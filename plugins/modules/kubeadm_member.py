#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_member
short_description: Join a further control plane with kubeadm
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs C(kubeadm join) for a control plane on a host that is none yet, and leaves one alone.
  - etcd takes one new member at a time, so control planes join one after the other.
  - A join that was cut off is finished where its API runs and its etcd votes, and otherwise taken back with C(kubeadm reset) and begun
    again. What it left among etcd's members must be taken out before, by M(homelab.kubernetes.etcd_members) on another one.
  - A host that holds something else stops the run with an explanation.
  - With O(state=repaired) it does what needs nothing of other hosts, and tells with RV(needs_join) whether the rest is to do.
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
      - With V(joined) the host is a control plane afterwards.
      - With V(repaired) only what needs no O(discovery) is done.
    type: str
    choices: [joined, repaired]
    default: joined
  name:
    description: Name of the node.
    type: str
    required: true
  address:
    description: Address of this host at which its API server listens; of two, separated by a comma, the first.
    type: str
    required: true
  endpoint:
    description: Host and port of the cluster's API.
    type: str
    required: true
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
  certificates:
    description: What M(homelab.kubernetes.kubeadm_certificates) has read on another control plane; required with O(state=joined).
    type: dict
  move:
    description:
      - Whether a control plane of the cluster that is reached elsewhere is moved to O(endpoint), step by step; whatever cuts this off, the next run goes on.
      - Nothing is changed before an API of the cluster answers there, and the old address stays good until the machine behind it goes.
    type: bool
    default: false
  schedulable:
    description: Whether ordinary pods may run here.
    type: bool
    default: false
  configuration:
    description: Settings merged last into the JoinConfiguration.
    type: dict
    default: {}
  ignore_preflight_errors:
    description: Names of kubeadm's preflight checks whose errors become warnings.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for the API of a control plane that is just coming up.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Join
  homelab.kubernetes.kubeadm_member:
    name: mini2
    address: 192.168.0.12
    endpoint: 192.168.0.10:6443
    discovery:
      endpoint: 192.168.0.10:6443
      token: "{{ token.token }}"
      ca_cert_hash: "{{ authorities.ca_cert_hash }}"
    certificates: "{{ authorities.certificates }}"
  throttle: 1
"""

RETURN = r"""
state:
  description: What was found, one of V(absent), V(partial) or V(done).
  type: str
  returned: success
repair:
  description: How a join that was cut off was repaired, V(finish) for the note alone, V(restart) for a new start.
  type: str
  returned: success
needs_join:
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
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import certificates, etcd, move
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import join_configuration
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import (
    Joiner,
    Repair,
    State,
    joiner_state,
)

REMAINS = (host.ADMIN, "/etc/kubernetes/manifests/*.yaml", "/var/lib/etcd/member", host.KUBELET, host.CA)
WAY_OUT = "If nothing of it is needed, run `kubeadm reset` on the host yourself, then run the playbook again."


def own_member(address: str) -> str:
    """What the etcd of this host says of itself."""
    try:
        member = etcd.at(etcd.members(), address)
    except ValueError:
        return "unknown"
    return member.kind if member else "missing"


def see(params: t.Mapping[str, t.Any]) -> Joiner:
    """What is on this host. One that is noted as finished gets the time that a boot takes."""
    record, address = str(host.record().get("control_plane", "")), primary_address(params["address"])
    remains = [path for pattern in REMAINS for path in glob.glob(pattern)]
    ready = bool(remains) and host.api_ready(address, params["timeout"] if record == "complete" else 0)
    return Joiner(
        record=record,
        remains=remains,
        cluster=host.vouches(params["endpoint"]),
        ready=ready,
        member=own_member(address) if remains else "unknown",
    )


def look(params: t.Mapping[str, t.Any]) -> tuple[State, Repair]:
    """Name the state of this host, or raise ValueError when running again is not the answer."""
    seen, address = see(params), primary_address(params["address"])
    state, repair = joiner_state(seen)
    if state == "done" and not seen["ready"]:
        raise ValueError(
            f"the control plane of this host is installed, but its API at {address}:6443 has not been ready for "
            f"{params['timeout']} s; look at `journalctl -u kubelet` and `crictl ps -a` on the host."
        )
    if state == "foreign":
        raise ValueError(explanation(seen, params["endpoint"]))
    return state, repair


def explanation(seen: Joiner, endpoint: str) -> str:
    """Why nothing may be changed on a host, and the way out."""
    if seen["cluster"] == "other":
        return f"this host belongs to another cluster: its CA ({host.CA}) did not sign the API at {endpoint}. {WAY_OUT}"
    if seen["record"] == "started":
        return (
            "a cluster of its own was begun on this host and never finished, and another control plane of the inventory has the "
            f"cluster now. {WAY_OUT}"
        )
    return f"this host holds {', '.join(seen['remains'])}, no control plane answers there and no join was begun from here. {WAY_OUT}"


def put(shared: t.Mapping[str, t.Any]) -> None:
    """The authorities, where kubeadm looks for them. Raises ValueError for what they are not."""
    wrong = certificates.wrong(shared)
    if wrong:
        raise ValueError(f"certificates are not those of a control plane: {', '.join(wrong)} is missing or strange")
    os.makedirs(f"{certificates.FOLDER}/etcd", mode=0o755, exist_ok=True)
    for name in certificates.SHARED:
        _files.replace(f"{certificates.FOLDER}/{name}", shared[name], mode=certificates.mode(name))


def join(params: t.Mapping[str, t.Any], state: State, lock: int) -> host.Ran:
    """Take a join that was cut off back, then note, bring the authorities, run, note."""
    node = {key: params[key] for key in ("name", "address", "ignore_preflight_errors", "schedulable")}
    document = join_configuration(node, params["discovery"], params["configuration"], control_plane=True)
    # From here on whatever is on the host is ours to take back.
    host.note(control_plane="joining")
    if state == "partial":
        host.run(["kubeadm", "reset", "--force"], "kubeadm reset", lock)
    host.forget_pod_range()
    put(params["certificates"])
    # The cluster takes 40 to 50 s to notice that a node is gone.
    ran = host.join(document, 90, lock)
    host.note(control_plane="complete")
    return ran


def act(params: t.Mapping[str, t.Any], lock: int | None) -> dict[str, t.Any]:
    """Look, do what is needed and possible, and say so; without the lock, which check mode does not take, only look."""
    state, repair = look(params)
    needs_join = state == "absent" or repair == "restart"
    moves = state == "done" and params["move"] and bool(move.elsewhere(host.ADMIN, params["endpoint"]))
    changed = moves or (state != "done" and (not needs_join or params["state"] == "joined"))
    ran = host.Ran([], [])
    if changed and lock is not None:
        if moves:
            node = {"name": params["name"], "address": primary_address(params["address"])}
            move.control_plane(node, params["endpoint"], [], lock)
        elif needs_join:
            ran = join(params, state, lock)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(host.BOOTSTRAP)
            host.note(control_plane="complete")
    return {
        "changed": changed,
        "state": state,
        "repair": repair,
        "needs_join": needs_join and not changed,
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
            "endpoint": {"type": "str", "required": True},
            "discovery": {
                "type": "dict",
                "options": {
                    "endpoint": {"type": "str", "required": True},
                    "token": {"type": "str", "required": True, "no_log": True},
                    "ca_cert_hash": {"type": "str", "required": True},
                },
            },
            "certificates": {"type": "dict", "no_log": True},
            "schedulable": {"type": "bool", "default": False},
            "move": {"type": "bool", "default": False},
            "configuration": {"type": "dict", "default": {}},
            "ignore_preflight_errors": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 120},
        },
        required_if=[("state", "joined", ("discovery", "certificates"))],
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
