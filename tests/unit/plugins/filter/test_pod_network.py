# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What roles learn of a pod network."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter import pod_network as plugin
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni

NOTHING: dict[str, t.Any] = {"unmanaged": [], "network_manager": ""}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", {"namespace": "", **NOTHING}),
        ("flannel", {"namespace": "kube-flannel", **NOTHING}),
        (
            "calico",
            {
                "namespace": "kube-system",
                "unmanaged": ["cali*", "tunl*", "vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali"],
                "network_manager": "/etc/NetworkManager/conf.d/homelab-calico.conf",
            },
        ),
    ],
)
def test_what_is_known(name: str, expected: dict[str, t.Any]) -> None:
    assert plugin.pod_network(name) == expected


@pytest.mark.parametrize("name", ["cilium", "", "Flannel"])
def test_a_network_that_is_not_known(name: str) -> None:
    message = f'"{name}" is no pod network that is known; there are flannel, calico, none'
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(message)}$"):
        plugin.pod_network(name)


def test_the_documented_choices() -> None:
    assert yaml.safe_load(plugin.DOCUMENTATION)["options"]["_input"]["choices"] == list(_cni.POD_NETWORKS)
