# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kubeadm's ConfigMap of the kubelet."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubelet.settings import with_settings
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.kubelet_config import kubelet_settings

WANTED = {"serverTLSBootstrap": True}


def config_map(**fields: t.Any) -> dict[str, t.Any]:
    text = yaml.safe_dump({"kind": "KubeletConfiguration", "maxPods": 150, **fields})
    return {"metadata": {"name": "kubelet-config", "namespace": "kube-system", "uid": "1"}, "data": {"kubelet": text}}


@pytest.mark.parametrize("fields", [{}, {"serverTLSBootstrap": False}])
def test_what_is_missing_is_added_and_nothing_else_changes(fields: dict[str, t.Any]) -> None:
    (change,) = kubelet_settings([config_map(**fields)], WANTED)
    assert change["what"] == "serverTLSBootstrap: True"
    assert change["patch"]["metadata"] == {"name": "kubelet-config", "namespace": "kube-system"}
    found = yaml.safe_load(change["patch"]["data"]["kubelet"])
    assert found == {"kind": "KubeletConfiguration", "maxPods": 150, "serverTLSBootstrap": True}


def test_a_name_that_ansible_has_marked_is_written() -> None:
    """Texts of inventories and roles are of a kind of their own, which knows where they come from."""

    class Marked(str):
        __slots__ = ()

    (change,) = kubelet_settings([config_map()], {Marked("serverTLSBootstrap"): True})
    assert yaml.safe_load(change["patch"]["data"]["kubelet"])["serverTLSBootstrap"] is True


def test_what_is_there_stays() -> None:
    assert kubelet_settings([config_map(**WANTED)], WANTED) == []


@pytest.mark.parametrize("text", ["", "[]", "kind: Other"])
def test_what_is_no_configuration_is_refused(text: str) -> None:
    config = {**config_map(), "data": {"kubelet": text}}
    message = "ConfigMap kubelet-config holds no KubeletConfiguration under the key kubelet"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        kubelet_settings([config], WANTED)


FILE = "apiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:\n  anonymous:\n    enabled: false\nmaxPods: 150\n"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        (FILE, WANTED, f"{FILE}serverTLSBootstrap: true\n"),
        (FILE.rstrip("\n"), WANTED, f"{FILE}serverTLSBootstrap: true\n"),
        (f"serverTLSBootstrap: false # mine\n{FILE}", WANTED, f"serverTLSBootstrap: true\n{FILE}"),
        (f"serverTLSBootstrap : false\n{FILE}", WANTED, f"serverTLSBootstrap: true\n{FILE}"),
        (f"{FILE}serverTLSBootstrap: true\n", {"serverTLSBootstrap": False}, f"{FILE}serverTLSBootstrap: false\n"),
        (f"{FILE}serverTLSBootstrap: true\n", WANTED, f"{FILE}serverTLSBootstrap: true\n"),
        # Not at the top.
        ("a:\n  maxPods: 1\n", {"maxPods": 2}, "a:\n  maxPods: 1\nmaxPods: 2\n"),
        ("", {"a": "b\\1"}, 'a: "b\\\\1"\n'),
    ],
)
def test_settings_of_a_node(before: str, wanted: dict[str, t.Any], after: str) -> None:
    assert with_settings(before, wanted) == after
    assert with_settings(after, wanted) == after
    assert {**(yaml.safe_load(before) or {}), **wanted} == yaml.safe_load(after)


def test_settings_of_a_node_in_json() -> None:
    message = "it is written as JSON; write it as YAML, a setting to a line, as kubeadm does"
    with pytest.raises(ValueError, match=f"^{message}$"):
        with_settings('\n{"maxPods": 150}', WANTED)
