# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A commented inventory from a short list of hosts. Nothing is asked, nothing is scanned, nothing is guessed of a network."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip

FORM = "name=address, such as mini1=192.168.0.11"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_USER = re.compile(r"[A-Za-z_][-A-Za-z0-9_.]*")


class Machine(t.NamedTuple):
    """A host of the inventory."""

    name: str
    address: str


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


def _group(name: str, hosts: t.Sequence[Machine]) -> list[str]:
    lines = [f"        {host.name}: {{ansible_host: {_quoted(host.address)}}}" for host in hosts]
    return [f"    {name}:", "      hosts:" if lines else "      hosts: {}", *lines]


def _quoted(address: str) -> str:
    return f'"{address}"' if ":" in address else address


def hosts_file(text: str, *, user: str = "") -> str:
    """``hosts.yml``: the first host is the control plane, the others are workers. Raises ValueError."""
    found = machines(text)
    if user and not _USER.fullmatch(user):
        raise ValueError(f'user is "{user}"; must be the name of a user on the machines, such as ubuntu')
    login = (
        f"ansible_user: {user}"
        if user
        else "# ansible_user: ubuntu        # who you log in as, when it is not your own name"
    )
    lines = [
        "---",
        "# Who is who. Only SSH and sudo must work; `ansible all -m ansible.builtin.ping -i THIS_FOLDER` tries the first.",
        "all:",
        "  vars:",
        f"    {login}",
        "    ansible_python_interpreter: /usr/bin/python3",
        "cluster:",
        "  vars:",
        "    # Root on the machines, never on the one that runs Ansible. Where sudo asks for a password: --ask-become-pass",
        "    ansible_become: true",
        "  children:",
        *_group("control_plane", found[:1]),
        *_group("workers", found[1:]),
        "# A machine with several network cards says which address is the node's:",
        "#     mini2: {ansible_host: 10.0.0.12, cluster_node_ip: 192.168.0.12}",
        "",
    ]
    return "\n".join(lines)


def variables_file(text: str) -> str:
    """``group_vars/all.yml``: what most people set, commented out with its default. Raises ValueError."""
    first = _ip.address(machines(text)[0].address)
    base = str(first).rpartition(".")[0] if first.version == 4 else ""
    example = f"[{base}.200-{base}.219]" if base else '["fd00:1::100-fd00:1::11f"]'
    return f"""---
# Addresses of your LAN for services of type LoadBalancer, outside your router's DHCP range. Without any there is no load balancer.
# cluster_load_balancer_ranges: {example}

# The rest works as it is; the roles' README files list everything.
# cluster_name: homelab
# cluster_pod_cidr: 10.244.0.0/16        # must not overlap your LAN; preflight proposes another range when it does
# cluster_service_cidr: 10.96.0.0/12
# cluster_cni: flannel
"""


__all__ = ("Machine", "hosts_file", "machines", "variables_file")
