# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The roles of this collection as data, and a host's variables as those roles will see them.

Ansible shows a role's defaults to the play that lists the role, and to nobody else. Whoever needs one elsewhere reads it here,
where it is written once.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.template import Templar
from ansible_collections.homelab.kubernetes.plugins.module_utils import _inventory
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import jmespath

ROLES = Path(__file__).resolve().parents[2] / "roles"
NAMES = tuple(sorted(path.name for path in ROLES.iterdir() if path.is_dir()))
Get = t.Callable[[str], t.Any]


class Role:
    """Options, defaults and variables of one role, each read when it is asked for."""

    def __init__(self, name: str, loader: t.Any) -> None:
        self.name = name
        self._loader = loader

    def _load(self, path: str) -> dict[str, t.Any]:
        file = ROLES / self.name / path
        return (self._loader.load_from_file(str(file), trusted_as_template=True) or {}) if file.is_file() else {}

    @functools.cached_property
    def options(self) -> dict[str, dict[str, t.Any]]:
        return jmespath.search("argument_specs.main.options", self._load("meta/argument_specs.yml")) or {}

    @functools.cached_property
    def defaults(self) -> dict[str, t.Any]:
        return self._load("defaults/main.yml")

    @functools.cached_property
    def below(self) -> dict[str, t.Any]:
        """What holds where the user says nothing."""
        return {**self.defaults, **self._load("vars/main.yml")}


@functools.cache
def role(name: str, loader: t.Any) -> Role:
    """The role, read once in each process."""
    return Role(name, loader)


def owner(variable: str) -> str:
    """The role whose prefix a variable has, behind the underscore of a private one; "" for a variable of nobody here."""
    return max((name for name in NAMES if variable.removeprefix("_").startswith(f"{name}_")), key=len, default="")


def value(variable: str, own: t.Mapping[str, t.Any], loader: t.Any) -> t.Any:
    """A variable of any role as that role would see it on a host with these variables.

    Raises ValueError for one that no role has, AnsibleError where its expression fails.
    """
    below = role(owner(variable), loader).below if owner(variable) else {}
    if variable not in below:
        raise ValueError(f'"{variable}" is no variable of a role of this collection')
    known = {**role("cluster", loader).below, **below, **own}
    return Templar(loader=loader, variables=known).template(known[variable])


def option(variable: str, own: t.Mapping[str, t.Any], loader: t.Any) -> t.Any:
    """``value`` of what people may set. Raises ValueError for what is no option."""
    if not owner(variable) or variable not in role(owner(variable), loader).defaults:
        raise ValueError(f'"{variable}" is no option of a role of this collection')
    return value(variable, own, loader)


def getter(own: t.Mapping[str, t.Any], loader: t.Any) -> Get:
    """``value`` of one host, None where the expression fails, which is a finding of its own."""

    def get(variable: str) -> t.Any:
        try:
            return value(variable, own, loader)
        except AnsibleError:
            return None

    return get


def known_addresses(hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    """The node addresses of hosts, without those whose expression fails, which is a finding of its own."""
    known: dict[str, list[str]] = {}
    for host in hosts:
        with contextlib.suppress(AnsibleError):
            known.update(_inventory.node_addresses([host], hostvars))
    return known


__all__ = ("NAMES", "ROLES", "Get", "Role", "getter", "known_addresses", "option", "owner", "role", "value")
