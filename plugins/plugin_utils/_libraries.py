# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Libraries of the control node. One that is missing stops nothing until it is used, and then the error says how to install it.

Playbooks ask for all of them first (playbooks/requirements.yml). This is for filters and roles that somebody uses alone.
"""

from __future__ import annotations

import importlib
import sys
import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._requirements import library_missing


class Missing:
    """Stands for a library that cannot be imported; whatever is asked of it raises ImportError with the fix."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, _attribute: str) -> t.NoReturn:
        raise ImportError(library_missing(self._name, sys.executable))


def load(name: str) -> t.Any:
    """The library, or what stands for it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return Missing(name)


if t.TYPE_CHECKING:
    import jmespath
    import netaddr
else:
    jmespath, netaddr = load("jmespath"), load("netaddr")

__all__ = ("Missing", "jmespath", "load", "netaddr")
