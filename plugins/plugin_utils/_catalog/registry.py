# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The catalogue of everything that can be found, shelf by shelf: the files beside this one and those of
``module_utils/_catalog``. And what a person sees who has not read an id yet: the index of the troubleshooting page."""

from __future__ import annotations

import fnmatch
import types
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import (
    api,
    control_planes,
    exports,
    kubeadm,
    nodes,
    pods,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import network as reach
from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import (
    storage as mounts,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import (
    access,
    addresses,
    cni,
    identity,
    inventory,
    machine,
    network,
    occupied,
    storage,
    volumes,
)

PREFLIGHT = (inventory, addresses, access, machine, identity, network, cni, occupied, storage, exports)
LATER = (kubeadm, mounts, volumes, api, control_planes, nodes, pods, reach)


class Symptom(t.NamedTuple):
    """What a person sees, in Markdown, and patterns (fnmatch) of the ids that may explain it, the likely ones first."""

    seen: str
    ids: tuple[str, ...]


SYMPTOMS: dict[str, tuple[Symptom, ...]] = {
    "Pods": (
        Symptom("`Pending`", ("pod-unschedulable*", "scheduler-silent", "node-not-ready")),
        Symptom(
            "`ContainerCreating`, `FailedCreatePodSandBox`",
            ("sandbox*", "cni-*", "flannel-*", "volume-mount", "node-disk", "node-network-unavailable"),
        ),
        Symptom("`ErrImagePull`, `ImagePullBackOff`", ("image-*",)),
        Symptom(
            "`CrashLoopBackOff`, `Error`, `OOMKilled`",
            ("container-*", "coredns-loop", "flannel-*", "kube-proxy-conntrack", "port-in-use"),
        ),
        Symptom(
            "`CreateContainerError`, `RunContainerError`", ("container-start", "sandbox-rlimit", "sandbox-confinement")
        ),
        Symptom(
            "`Evicted`, `OutOfcpu`, `NodeAffinity`: the kubelet gave the pod up", ("pod-rejected", "node-*-pressure")
        ),
        Symptom("`Running`, but `0/1` ready", ("pod-not-ready", "workload-not-ready", "namespace-empty", "pod-gone")),
        Symptom(
            "`Terminating` for minutes", ("pod-kill-failed", "pod-not-ready", "namespace-stuck", "node-unreachable")
        ),
    ),
    "Nodes": (
        Symptom(
            "`NotReady`",
            (
                "node-not-ready",
                "node-unreachable",
                "node-network-unavailable",
                "cni-not-initialised",
                "cni-plugin-missing",
            ),
        ),
        Symptom(
            "one of several control planes is away, or does not count",
            ("control-plane-unreachable", "api-server-down", "etcd-*", "virtual-ip-nowhere", "virtual-ip-twice"),
        ),
        Symptom("one node is down and a service of several replicas with it", ("replicas-share-a-node",)),
        Symptom("a node is missing in `kubectl get nodes`, or one too many", ("node-missing", "node-unexpected")),
        Symptom("pods are evicted: memory, disk or process ids run out", ("node-*-pressure", "node-disk")),
    ),
    "Names, services and addresses": (
        Symptom(
            "DNS fails in pods", ("dns-*", "coredns-loop", "pods-overlap-dns-servers", "services-overlap-dns-servers")
        ),
        Symptom("pods resolve outside names to your own router or server", ("dns-wildcard",)),
        Symptom(
            "pods reach pods of their own node only; large answers hang",
            ("pod-network-broken", "pod-family-missing", "node-tunnel-blocked", "path-mtu-too-small", "api-to-pod"),
        ),
        Symptom("a ClusterIP or NodePort does not answer", ("cluster-ip-*", "node-port-silent", "node-port-refused")),
        Symptom(
            "a LoadBalancer service stays at `<pending>`",
            ("load-balancer-no-address", "load-balancer-pool"),
        ),
        Symptom(
            "a LoadBalancer address is silent",
            (
                "load-balancer-arp",
                "load-balancer-silent",
                "load-balancer-refused",
                "load-balancer-taken",
                "load-balancer-excluded",
                "load-balancer-not-announced",
                "load-balancer-*-missing",
            ),
        ),
        Symptom("a NetworkPolicy has no effect, or too much", ("network-policy-*",)),
    ),
    "Storage": (
        Symptom("a PVC stays `Pending`", ("storage-not-bound", "pod-unschedulable-volume", "storage-class-*")),
        Symptom(
            "`FailedMount`, `MountVolume.SetUp failed`",
            ("volume-mount", "nfs-mount-*", "nfs-path-*", "nfs-server-*", "nfs-client-*"),
        ),
        Symptom(
            "a volume is empty on another node, or stays after its PVC", ("storage-not-shared", "storage-not-deleted")
        ),
    ),
    "The cluster does not answer kubectl": (
        Symptom(
            "`connection refused`, `i/o timeout`, `no route to host` on port 6443",
            ("api-refused", "api-unreachable", "api-name", "api-not-ready"),
        ),
        Symptom(
            "`Unauthorized`, `Forbidden`, no kubeconfig",
            ("api-unauthorized", "api-forbidden", "kubeconfig-*", "api-certificate", "api-error"),
        ),
        Symptom(
            "`kubectl logs` or `exec` fails, everything else works",
            ("api-to-pod", "node-ip-not-unique", "node-port-blocked"),
        ),
        Symptom(
            "creating a pod is forbidden: quota, webhook, pod security",
            ("not-allowed", "pod-security", "quota", "service-account", "webhook-*", "api-refusal"),
        ),
        Symptom("`kubectl top` has no figures, an autoscaler shows `<unknown>`", ("node-metrics-*", "autoscaling-*")),
    ),
    "A run stops in the middle": (
        Symptom(
            "`kubeadm init` or `kubeadm join` stops with `[ERROR ...]`",
            (
                "kubeadm-CHECK",
                "kubeadm-cri",
                "kubeadm-hostname",
                "kubeadm-imagepull",
                "kubeadm-kubeletversion",
                "kubeadm-mem",
                "kubeadm-numcpu",
                "kubeadm-swap",
                "kubeadm-systemverification",
                "kubeadm-*-[A-Z]*",
            ),
        ),
        Symptom(
            "`kubeadm join` does not reach the API, or is not let in",
            (
                "kubeadm-api-*",
                "kubeadm-name-*",
                "kubeadm-proxy-*",
                "kubeadm-ca-*",
                "kubeadm-credentials-*",
                "kubeadm-admin-*",
            ),
        ),
        Symptom(
            "`The kubelet is not healthy after 4m0s`, `127.0.0.1:10248: connection refused`",
            ("kubeadm-kubelet-*", "kubeadm-inotify-exhausted", "swap-stays", "cgroup-*"),
        ),
        Symptom(
            "`x509: certificate has expired or is not yet valid`, `signed by unknown authority`",
            (
                "kubeadm-certificate-time",
                "clock-skew",
                "time-not-synchronized",
                "kubeadm-ca-unknown",
                "api-certificate",
            ),
        ),
        Symptom(
            "`mount.nfs`: access denied, no such file, timed out",
            (
                "nfs-mount-*",
                "nfs-path-*",
                "nfs-server-unreachable",
                "nfs-client-*",
                "nfs-version-*",
                "nfs-write-*",
                "nfs-locks-*",
            ),
        ),
        Symptom(
            "a StorageClass or PersistentVolume of this name exists already",
            ("storage-class-*", "persistent-volume-differs"),
        ),
        Symptom(
            "the test namespace is in use, foreign, or does not go away",
            ("verify-*", "namespace-foreign", "namespace-stuck"),
        ),
    ),
    "Preflight stops the run": (
        Symptom(
            "a host is `UNREACHABLE`; sudo asks for a password; `/usr/bin/python3: not found`",
            ("host-unreachable", "control-plane-away", "become-failed", "not-root", "python-*", "host-facts-failed"),
        ),
        Symptom(
            "the inventory has no cluster, or a host in the wrong group",
            ("control-plane-missing", "control-plane-even", "host-in-two-groups", "host-without-role", "host-is-*"),
        ),
        Symptom(
            "a variable or its value is not accepted",
            (
                "variable-*",
                "malformed-value",
                "unknown-key",
                "address-plan-invalid",
                "kubernetes-version-*",
                "url-with-login",
                "package-key-unpinned",
                "proxy-mode-deprecated",
            ),
        ),
        Symptom(
            "two ranges or addresses overlap",
            (
                "pods-overlap-*",
                "services-overlap-*",
                "load-balancer-overlap-*",
                "load-balancer-pools-overlap",
                "endpoint-*",
                "duplicate-node-address",
                "node-in-dhcp-range",
            ),
        ),
        Symptom(
            "a range has the wrong size, family or place",
            (
                "services-too-*",
                "services-without-pods",
                "pods-smaller-than-block",
                "pods-too-*",
                "max-pods-too-large",
                "few-node-blocks-left",
                "families-differ",
                "same-family-twice",
                "reserved-address",
                "public-address-space",
                "pool-*",
                "node-is-*",
                "node-outside-node-networks",
                "node-without-primary-family",
            ),
        ),
        Symptom(
            "a machine is too small, too old, or its kernel lacks something",
            (
                "memory-too-small",
                "cpus-too-few",
                "disk-*",
                "swap-stays",
                "cgroup-*",
                "kernel-module-missing",
                "os-unsupported",
                "architecture-unsupported",
                "containerd-too-old",
                "snapshotter-unsupported",
            ),
        ),
        Symptom("two machines have one name, machine id or MAC address", ("*-duplicate", "node-name-invalid")),
        Symptom(
            "`cluster_node_ip` is not accepted; every node has 10.0.2.15",
            ("node-ip-*", "node-without-second-family", "ipv6-mtu-too-small", "ipv6-router-advertisements"),
        ),
        Symptom(
            "nodes do not reach each other, or this computer does not reach the API",
            ("node-port-blocked", "node-tunnel-blocked", "path-mtu-too-small", "control-node-shut-out"),
        ),
        Symptom(
            "a package source, registry or manifest cannot be read",
            ("source-*", "manifest-*", "proxy-unreachable", "proxy-refuses"),
        ),
        Symptom(
            "the machine already runs a cluster, another container runtime or a program on a port",
            ("running-cluster-differs", "other-*", "cluster-remains", "cni-remains", "port-in-use"),
        ),
        Symptom(
            "`cluster_endpoint` is not accepted",
            ("endpoint-of-*", "endpoint-moves", "endpoint-is-*", "virtual-ip-*", "keepalived-configured"),
        ),
        Symptom("Calico cannot do what the variables ask for", ("calico-*",)),
        Symptom(
            "an NFS export or a path for local volumes is not accepted",
            ("nfs-export-*", "nfs-server-shared", "local-storage-path"),
        ),
    ),
}


def shelf(module: types.ModuleType) -> dict[str, Kind]:
    """The rows of a shelf by the name they have in the code: NAME, or TABLE[key] for those of a table."""
    rows: dict[str, Kind] = {}
    for name, value in vars(module).items():
        if isinstance(value, Kind):
            rows[name] = value
        elif name.isupper() and name[0] != "_" and isinstance(value, dict):
            rows.update({f"{name}[{key}]": kind for key, kind in value.items()})
    return rows


def shown(text: str, samples: t.Mapping[str, str]) -> str:
    """A text of a row for a reader: its samples in place, other fields in braces."""

    class Named(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "{" + key + "}"

    return text.format_map(Named(samples))


def _ids(shelves: t.Iterable[types.ModuleType]) -> frozenset[str]:
    return frozenset(kind.id for module in shelves for kind in shelf(module).values())


PREFLIGHT_IDS = _ids(PREFLIGHT)
IDS = PREFLIGHT_IDS | _ids(LATER)


def explained(symptom: Symptom) -> list[str]:
    """The ids of a symptom, each once, in the order of its patterns."""
    found = (id_ for pattern in symptom.ids for id_ in sorted(fnmatch.filter(IDS, pattern)))
    return list(dict.fromkeys(found))


__all__ = ("IDS", "LATER", "PREFLIGHT", "PREFLIGHT_IDS", "SYMPTOMS", "Symptom", "explained", "shelf", "shown")
