# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Upstream manifests changed as data: the few changes each add-on needs, made to copies of its objects."""

from __future__ import annotations

import copy
import json
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import jmespath

Object = t.Dict[str, t.Any]

TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}


class Change(t.TypedDict):
    """A merge patch of one object, and what it is for."""

    what: str
    patch: Object


# Flannel's lease of a pod range on a node; its CNI plugin fails without. A minute is ample, and the kubelet tries again.
_AFTER_LEASE = """i=0
until [ -s /run/flannel/subnet.env ]; do
  i=$((i + 1)); [ $i -lt 300 ] || exit 1
  sleep 0.2
done
exec "$@"
"""


def find(objects: t.Iterable[Object], kind: str, name: str) -> Object:
    """The object of a kind and name. Raises ValueError when the manifest has none: it is then not the one we know."""
    for candidate in objects:
        if candidate.get("kind") == kind and candidate.get("metadata", {}).get("name") == name:
            return candidate
    raise ValueError(f"the manifest has no {kind} {name!r}; this version of the collection does not know its layout")


def container(workload: Object, name: str) -> Object:
    """The container of a workload by its name."""
    for candidate in workload["spec"]["template"]["spec"]["containers"]:
        if candidate["name"] == name:
            return t.cast("Object", candidate)
    raise ValueError(f"{workload['kind']} {workload['metadata']['name']!r} has no container {name!r}")


def _ask_soon(part: Object) -> None:
    """Asks for readiness every two seconds instead of ten, from the start: a fresh run and a new node wait for it."""
    if "readinessProbe" in part:
        part["readinessProbe"].update(initialDelaySeconds=1, periodSeconds=2)


def _configure_after_lease(pod: Object, daemon: Object) -> None:
    """Lets the daemon itself install the CNI configuration, when it has its lease, instead of a container before it.

    The node is Ready with that file; a pod that comes before the lease fails, and the kubelet retries only after 12 to 15 s.
    """
    for part in [part for part in pod.get("initContainers", []) if part["name"] == "install-cni"]:
        pod["initContainers"].remove(part)
        command = ["/bin/sh", "-c", _AFTER_LEASE, "sh", *part["command"], *part["args"]]
        daemon["lifecycle"] = {"postStart": {"exec": {"command": command}}}
        there = [mount["name"] for mount in daemon["volumeMounts"]]
        daemon["volumeMounts"] += [mount for mount in part["volumeMounts"] if mount["name"] not in there]


def flannel(manifest: t.Sequence[Object], *, pods: str, backend: t.Mapping[str, t.Any]) -> list[Object]:
    """Flannel for a pod range (an IPv4 and an IPv6 one, separated by a comma, for dual stack).

    Every node's daemon uses the card that holds the node's own address instead of the one with the default route:
    ``--iface`` takes an address, and the kubelet tells each pod its host's.
    """
    objects = copy.deepcopy(list(manifest))
    config = find(objects, "ConfigMap", "kube-flannel-cfg")["data"]
    ranges = split_addresses(pods)
    v4, v6 = [r for r in ranges if ":" not in r], [r for r in ranges if ":" in r]
    network = {**json.loads(config["net-conf.json"]), "Backend": dict(backend), "EnableIPv4": bool(v4)}
    network.pop("Network")
    if v4:
        network["Network"] = v4[0]
    if v6:
        network.update({"EnableIPv6": True, "IPv6Network": v6[0]})
    config["net-conf.json"] = json.dumps(network, indent=2, sort_keys=True) + "\n"
    workload = find(objects, "DaemonSet", "kube-flannel-ds")
    daemon = container(workload, "kube-flannel")
    _ask_soon(daemon)
    _configure_after_lease(workload["spec"]["template"]["spec"], daemon)
    daemon["args"].append("--iface=$(NODE_IP)")
    daemon["env"].append({"name": "NODE_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}})
    return objects


def metallb(manifest: t.Sequence[Object]) -> list[Object]:
    """MetalLB without the certificates it makes itself, which a second run would otherwise take away from it.

    Its controller may run on a control plane, as CoreDNS may: on a fresh cluster that has its pod network first.
    """
    objects = copy.deepcopy(list(manifest))
    for candidate in objects:
        for client in jmespath.search("[webhooks[].clientConfig, spec.conversion.webhook.clientConfig][]", candidate):
            client.pop("caBundle", None)
    controller = find(objects, "Deployment", "controller")
    controller["spec"]["template"]["spec"].setdefault("tolerations", []).append({**TAINT, "operator": "Exists"})
    speaker = find(objects, "DaemonSet", "speaker")
    for part in (container(speaker, "speaker"), container(controller, "controller")):
        _ask_soon(part)
    return objects


__all__ = ("TAINT", "Change", "Object", "container", "find", "flannel", "metallb")
