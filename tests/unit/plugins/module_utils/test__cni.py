# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod network is one row and a role; what must name it besides does."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni
from ansible_collections.homelab.kubernetes.plugins.modules import verify_cluster

ROOT = Path(__file__).parents[4]


def option(role: str, name: str) -> dict[str, t.Any]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta/argument_specs.yml").read_text())
    return dict(specs["argument_specs"]["main"]["options"][name])


@pytest.mark.parametrize("name", _cni.OURS)
def test_a_network_is_a_row_and_a_role(name: str) -> None:
    assert (ROOT / "roles" / name / "tasks/main.yml").is_file()
    row = _cni.pod_network(name)
    assert all((row.title, row.registry, row.namespace, row.port, row.links, row.modules))
    assert row.makes(row.device)


def test_whoever_takes_a_network_takes_all_of_them() -> None:
    documented = yaml.safe_load(verify_cluster.DOCUMENTATION)["options"]["cni"]["choices"]
    assert [option("cluster", "cluster_cni")["choices"], option("prereqs", "prereqs_cni")["choices"], documented] == [
        list(_cni.POD_NETWORKS)
    ] * 3


def test_nothing_else_has_a_table_of_networks() -> None:
    """A file that names two of them beside each other is one more table; the choices above are compared with the row."""
    known = {
        "plugins/module_utils/_cni.py",
        "plugins/module_utils/_host/facts.py",  # the networks of others too, as their files are named
        "plugins/filter/addon_manifest.py",
    }
    both = re.compile(r"(?s)['\"]flannel['\"].*['\"]calico['\"]|['\"]calico['\"].*['\"]flannel['\"]")
    files = [path for folder in ("plugins", "roles", "playbooks") for path in (ROOT / folder).rglob("*")]
    texts = {path: path.read_text() for path in files if path.suffix in (".py", ".yml")}
    found = {str(path.relative_to(ROOT)) for path, text in texts.items() if both.search(text)}
    assert found - known == set()


@pytest.mark.parametrize("name", ["none", "", "cilium", 5, None, ["flannel"]])
def test_what_is_no_pod_network_ours_has_nothing(name: object) -> None:
    row = _cni.pod_network(name)
    assert row is _cni.POD_NETWORKS["none"]
    assert not row.makes("eth0")


@pytest.mark.parametrize(
    ("name", "device", "expected"),
    [
        ("flannel", "flannel.1", True),
        ("flannel", "flannel-v6.1", True),
        ("flannel", "flannel-wg", True),
        ("flannel", "flannel", False),
        ("flannel", "cni0", True),
        ("flannel", "mycni0", False),
        ("calico", "cali0a1b2c3d4e5", True),
        ("calico", "wireguard.cali", True),
        # The kernel's own, there with its module whoever has loaded it.
        ("calico", "tunl0", False),
        ("calico", "flannel.1", False),
    ],
)
def test_who_makes_a_device(name: str, device: str, expected: bool) -> None:
    assert _cni.pod_network(name).makes(device) is expected


def test_where_network_manager_is_told() -> None:
    assert _cni.manager_file("calico") == "/etc/NetworkManager/conf.d/homelab-calico.conf"
