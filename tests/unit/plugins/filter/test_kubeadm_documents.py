# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's documents; what they hold is told by the tests of what makes them."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.kubeadm_documents import FilterModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import init_documents

kubeadm_documents = FilterModule().filters()["kubeadm_documents"]
CLUSTER = {
    "name": "homelab",
    "version": "1.37.2",
    "endpoint": "192.168.0.11:6443",
    "sans": ["192.168.0.11"],
    "pods": "10.244.0.0/16",
    "services": "10.96.0.0/12",
    "dns_domain": "cluster.local",
    "proxy_mode": "nftables",
}
NODE = {"name": "mini1", "address": "192.168.0.11", "schedulable": False, "ignore_preflight_errors": []}
KINDS = ["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"]


@pytest.mark.parametrize("user", [None, {}, {"kubelet": {"maxPods": 200}}, {"kubelet": None}])
def test_documents(user: dict[str, t.Any] | None) -> None:
    made = kubeadm_documents(CLUSTER, NODE) if user is None else kubeadm_documents(CLUSTER, node=NODE, user=user)
    assert made == init_documents(CLUSTER, NODE, user or {})
    assert [document["kind"] for document in made] == KINDS
    assert made[2].get("maxPods") == ((user or {}).get("kubelet") or {}).get("maxPods")


def test_error() -> None:
    user = {"cluster": {"apiServer": {"extraArgs": {"v": "5"}}}}
    error = (
        "cluster.apiServer.extraArgs is a mapping, which kubeadm's v1beta4 configuration no longer reads; "
        "write a list: [{name: v, value: '5'}]"
    )
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        kubeadm_documents(CLUSTER, NODE, user)


@pytest.mark.parametrize("name", sorted({*CLUSTER, *NODE}))
def test_what_is_missing_has_a_name(name: str) -> None:
    cluster, node = ({key: value for key, value in given.items() if key != name} for given in (CLUSTER, NODE))
    with pytest.raises(AnsibleFilterError, match=f"^the cluster or the node has no '{name}'$"):
        kubeadm_documents(cluster, node)
