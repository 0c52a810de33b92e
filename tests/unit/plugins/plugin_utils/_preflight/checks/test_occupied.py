# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which something else runs already."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.tests.unit.plugins.plugin_utils._preflight.hosts_of_tests import (
    about,
    hosts,
    listener,
    plan,
    seen,
    told,
)

REMAINS = ["/etc/cni/net.d/10-flannel.conflist", "/etc/kubernetes/admin.conf"]


def test_a_running_flannel_holds_its_own_port() -> None:
    host = seen(2, **listener(8472, "", "udp"))
    host["facts"]["interfaces"].append(
        {**copy.deepcopy(host["facts"]["interfaces"][0]), "name": "flannel.1", "kind": "vxlan"}
    )
    assert told(plan(), hosts(mini2=host)) == []


# host, changes, severity, id, message; "" as id means no finding.
ONE_HOST: list[tuple[int, dict[str, t.Any], str, str, str]] = [
    (2, listener(10250, "nginx"), "error", "port-in-use", "TCP port 10250 is in use by nginx"),
    (
        2,
        listener(10250, ""),
        "error",
        "port-in-use",
        "TCP port 10250 is in use by a process that cannot be seen from here",
    ),
    (2, listener(10250, "kubelet"), "", "", ""),
    (2, listener(6443, "nginx"), "", "", ""),
    (1, listener(6443, "haproxy"), "error", "port-in-use", "TCP port 6443 is in use by haproxy"),
    (1, listener(10257, "kube-controller"), "", "", ""),
    (2, listener(8472, "", "udp"), "error", "port-in-use", "UDP port 8472 is in use by the kernel, for another tunnel"),
    (2, listener(10250, "x", "udp"), "", "", ""),
    (2, {"services": ["docker", "containerd"]}, "warning", "other-container-runtime", "docker runs there"),
    (
        2,
        {"remains": REMAINS},
        "warning",
        "cluster-remains",
        f"holds remains of a cluster without being a node: {', '.join(REMAINS)}",
    ),
    (2, {"remains": [*REMAINS, "/etc/kubernetes/kubelet.conf"]}, "", "", ""),
    (
        2,
        {"kubelet_server": "https://10.0.0.9:6443"},
        "warning",
        "other-cluster",
        "is a node of the cluster at https://10.0.0.9:6443",
    ),
    (2, {"kubelet_server": "https://192.0.2.1:6443"}, "", "", ""),
]


@pytest.mark.parametrize(("number", "changes", "severity", "id_", "message"), ONE_HOST)
def test_one_host(number: int, changes: dict[str, t.Any], severity: str, id_: str, message: str) -> None:
    assert about(number, **changes) == ([(severity, id_, f"mini{number}", message)] if id_ else [])
