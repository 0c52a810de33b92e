# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The inventory and its variables."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

MANIFEST_PIN_INVALID = Kind(
    "variable-invalid",
    "preflight_manifests: {name} is {value}",
    fix="write it as {name}: {{url: ..., sha256: ...}}",
)
CALICO_RELEASE_MISMATCH = Kind(
    "manifest-mismatch",
    "the manifest {url} is not the one of calico_version {version}: {reason}",
    fix="set calico_version, calico_manifest and calico_manifest_sha256 to those of one release",
    why="Its images and probes decide how it is changed.",
)
ADDRESS_PLAN_INVALID = Kind(
    "address-plan-invalid",
    "the address plan cannot be read: {reason}",
    fix="correct the value named",
)
CONTROL_PLANE_MISSING = Kind(
    "control-plane-missing",
    "the group control_plane of the inventory has no host",
    fix="put one host under cluster.children.control_plane.hosts in the inventory",
    why="A cluster begins with a control plane; workers have nothing to join.",
)
KUBERNETES_VERSION_MALFORMED = Kind(
    "kubernetes-version-malformed",
    'cluster_kubernetes_version "{version}" is not a version of three numbers',
    fix='write it as "1.37.2": minor and patch, without a leading v',
    why="Packages, images and kubeadm's configuration need the exact version.",
)
PROXY_MODE_DEPRECATED = Kind(
    "proxy-mode-deprecated",
    "cluster_proxy_mode is ipvs, which Kubernetes deprecates since 1.35",
    fix="cluster_proxy_mode: nftables",
    why="It is off by default from 1.40 and removed afterwards.",
    severity="warning",
)
CONTROL_PLANE_EVEN = Kind(
    "control-plane-even",
    "the group control_plane has {count} hosts: {hosts}",
    fix="make it {more}, or {fewer}",
    why="etcd works while more than half of its members do. With {count} control planes {lost} may fail, no more than with {fewer}, "
    "and there is one more that can.",
    severity="warning",
)
ENDPOINT_OF_ONE_HOST = Kind(
    "endpoint-of-one-host",
    "the group control_plane has {count} hosts, and all would be reached at the address of one, {owner}: cluster_endpoint is {endpoint}",
    fix="cluster_endpoint: a free address in the network of the nodes, which the control planes then keep between them; or the name "
    "or address of a load balancer of yours",
    why="Without {owner}, nobody would reach an API server though the others run. A cluster keeps its endpoint for life.",
)
ENDPOINT_OF_WORKER = Kind(
    "endpoint-of-worker",
    "cluster_endpoint {endpoint} is an address of {owner}, which is no control plane",
    fix='cluster_endpoint: "" is the address of {first}; or choose an address that no host has',
    why="No API server listens there.",
)
HOST_IN_TWO_GROUPS = Kind(
    "host-in-two-groups",
    "is in control_plane and in workers",
    fix="remove it from workers; cluster_schedule_on_control_plane: true lets a control plane run ordinary pods",
    why="A machine is initialised or joined once, as one of the two.",
)
KUBERNETES_VERSION_UNSUPPORTED = Kind(
    "kubernetes-version-unsupported",
    "cluster_kubernetes_version {version} is of minor {minor}, which this collection does not know",
    fix="choose a version of {supported}",
    why="Its configuration formats, images and skew rules were never tested together.",
)
HOST_WITHOUT_ROLE = Kind(
    "host-without-role",
    "is in cluster, but neither in control_plane nor in workers",
    fix="put it into one of the two groups, or out of cluster",
    why="Nothing would install Kubernetes on it.",
)
VARIABLE_DIFFERS = Kind(
    "variable-differs",
    "{name} is not the same for all hosts: {text}",
    fix="set {name} once, in group_vars of all hosts",
    why="The whole cluster has one value; parts of it would be configured apart.",
)
URL_WITH_LOGIN = Kind(
    "url-with-login",
    "{variable} has a login in {value}{where}",
    fix="take it out of the address; {instead}",
    why="Every user of the hosts could read it, and it ends in logs.",
)
PACKAGE_KEY_UNPINNED = Kind(
    "package-key-unpinned",
    "{variable} has its key at {value}, and nothing says whose it is{where}",
    fix="serve it over https://; {instead}",
    why="Whoever answers in its place installs packages of theirs as root.",
)
VARIABLE_INVALID = Kind(
    "variable-invalid",
    "{problem}",
    fix="{instead}",
    why="Roles would act on a wrong value, or stop halfway.",
    samples={
        "problem": "cluster_pod_cidr is the number 8, but must be text",
        "instead": 'write it like the default, cluster_pod_cidr: "10.244.0.0/16"',
    },
)
NAME_UNKNOWN = Kind(
    "variable-invalid",
    "{variable} names {name}, which is no {what}",
    fix="{instead}",
    why="It would do nothing, and look as if it did.",
    samples={"instead": "did you mean disk-slow?"},
)
VARIABLE_UNKNOWN = Kind(
    "variable-unknown",
    "{problem}",
    fix="{instead}",
    why="It changes nothing: no role of this collection reads it.",
    severity="warning",
    samples={"problem": "cluster_pod_cird is no option of any role", "instead": "did you mean cluster_pod_cidr?"},
)
MANIFEST_UNREACHABLE = Kind(
    "manifest-unreachable",
    "{problem}",
    fix="check {name}_manifest and this machine's way out",
    why="{name} is installed from this file, and only from the content that was pinned.",
    samples={"problem": "the manifest URL cannot be read: the reason"},
)
MANIFEST_MISMATCH = Kind(
    "manifest-mismatch",
    "{problem}",
    fix="use the file of {name}_version; or, for a change on purpose, set {name}_manifest_sha256 to the new value",
    why="{name} is installed from this file, and only from the content that was pinned.",
    samples={"problem": "the manifest URL has another sha256 than the one that was pinned"},
)
