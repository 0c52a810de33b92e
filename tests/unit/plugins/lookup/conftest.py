# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookups without Ansible's loader, which does not share its imports with pytest."""

from __future__ import annotations

import types
import typing as t

import pytest
import yaml

Look = t.Callable[..., t.List[t.Any]]


@pytest.fixture
def look() -> Look:
    """Runs the lookup of a module with options, where none is given with what its documentation says."""

    def run(module: types.ModuleType, terms: list[t.Any], **given: t.Any) -> list[t.Any]:
        documented = yaml.safe_load(module.DOCUMENTATION)["options"]
        assert set(given) <= set(documented)
        options = {name: option.get("default") for name, option in documented.items()} | given
        lookup = module.LookupModule()
        lookup.set_options = lambda **_more: None
        lookup.get_option = options.__getitem__
        return list(lookup.run(terms, {}))

    return run
