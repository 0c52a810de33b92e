# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A library that is missing is told where it is used first."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _libraries
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._requirements import LIBRARIES


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_missing_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    library = _libraries.load(name)
    with pytest.raises(ImportError) as info:
        library.anything()
    pip = f"{sys.executable} -m pip install --upgrade '{LIBRARIES[name]}'"
    assert str(info.value) == f"the Python library {name} is missing: {pip}"


def test_a_library_that_is_there() -> None:
    assert _libraries.load("netaddr") is _libraries.netaddr is sys.modules["netaddr"]
    assert _libraries.load("jmespath") is _libraries.jmespath is sys.modules["jmespath"]
