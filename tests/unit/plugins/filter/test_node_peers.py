# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node must reach on the others: a host about which nothing certain is known is left out."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.homelab.kubernetes.plugins.filter.node_peers import FilterModule

node_peers = FilterModule().filters()["node_peers"]


class Broken(dict[str, t.Any]):
    """Variables of a host whose node address is a template that cannot be evaluated."""

    def get(self, *_arguments: t.Any) -> t.Any:
        raise AnsibleUndefinedVariable("'lan' is undefined")


HOSTVARS = {
    "cp1": {"ansible_host": "192.168.0.11"},
    "cp2": {"ansible_host": "192.168.0.12"},
    "w1": {"ansible_host": "10.0.0.21", "cluster_node_ip": "192.168.0.21,fd00::21"},
    "w2": Broken(),
    "w3": {"ansible_host": "w3.lan"},
}
CONTROL_PLANE = ["cp1", "cp2"]
CASES: list[tuple[str, dict[str, t.Any], dict[str, t.Any]]] = [
    (
        "w1",
        {"cni": "flannel"},
        {
            "cp1": {"address": "192.168.0.11", "tcp": [6443, 10250], "udp": 8472},
            "cp2": {"address": "192.168.0.12", "tcp": [6443, 10250], "udp": 8472},
        },
    ),
    (
        "cp1",
        {"cni": "calico", "encapsulation": "ipip", "load_balancer": True},
        {
            "cp2": {"address": "192.168.0.12", "tcp": [179, 2379, 2380, 6443, 7946, 10250], "udp": 4789},
            "w1": {"address": "192.168.0.21", "tcp": [179, 7946, 10250], "udp": 4789},
        },
    ),
]
# Whatever is no network that is known counts as none; that is a finding of its own.
CASES += [
    ("cp2", {"cni": unknown}, {name: {**peer, "udp": 0} for name, peer in found.items()})
    for unknown in ("weave", None, ["flannel"], "none")
    for found in [
        {
            "cp1": {"address": "192.168.0.11", "tcp": [2379, 2380, 6443, 10250]},
            "w1": {"address": "192.168.0.21", "tcp": [10250]},
        }
    ]
]


@pytest.mark.parametrize(("host", "options", "expected"), CASES)
def test_peers(host: str, options: dict[str, t.Any], expected: dict[str, t.Any]) -> None:
    assert node_peers(host, list(HOSTVARS), HOSTVARS, CONTROL_PLANE, **options) == expected
