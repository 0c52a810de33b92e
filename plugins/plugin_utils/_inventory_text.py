# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A commented inventory from a short list of hosts. Nothing is asked, nothing is scanned, nothing is guessed of a network."""

from __future__ import annotations

import json
import re
import typing as t

import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._templates.render import render

FORM = "name=address, such as mini1=192.168.0.11"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_USER = re.compile(r"[A-Za-z_][-A-Za-z0-9_.]*")


class Machine(t.NamedTuple):
    """A host of the inventory."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """The name as YAML reads it as text: a bare 101, on or 1e3 would be a number or a boolean."""
        return self.name if isinstance(yaml.safe_load(self.name), str) else json.dumps(self.name)


def machines(text: str) -> list[Machine]:
    """``mini1=192.168.0.11,mini2=192.168.0.12`` or the same with spaces. Raises ValueError that names the entry."""
    found: list[Machine] = []
    for number, entry in enumerate(re.split(r"[,\s]+", text.strip(", \n")), 1):
        name, equals, address = entry.partition("=")
        where = f'host {number}, "{entry}"'
        if not equals:
            raise ValueError(f"{where}: must be {FORM}")
        if not _NAME.fullmatch(name) or len(name) > 63:
            raise ValueError(f"{where}: a node's name has small letters, digits, - and . only, at most 63")
        try:
            _ip.address(address)
        except ValueError:
            raise ValueError(f"{where}: {address or 'nothing'} is no address; must be {FORM}") from None
        for other in found:
            if name == other.name or _ip.address(address) == _ip.address(other.address):
                raise ValueError(f"{where}: {other.name}={other.address} has that name or address already")
        found.append(Machine(name, address))
    return found


def hosts_file(text: str, *, user: str = "") -> str:
    """``hosts.yml``: the first host is the control plane, the others are workers. Raises ValueError."""
    found = machines(text)
    if user and not _USER.fullmatch(user):
        raise ValueError(f'user is "{user}"; must be the name of a user on the machines, such as ubuntu')
    return render("hosts.yml.j2", user=user, groups={"control_plane": found[:1], "workers": found[1:]})


def variables_file(text: str) -> str:
    """``group_vars/all.yml``: what most people set, commented out with its default. Raises ValueError."""
    first = _ip.address(machines(text)[0].address)
    base = str(first).rpartition(".")[0] if first.version == 4 else ""
    example = f"[{base}.200-{base}.219]" if base else '["fd00:1::100-fd00:1::11f"]'
    return render("variables.yml.j2", example=example)


__all__ = ("Machine", "hosts_file", "machines", "variables_file")
