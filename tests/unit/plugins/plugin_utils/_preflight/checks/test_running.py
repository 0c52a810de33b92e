# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that runs with other values than the inventory asks for."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.running import (
    check_place,
    check_running,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context

RUNS = {"pods": "10.244.0.0/16", "services": "10.96.0.0/12", "dns_domain": "cluster.local"}
ASKED = {**RUNS, "cluster_configuration": {}}

CASES: list[tuple[dict[str, t.Any], dict[str, str], list[str]]] = [
    ({}, RUNS, []),
    ({}, {}, []),
    ({"pods": "10.245.0.0/16"}, {}, []),
    (
        {"pods": "10.245.0.0/16"},
        RUNS,
        ["cluster_pod_cidr is 10.245.0.0/16, but the cluster that runs here was made with 10.244.0.0/16"],
    ),
    (
        {"pods": "10.244.0.0/16,fd00:10:244::/56"},
        RUNS,
        [
            "cluster_pod_cidr is 10.244.0.0/16,fd00:10:244::/56, but the cluster that runs here was made with 10.244.0.0/16"
        ],
    ),
    (
        {"services": "10.112.0.0/12", "dns_domain": "home.arpa"},
        RUNS,
        [
            "cluster_service_cidr is 10.112.0.0/12, but the cluster that runs here was made with 10.96.0.0/12",
            "cluster_dns_domain is home.arpa, but the cluster that runs here was made with cluster.local",
        ],
    ),
    (
        {"cni": "calico"},
        {"cni": "flannel"},
        ["cluster_cni is calico, but the cluster that runs here was made with flannel"],
    ),
    (
        {"cni": "flannel"},
        {"cni": "cilium"},
        ["cluster_cni is flannel, but the cluster that runs here was made with cilium"],
    ),
    ({"cni": "none"}, {"cni": "cilium"}, []),
    ({"cni": "calico"}, {"cni": "calico"}, []),
    # The same, written differently.
    ({"pods": " 10.244.0.0/16", "dns_domain": "Cluster.Local."}, RUNS, []),
    ({"pods": "10.244.0.0/16, FD00::/56"}, {"pods": "10.244.0.0/16,fd00:0::/56"}, []),
    # The user's own settings come last.
    ({"cluster_configuration": {"networking": {"podSubnet": "10.7.0.0/16"}}}, {**RUNS, "pods": "10.7.0.0/16"}, []),
    (
        {"cluster_configuration": {"networking": {"podSubnet": "10.7.0.0/16"}}},
        RUNS,
        [
            "control_plane_cluster_configuration.networking.podSubnet is 10.7.0.0/16, "
            "but the cluster that runs here was made with 10.244.0.0/16"
        ],
    ),
    # What was not understood is another finding, and nothing to compare.
    ({"pods": None, "cluster_configuration": {"networking": "x"}}, RUNS, []),
    ({"pods": "nonsense"}, {"services": "10.96.0.0/12"}, []),
]


@pytest.mark.parametrize(("changes", "runs", "messages"), CASES)
def test_check_running(changes: dict[str, t.Any], runs: dict[str, str], messages: list[str]) -> None:
    facts = {"mini1": {"state": "ok", "facts": {"running_cluster": runs}}, "mini2": {"state": "failed"}}
    found = list(check_running(Context(t.cast("t.Any", {**ASKED, **changes}), t.cast("t.Any", facts))))
    assert [finding["message"] for finding in found] == messages
    assert {(finding["id"], finding["host"]) for finding in found} <= {("running-cluster-differs", "mini1")}


def test_the_finding_says_what_would_be_needed() -> None:
    facts = {"mini1": {"state": "ok", "facts": {"running_cluster": RUNS}}}
    asked = {**ASKED, "pods": "10.245.0.0/16"}
    (finding,) = check_running(Context(t.cast("t.Any", asked), t.cast("t.Any", facts)))
    assert finding["why"].endswith("kubeadm cannot change it in a running cluster.")
    assert finding["fix"] == (
        "cluster_pod_cidr: 10.244.0.0/16 keeps this cluster. Another value needs a new one: save your volumes and objects, "
        "run `kubeadm reset` on every node, then site.yml, then bring them back"
    )
    assert finding["subjects"] == ["cluster_pod_cidr"]


KUBELET = "/etc/kubernetes/kubelet.conf"
API_SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml"
WORKER = ("mini1", "host-is-worker", "is in the group control_plane, but holds the files of a worker")
CONTROL_PLANE = ("mini2", "host-is-control-plane", "is in the group workers, but holds the files of a control plane")

PLACES: list[tuple[list[str], list[str], list[tuple[str, str, str]]]] = [
    ([], [], []),
    ([KUBELET, API_SERVER, "/etc/kubernetes/admin.conf"], [KUBELET, "/etc/kubernetes/pki/ca.crt"], []),
    ([KUBELET], [], [WORKER]),
    ([], [KUBELET, API_SERVER], [CONTROL_PLANE]),
    ([KUBELET], ["/var/lib/etcd/member"], [WORKER, CONTROL_PLANE]),
    # kubeadm init that was cut off before the first manifest; a join before its end; remains that tell nothing.
    (["/etc/kubernetes/admin.conf", KUBELET], ["/etc/kubernetes/bootstrap-kubelet.conf"], []),
    (["/etc/cni/net.d/10-flannel.conflist"], ["/var/lib/kubelet/config.yaml"], []),
]


@pytest.mark.parametrize(("first", "second", "expected"), PLACES)
def test_check_place(first: list[str], second: list[str], expected: list[tuple[str, str, str]]) -> None:
    asked = t.cast("t.Any", {"control_plane": ["mini1"], "workers": ["mini2"]})
    facts = {name: {"state": "ok", "facts": {"remains": r}} for name, r in (("mini1", first), ("mini2", second))}
    found = list(check_place(Context(asked, t.cast("t.Any", facts))))
    assert [(finding["host"], finding["id"], finding["message"]) for finding in found] == expected


def test_the_way_out_of_another_place() -> None:
    asked = t.cast("t.Any", {"control_plane": [], "workers": ["mini2"]})
    facts = {"mini2": {"state": "ok", "facts": {"remains": [API_SERVER]}}}
    (finding,) = check_place(Context(asked, t.cast("t.Any", facts)))
    assert finding["fix"] == (
        "put it back into control_plane; or, where its cluster is needed no more, take it out of its cluster: `kubectl drain "
        "mini2`, `kubectl delete node mini2`, `kubeadm reset` on the host, then run again"
    )
