# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of roles that a play does not list, and where a node is."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import trust_as_template
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _roles

LOADER = DataLoader()
ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("nfs_server_exports", "nfs_server"),
        ("nfs_storage_client", "nfs_storage"),
        ("kubelet_certificates_enabled", "kubelet_certificates"),
        ("calico_", "calico"),
        ("calico", ""),
        ("ansible_host", ""),
        ("_cluster_environment", "cluster"),
        ("__preflight_host", ""),
    ],
)
def test_whose_a_variable_is(variable: str, expected: str) -> None:
    assert _roles.owner(variable) == expected


@pytest.mark.parametrize(
    ("own", "variable", "expected"),
    [
        ({}, "calico_encapsulation", "vxlan"),
        ({"calico_encapsulation": "ipip"}, "calico_encapsulation", "ipip"),
        ({"calico_encapsulation": trust_as_template("{{ x }}"), "x": "none"}, "calico_encapsulation", "none"),
        ({}, "control_plane_kubelet_configuration", {}),
        # A default that stands on another option of the role, and that on one of the cluster.
        ({}, "kubeadm_apt_repository", "https://pkgs.k8s.io/core:/stable:/v1.37/deb"),
        (
            {"cluster_kubernetes_version": "1.36.4"},
            "kubeadm_apt_repository",
            "https://pkgs.k8s.io/core:/stable:/v1.36/deb",
        ),
        ({"nfs_storage_client": "no"}, "nfs_storage_client", "no"),
    ],
)
def test_options(own: dict[str, t.Any], variable: str, expected: t.Any) -> None:
    assert _roles.option(variable, own, LOADER) == expected
    assert _roles.getter(own, LOADER)(variable) == expected


@pytest.mark.parametrize("variable", ["calico_encapsulating", "ansible_host", "_kubeadm_upstream_keys", ""])
def test_what_is_no_option(variable: str) -> None:
    message = re.escape(f'"{variable}" is no option of a role of this collection')
    with pytest.raises(ValueError, match=f"^{message}$"):
        _roles.option(variable, {variable: 1}, LOADER)


def test_what_is_private_to_a_role_is_for_us_alone() -> None:
    get = _roles.getter({}, LOADER)
    assert get("_kubeadm_upstream_keys") == ["DE15B14486CD377B9E876E1A234654DA9A296436"]
    with pytest.raises(ValueError, match=r'^"_kubeadm_x" is no variable of a role of this collection$'):
        get("_kubeadm_x")


def test_an_expression_that_fails() -> None:
    own = {"calico_encapsulation": trust_as_template("{{ nope }}")}
    with pytest.raises(AnsibleError, match="'nope' is undefined"):
        _roles.option("calico_encapsulation", own, LOADER)
    assert _roles.getter(own, LOADER)("calico_encapsulation") is None


def test_what_preflight_asks_for_is_a_variable() -> None:
    """A wrong name would count as not set, in every cluster."""
    text = (ROOT / "plugins/plugin_utils/_preflight/asked.py").read_text()
    names = set(re.findall(r"(?<![.\w])get\([\"'](\w+)[\"']\)", text))
    assert len(names) > 10
    assert {name for name in names if name not in _roles.role(_roles.owner(name), LOADER).below} == set()


class Broken(dict[str, t.Any]):
    """Variables of a host whose address cannot be evaluated."""

    def get(self, name: str, default: t.Any = None) -> t.Any:
        raise AnsibleError(f"{name} is undefined")


def test_addresses_that_can_be_known() -> None:
    hostvars = {"a": {"ansible_host": "10.0.0.1"}, "b": Broken(), "c": {"cluster_node_ip": "10.0.0.3, fd00::3"}}
    assert _roles.known_addresses(hostvars, hostvars) == {"a": ["10.0.0.1"], "c": ["10.0.0.3", "fd00::3"]}


def test_no_role_repeats_the_default_of_another() -> None:
    """Where that role is not in the play, the lookup role_option knows the default."""
    found = []
    for path in sorted((ROOT / "roles").rglob("*.yml")):
        for name in re.findall(r"\b([a-z]\w+) *\| *default\(", path.read_text()):
            owner = _roles.owner(name)
            if owner and owner != path.relative_to(ROOT / "roles").parts[0]:
                found.append((str(path.relative_to(ROOT)), name))
    assert found == []
