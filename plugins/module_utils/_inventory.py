# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The one place that decides a host's node address from what the inventory says."""

from __future__ import annotations

import typing as t


def node_ips(hosts: t.Iterable[str], hostvars: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Inventory name -> node address: ``cluster_node_ip``, else ``ansible_host``, else the name itself.

    Role defaults of one host are not visible to another, so the default is repeated here and nowhere else.
    """
    result = {}
    for host in hosts:
        variables = hostvars[host]
        result[host] = str(variables.get("cluster_node_ip") or variables.get("ansible_host") or host)
    return result


__all__ = ("node_ips",)
