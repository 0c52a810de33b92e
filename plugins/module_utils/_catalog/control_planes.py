# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Several control planes: their API servers, the members of etcd, and the address that they keep between them."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

CONTROL_PLANE_UNREACHABLE = Kind(
    "control-plane-unreachable",
    "cannot be looked at: {problem}",
    fix="Start the machine, and compare with `ssh` by hand. One that is gone for good: take it out of the inventory.",
    why="The others serve the API as long as they are more than half.",
)
API_SERVER_DOWN = Kind(
    "api-server-down",
    "its API server {server} is not ready: {problem}",
    fix="On this host: `crictl ps -a --name kube-apiserver`, `journalctl -u kubelet -n 50`.",
    why="The others serve the API as long as they are more than half.",
)
ETCD_DOWN = Kind(
    "etcd-down",
    "its etcd does not answer: {problem}",
    fix="On this host: `crictl ps -a --name etcd`, `crictl logs` of the last one.",
    why="etcd writes as long as more than half of its members are well.",
)
ETCD_MEMBER_MISSING = Kind(
    "etcd-member-missing",
    "is no voting member of etcd, which has {members}",
    fix="Run site.yml: a join that was cut off goes on from where it is.",
    why="Fewer voters outlive fewer failures.",
)
ETCD_MEMBER_UNEXPECTED = Kind(
    "etcd-member-unexpected",
    "etcd has the member {member}, which is no control plane of the inventory",
    fix="Add the host to the inventory; one that is gone for good, on a control plane: `etcdctl member remove {id}`.",
    why="A member that never comes back counts as one that failed.",
)
VIRTUAL_IP_NOWHERE = Kind(
    "virtual-ip-nowhere",
    "no control plane holds {address}",
    fix="On each: `systemctl status keepalived`, `journalctl -u keepalived -n 50`; an API server that is not ready gives it away.",
    why="Nodes and kubectl reach the API there.",
)
VIRTUAL_IP_LOST = Kind(
    "virtual-ip-lost",
    "nobody answered at {url} for {silence} s while {address} was handed over: {errors}",
    fix="On each control plane: `journalctl -u keepalived -n 50` tells when it took the address and when it gave it away.",
    why="Work that is planned on the holder should be noticed by nobody.",
)
VIRTUAL_IP_TWICE = Kind(
    "virtual-ip-twice",
    "{hosts} all hold {address}",
    fix="Let IP protocol 112 (VRRP) pass between the control planes; `journalctl -u keepalived` tells what each hears.",
    why="They do not hear each other, so that every one takes the address for itself.",
)
