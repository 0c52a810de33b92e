# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several control planes that keep one address between them, and what a check says of them."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Check, Context

Told = list[tuple[str, str]]
VIP = "192.168.0.10"
NODES = {
    "mini1": "192.168.0.11",
    "mini2": "192.168.0.12,fd00::12",
    "mini3": "192.168.0.13",
    "mini4": "192.168.0.14",
}


def facts(number: int, *more: str, **changes: t.Any) -> dict[str, t.Any]:
    """A host with these addresses more on its card."""
    addresses = [f"192.168.0.{10 + number}/24", *more]
    return {
        "machine_id": str(number),
        "interfaces": [{"name": "eno1", "mac": f"02:00:00:00:00:0{number}", "addresses": addresses}],
        "services": [],
        "keepalived": "nobody",
        "running_cluster": {},
        "listeners": [],
        "uid": 0,
        "virtual_ip": {"answers": False, "mac": ""},
        **changes,
    }


def context(
    control_plane: t.Sequence[str] = ("mini1", "mini2", "mini3"),
    seen: t.Optional[t.Mapping[str, dict[str, t.Any]]] = None,
    **changes: t.Any,
) -> Context:
    hosts = {name: facts(number) for number, name in enumerate(NODES, 1)} if seen is None else seen
    plan: t.Any = {
        "control_plane": list(control_plane),
        "workers": [name for name in NODES if name not in control_plane],
        "cluster": list(NODES),
        "endpoint": VIP,
        "virtual_ip_provider": "keepalived",
        "node_ips": NODES,
        **changes,
    }
    return Context(plan, {name: {"state": "ok", "facts": of} for name, of in hosts.items()})


def with_changes(**changed: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """All hosts, some of them others."""
    return {**{name: facts(number) for number, name in enumerate(NODES, 1)}, **changed}


def told(check: Check, on: Context) -> Told:
    """(id with its host, message)"""
    return [(f"{f['id']} {f['host']}".strip(), f["message"]) for f in check(on)]
