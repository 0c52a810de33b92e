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
  - A run that was cut off is waited for, where etcd has data already, and finished with the phases that were left. One whose API does not
    come up, which cannot be finished, or for which other settings are wanted by now, is taken back with C(kubeadm reset) and begun again.
  - Only a start that this module noted itself is ever taken back, and only while nobody has used its cluster. It was used when it holds more
    than kubeadm makes (nodes, namespaces, workloads, volumes, settings of people), when a pod network was installed after the start, or
    when etcd was still written half an hour after it. One that answers, holds nothing and was never finished counts as unused.
  - A cluster that was used is finished with the settings it began with, and RV(drift) tells what is wanted by now; while its API is away,
    the run stops with an explanation.
  - Remains of any other cluster stop the run.
  - Whoever comes while an earlier run still works with kubeadm on the host waits for it.
  - kubeadm's own preflight checks stay on, and its complaints become the message.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description:
      - Shows the configuration file before and after. On a finished cluster, which is left alone, RV(drift) shows the settings
        that differ between file, ConfigMaps and wish, and a warning names those that the cluster does not have as wanted.
    support: full
options:
  documents:
    description: kubeadm's configuration documents. P(homelab.kubernetes.kubeadm_documents#filter) makes them.
    type: list
    elements: dict
    required: true
  path:
    description: Where the configuration is kept on the host, as JSON, mode 0600.
    type: path
    default: /etc/kubernetes/kubeadm.yaml
  address:
    description: Address of this host at which its API server listens; of two, separated by a comma, the first.
    type: str
    required: true
  move:
    description:
      - Whether a finished cluster that is reached elsewhere is moved to the C(controlPlaneEndpoint) of O(documents).
      - It moves step by step; whatever cuts this off, the next run goes on.
      - Nothing is changed before an API of the cluster answers there, and the old address stays good until the machine behind it goes.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for the API of a control plane that is just coming up.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Bootstrap the control plane
  homelab.kubernetes.kubeadm_init:
    documents: "{{ cluster | homelab.kubernetes.kubeadm_documents(node=node) }}"
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
repair:
  description:
    - "How a start that was cut off was repaired: V(finish) with the phases that were left, if any, V(restart) from the beginning."
  type: str
  returned: success
moved:
  description: Host and port at which the cluster was reached before it was moved, or is to be moved; empty where it stays.
  type: str
  returned: success
drift:
  description:
    - The settings of a finished cluster, also of one that was finished now, that are not the same in the file on the host, in the cluster's ConfigMaps
      (kubeadm-config, kubelet-config, kube-proxy) and in O(documents).
  type: list
  elements: dict
  returned: success
  contains:
    setting:
      description: Kind of the document and path of the setting.
      type: str
      sample: KubeletConfiguration.maxPods
    wanted:
      description: Its value in O(documents).
      type: raw
    file:
      description: Its value in the file on the host, with which the cluster was made.
      type: raw
    cluster:
      description: Its value in the cluster.
      type: raw
    pending:
      description: Whether the cluster does not have what is wanted.
      type: bool
findings:
  description: The complaints of kubeadm's preflight, each with id, severity, message and fix.
  type: list
  elements: dict
  returned: always
