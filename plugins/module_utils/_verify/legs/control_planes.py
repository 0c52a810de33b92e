# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The leg of several control planes: each serves the API at its own address, votes in etcd, and one holds the virtual IP."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import control_planes as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify import objects as v
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import (
    OK,
    ApiDownError,
    Outcome,
    Session,
)

VOTER = "voter"
_API = 6443
# Seconds without an answer that a planned handover never takes, however busy the machines are.
SLOW = 10
# Name -> what control_plane_info told there, or how Ansible failed; nothing where nobody looked.
Looks = t.Mapping[str, t.Mapping[str, t.Any]]


def url(address: str) -> str:
    """An API server at its own address and port, whatever the cluster's endpoint is."""
    return f"https://{v.bracketed(address)}:{_API}"


def not_ready(session: Session, server: str) -> str:
    """Why an API server is not ready; "" for one that is."""
    try:
        reply = session.api.call("GET", "/readyz", server=server)
    except ApiDownError as exc:
        return str(exc)
    return "" if reply.status == OK else f"HTTP {reply.status} {reply.body}".strip()


def api_servers(session: Session) -> list[Finding]:
    """Those that are not ready at their own addresses, each asked until it is or the time is over."""

    def look(name: str) -> tuple[str, str, str]:
        server = url(session.settings.node_addresses[name][0])
        problem = session.until(lambda: not_ready(session, server), lambda problem: not problem, session.deadline)
        return name, server, problem

    asked = session.calls.map(look, session.settings.control_planes)
    return [
        kinds.API_SERVER_DOWN.at(name, server=server, problem=problem) for name, server, problem in asked if problem
    ]


def unseen(looks: Looks) -> dict[str, str]:
    """Those that could not be looked at, and why."""
    return {
        name: str(look.get("msg", "")) for name, look in looks.items() if look.get("unreachable") or look.get("failed")
    }


def etcd(looks: Looks) -> list[Finding]:
    """What is wrong with etcd, as those say whose etcd answers: all have one list of members."""
    found = [
        kinds.ETCD_DOWN.at(name, problem=look["etcd_problem"])
        for name, look in looks.items()
        if look.get("etcd_problem")
    ]
    members: list[dict[str, t.Any]] = next((look["members"] for look in looks.values() if look.get("members")), [])
    voters = {member["name"] for member in members if member["kind"] == VOTER}
    words = ", ".join(f"{member['name'] or member['peers'][0]} ({member['kind']})" for member in members)
    if members:
        found += [kinds.ETCD_MEMBER_MISSING.at(name, members=words) for name in looks if name not in voters]
    strange = [member for member in members if member["name"] and member["name"] not in looks]
    return found + [kinds.ETCD_MEMBER_UNEXPECTED.at(member=member["name"], id=member["id"]) for member in strange]


def virtual_ip(address: str, looks: Looks) -> list[Finding]:
    """Whether exactly one host holds it; where some could not be looked at, at most one."""
    holders = [name for name, look in looks.items() if look.get("holds_virtual_ip")]
    if len(holders) > 1:
        return [kinds.VIRTUAL_IP_TWICE.at(hosts=" and ".join(holders), address=address)]
    seen = all("holds_virtual_ip" in look for look in looks.values())
    return [kinds.VIRTUAL_IP_NOWHERE.at(address=address)] if address and seen and not holders else []


def failover(address: str, watched: t.Iterable[t.Mapping[str, t.Any]]) -> list[Finding]:
    """Where it did not go on at once while the address was taken from its holder.

    A question that is on its way in that moment can be lost: its answer has no way back any more.
    """
    return [
        kinds.VIRTUAL_IP_LOST.at(
            address=address, url=watch["url"], silence=watch["silence"], errors="; ".join(watch["errors"])
        )
        for watch in watched
        if watch["silence"] > SLOW
    ]


def handover(watch: t.Mapping[str, t.Any]) -> str:
    """What a handover cost, in words."""
    return f"handed over with {watch['failed']} of {watch['asked']} requests lost and {watch['silence']} s of silence"


def control_planes(session: Session) -> Outcome:
    """Several control planes are as many API servers and voters, behind one address."""
    looks, address = session.settings.control_planes, session.settings.virtual_ip
    if len(looks) < 2:
        return Outcome("one control plane", skipped=True)
    found = [kinds.CONTROL_PLANE_UNREACHABLE.at(name, problem=problem) for name, problem in unseen(looks).items()]
    found += [finding for finding in api_servers(session) if finding["host"] not in unseen(looks)]
    found += [*etcd(looks), *virtual_ip(address, looks), *failover(address, session.settings.failover)]
    if found:
        places = sorted({finding["host"] or "the cluster" for finding in found})
        return Outcome(f"not as expected: {', '.join(places)}", found)
    voters = sum(member["kind"] == VOTER for member in next(iter(looks.values())).get("members", []))
    holder = next((name for name, look in looks.items() if look.get("holds_virtual_ip")), "")
    parts = [
        f"{len(looks)} API servers",
        f"{voters} voters in etcd" * bool(voters),
        f"{address} on {holder}" * bool(holder),
        *map(handover, session.settings.failover),
    ]
    return Outcome(", ".join(filter(None, parts)))


__all__ = ("control_planes", "etcd", "failover", "unseen", "virtual_ip")
