# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ansible-doc` says of a filter is what the filter takes."""

from __future__ import annotations

import importlib
import inspect
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.filter import addon_manifest, nfs_shares, patches, storage_objects
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _ports
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._summary.text import summary

FILTERS = sorted(path.stem for path in Path(addon_manifest.__file__).parent.glob("*.py"))
# Filters that choose among functions, by the name of what they do.
CHOICES: dict[str, t.Mapping[str, t.Callable[..., t.Any]]] = {
    "addon_manifest": addon_manifest.ADDONS,
    "nfs_shares": nfs_shares.VIEWS,
    "patches": patches.KINDS,
    "storage_objects": storage_objects.KINDS,
}
# Filters that hand their options on.
BEHIND: dict[str, list[t.Callable[..., t.Any]]] = {
    **{name: list(known.values()) for name, known in CHOICES.items()},
    "cluster_summary": [summary],
    "firewall_ports": [_ports.firewall_ports],
}


def module(name: str) -> t.Any:
    return importlib.import_module(f"ansible_collections.homelab.kubernetes.plugins.filter.{name}")


def options(name: str) -> dict[str, dict[str, t.Any]]:
    return dict(yaml.safe_load(module(name).DOCUMENTATION)["options"])


def parameters(name: str) -> dict[str, inspect.Parameter]:
    """Everything that may be given, the input left out."""
    own = list(inspect.signature(module(name).FilterModule().filters()[name]).parameters.values())[1:]
    found = {one.name: one for one in own if one.kind is not one.VAR_KEYWORD}
    assert (len(found) < len(own)) == (name in BEHIND)
    for function in BEHIND.get(name, []):
        found |= {one.name: one for one in list(inspect.signature(function).parameters.values())[1:]}
    return found


@pytest.mark.parametrize("name", FILTERS)
def test_a_file_has_the_filter_of_its_name(name: str) -> None:
    documentation = yaml.safe_load(module(name).DOCUMENTATION)
    assert list(module(name).FilterModule().filters()) == [name] == [documentation["name"]]
    assert isinstance(yaml.safe_load(module(name).EXAMPLES), list)
    assert list(yaml.safe_load(module(name).RETURN)) == ["_value"]


@pytest.mark.parametrize("name", FILTERS)
def test_options(name: str) -> None:
    told = options(name)
    assert told.pop("_input")["required"] is True
    assert sorted(told) == sorted(parameters(name))
    for option, parameter in parameters(name).items():
        needed = parameter.default is parameter.empty
        if name in CHOICES and option not in ("name", "wanted"):
            assert ("needs it." in told[option]["description"]) == needed, option
            assert not told[option].get("required"), option
        else:
            assert told[option].get("required", False) == needed, option
        if not needed:
            # None and () stand for a mapping and a list that nobody can change by accident.
            assert (told[option].get("default") or None) == (parameter.default or None), option


def test_choices() -> None:
    for name, known in CHOICES.items():
        assert options(name)["name"]["choices"] == list(known)
    assert options("addon_manifest")["encapsulation"]["choices"] == list(calico.ENCAPSULATIONS)
    assert options("addon_manifest")["dataplane"]["choices"] == list(calico.DATAPLANES)
    assert sorted(options("firewall_ports")["cni"]["choices"]) == sorted(_cni.POD_NETWORKS)