"""

import contextlib
import glob
import json
import os
import re
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import move
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import text
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import (
    State,
    control_plane_state,
    redact,
    skipped_phases,
    start_repair,
    strangers,
)

REMAINS = (host.ADMIN, "/etc/kubernetes/manifests/*.yaml", "/var/lib/etcd/member", host.KUBELET)
# kubeadm's words for an API that did not come up in time.
SLOW = re.compile(r"deadline exceeded|timed out waiting")
# The ConfigMaps in which kubeadm keeps the configuration, and the key.
CONFIGURATION = {"kubeadm-config": "ClusterConfiguration", "kubelet-config": "kubelet", "kube-proxy": "config.conf"}
# What a cluster whose API answers has behind it; all later phases may be run twice.
BEHIND = ("preflight", "certs", "kubeconfig", "etcd", "control-plane", "kubelet-start")
# The last phases and what they leave.
ADDONS = {"addon/coredns": "deployment/coredns", "addon/kube-proxy": "daemonset/kube-proxy"}
# In what people leave their work, and how each object is named for strangers().
KINDS = (
    "nodes,namespaces,pods,services,configmaps,secrets,persistentvolumes,persistentvolumeclaims,deployments.apps,"
    "daemonsets.apps,statefulsets.apps,jobs.batch,cronjobs.batch,customresourcedefinitions.apiextensions.k8s.io"
)
NAMES = r'{range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name}{"\n"}{end}'
WAY_OUT = "If nothing of it is needed, run `kubeadm reset` on the host yourself, then run the playbook again."


def look(address: str, timeout: int) -> State:
    """Name the state of this host, or raise ValueError when running again is not the answer."""
    remains = [path for pattern in REMAINS for path in glob.glob(pattern)]
    noted = str(host.record().get("control_plane", ""))
    ask = bool(remains) and noted != "started"
    healthy = ask and host.api_ready(address, timeout if noted == "complete" else 0)
    state = control_plane_state(noted, remains, healthy and (noted != "" or finished()))
    if state == "foreign":
        raise ValueError(
            f"this host holds {', '.join(remains)}, but no control plane answers at {address}:6443 and none was begun from "
            f"here; running kubeadm over it could destroy somebody's cluster. {WAY_OUT}"
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


def whole(skipped: t.Collection[str]) -> bool:
    """Whether a cluster has everything of kubeadm init to its last phase, but for the phases that are not wanted."""
    wanted = [] if "addon" in skipped else [made for phase, made in ADDONS.items() if phase not in skipped]
    try:
        if wanted:
            host.kubectl("get", "--namespace=kube-system", "--output=name", *wanted)
    except ValueError:
        return False
    return finished()


def used(ready: bool, traces: _kubeadm_note.Traces, skipped: t.Collection[str]) -> str:
    """What shows that the cluster of a start of ours was used afterwards, "" when nothing does: what it holds, or the disk.

    One that kubeadm has not finished, and that holds nothing of anybody's, is no loss however long it has been there.
    """
    if ready:
        access = host.SUPER_ADMIN if os.path.exists(host.SUPER_ADMIN) else host.ADMIN
        with contextlib.suppress(ValueError):
            told = host.kubectl("get", KINDS, "--all-namespaces", f"--output=jsonpath={NAMES}", kubeconfig=access)
            found = strangers(told.split())
            if found:
                return f"it holds {', '.join(found[:5])}{' and more' if len(found) > 5 else ''}"
            if not whole(skipped):
                return ""
    return _kubeadm_note.life(traces)


def plan(params: t.Mapping[str, t.Any], before: str, config: str) -> tuple[str, str]:
    """How a start that was cut off is repaired, and what shows that it is in use. Raises ValueError when a person is needed.

    etcd's data is there from the moment on that the kubelet started the static pods, so an API may be coming up.
    """
    address, timeout = params["address"], params["timeout"]
    traces = _kubeadm_note.traces(host.record(), params["path"])
    ready = traces.written is not None and host.api_ready(address, timeout)
    use = used(ready, traces, skipped_phases(before))
    repair = start_repair(ready=ready, same=before == config, used=bool(use))
    if repair == "stop":
        raise ValueError(
            f"the start of this control plane was cut off, but its cluster was used afterwards: {use}. Its API at "
            f"{address}:6443 has not been ready for {timeout} s, and beginning again would erase what the cluster holds. Look at "
            "`journalctl -u kubelet` and `crictl ps -a` on the host; when the API answers, run the playbook again and it is "
            f"finished as it is. {WAY_OUT}"
        )
    return repair, use


def kept() -> list[str]:
    """The configuration that the cluster keeps, as YAML; nothing of what cannot be read."""
    try:
        names = ["configmap/" + name for name in CONFIGURATION]
        told = host.kubectl("get", "--namespace=kube-system", "--ignore-not-found", "--output=json", *names)
    except ValueError:
        return []
    items = json.loads(told)["items"] if told else []
    return [redact(item["data"].get(CONFIGURATION[item["metadata"]["name"]], "")) for item in items]


def bootstrap(params: t.Mapping[str, t.Any], config: str, state: State, lock: int) -> host.Ran:
    """Take a start that was cut off back, then validate, note, run."""
    path = params["path"]
    if state == "partial":
        host.run(["kubeadm", "reset", "--force"], "kubeadm reset", lock)
    host.forget_pod_range()
    with host.private_file(config) as candidate:
        host.run(["kubeadm", "config", "validate", "--config", candidate], "kubeadm config validate", lock)
    _files.replace(path, config, mode=0o600)
    host.note(control_plane="started", began=int(time.time()))
    try:
        return host.run(["kubeadm", "init", "--config", path], "kubeadm init", lock)
    except host.KubeadmError as exc:
        # kubeadm waits a minute for the API's first answer; a busy machine or a slow disk may need longer.
        if SLOW.search(str(exc)) and host.api_ready(params["address"], params["timeout"]):
            with contextlib.suppress(host.KubeadmError):
                return finish(path, lock)
        raise


def finish(path: str, lock: int) -> host.Ran:
    """The phases that a start with a ready API has left."""
    # The option takes the place of what the file says.
    skipped = ",".join((*BEHIND, *skipped_phases(_files.read(path) or "")))
    return host.run(["kubeadm", "init", "--config", path, f"--skip-phases={skipped}"], "kubeadm init", lock)


def resume(path: str, use: str, lock: int) -> host.Ran | None:
    """Finish a start with the settings it began with; None when it may be begun again instead.

    A cluster in use that lacks nothing is taken as it is: the phases would bring back what people have changed since.
    """
    if use and whole(skipped_phases(_files.read(path) or "")):
        return host.Ran([], [])
    try:
        return finish(path, lock)
    except host.KubeadmError as exc:
        if not use:
            return None
        raise host.KubeadmError(
            f"the start of this control plane was cut off, and kubeadm cannot finish it now: {exc}\nThe cluster was used "
            f"afterwards ({use}), so it is not begun again. Correct what kubeadm names, then run the playbook again. {WAY_OUT}",
            exc.findings,
        ) from exc


def relocate(params: t.Mapping[str, t.Any], lock: int | None) -> str:
    """Move a finished cluster to the endpoint that is wanted; tells where it was, "" when it stays."""
    kinds = {document.get("kind"): document for document in params["documents"]}
    cluster = kinds["ClusterConfiguration"]
    was = move.elsewhere(host.ADMIN, cluster["controlPlaneEndpoint"]) if params["move"] else ""
    if was and lock is not None:
        node = {"name": kinds["InitConfiguration"]["nodeRegistration"]["name"], "address": params["address"]}
        names = cluster.get("apiServer", {}).get("certSANs", [])
        move.control_plane(node, cluster["controlPlaneEndpoint"], names, lock)
    return was


def act(params: t.Mapping[str, t.Any], lock: int | None) -> dict[str, t.Any]:
    """Look, do what is needed, and say so; without the lock, which check mode does not take, only look."""
    config, path = text(params["documents"]), params["path"]
    before = _files.read(path) or ""
    state = look(params["address"], params["timeout"])
    repair, use = plan(params, before, config) if state == "partial" else ("", "")
    ran = host.Ran([], [])
    if state != "done" and lock is not None:
        resumed = resume(path, use, lock) if repair == "finish" else None
        if repair and resumed is None:
            repair = "restart"
        ran = resumed or bootstrap(params, config, state, lock)
        host.note(control_plane="complete")
    stays = repair == "finish"
    moved = relocate(params, lock) if state == "done" else ""
    return {
        "changed": state != "done" or bool(moved),
        "moved": moved,
        "state": state,
        "repair": repair,
        # Compared by the half of this module that runs on the control node, where YAML can be read.
        "configuration": {"file": redact(before), "cluster": kept() if state == "done" or stays else []},
        "phases": ran.phases,
        "findings": ran.findings,
        "diff": {
            "before": redact(before),
            "after": redact(before if stays else config),
            "before_header": path,
            "after_header": f"{path} as wanted",
        },
    }


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "documents": {"type": "list", "elements": "dict", "required": True},
            "path": {"type": "path", "default": "/etc/kubernetes/kubeadm.yaml"},
            "address": {"type": "str", "required": True},
            "move": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    module.params["address"] = primary_address(module.params["address"])
    try:
        with contextlib.nullcontext() if module.check_mode else host.locked() as lock:
            result = act(module.params, lock)
    except ValueError as exc:
        module.fail_json(msg=str(exc), findings=getattr(exc, "findings", []))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
