# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where the API is reached: at the address of one host, or at one that the control planes keep between them."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import virtual_ip as _virtual_ip
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import inventory as inventory_kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import network as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import occupied as occupied_kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._ports import API
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import (
    address_of,
    addresses,
    server_host,
    server_port,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.occupied import addon_ports
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import PORTS, Context, Facts

_SUBJECTS = ["cluster_endpoint"]
_PORT_SUBJECTS = ["virtual_ip_haproxy_port"]


def _nodes(context: Context) -> dict[str, list[str]]:
    """Node addresses in one spelling, names as they are."""
    given: t.Mapping[str, str] = context.plan.get("node_ips", {})
    return {name: [address_of(text) or text for text in split_addresses(texts)] for name, texts in given.items()}


def _virtual(context: Context) -> str:
    """The address that the control planes are to keep; "" for none."""
    endpoint = address_of(context.plan.get("endpoint", "")) or ""
    provider = context.plan.get("virtual_ip_provider", "")
    address = _virtual_ip.virtual_address(endpoint, _nodes(context), provider)
    # An address of this machine alone is another finding.
    return "" if address and (_ip.address(address).is_loopback or _ip.address(address).is_link_local) else address


def _control_planes(context: Context) -> dict[str, Facts]:
    """The facts of the control planes that could be looked at."""
    return {name: context.seen[name] for name in context.plan.get("control_plane", []) if name in context.seen}


def _owner(context: Context) -> str:
    """The host whose own address or name the endpoint is; "" for none, or where the endpoint is wrong and nobody knows."""
    endpoint, control_plane = context.plan.get("endpoint"), context.plan.get("control_plane", [])
    if not endpoint:
        return control_plane[0] if endpoint == "" and control_plane else ""
    meant = address_of(endpoint) or endpoint
    return next((name for name, own in _nodes(context).items() if meant in (name, *own)), "")


def check_endpoint(context: Context) -> t.Iterable[Finding]:
    """Several control planes are not reached at the address of one, and none at that of a worker."""
    owner, control_plane = _owner(context), context.plan.get("control_plane", [])
    if not owner or not control_plane:
        return
    endpoint = context.plan["endpoint"]
    if owner not in control_plane:
        yield inventory_kinds.ENDPOINT_OF_WORKER.at(
            subjects=_SUBJECTS, endpoint=endpoint, owner=owner, first=control_plane[0]
        )
    elif len(control_plane) > 1:
        yield inventory_kinds.ENDPOINT_OF_ONE_HOST.at(
            subjects=["groups.control_plane", *_SUBJECTS],
            count=len(control_plane),
            owner=owner,
            endpoint=endpoint or "empty",
        )


def check_virtual_ip_place(context: Context) -> t.Iterable[Finding]:
    """The address is in the network of every control plane's node address, and in its family."""
    address = _virtual(context)
    if not address:
        return
    outside: dict[str, list[str]] = {}
    for name in context.plan.get("control_plane", []):
        own = [text for text in _nodes(context).get(name, []) if address_of(text)]
        same = [text for text in own if (":" in text) == (":" in address)]
        if own and not same:
            family = _ip.address(address).version
            yield kinds.VIRTUAL_IP_FAMILY.at(name, subjects=["cluster_node_ip"], family=family, address=address)
        # A node address on none of the host's cards is another finding.
        network = addresses(context.seen[name]).get(same[0], ("", ""))[0] if same and name in context.seen else ""
        if network and _ip.address(address) not in _ip.network(network):
            outside.setdefault(network, []).append(name)
    if outside:
        hosts = ", ".join(name for names in outside.values() for name in names)
        networks = " and ".join(outside)
        yield kinds.VIRTUAL_IP_OUTSIDE.at(subjects=_SUBJECTS, address=address, hosts=hosts, networks=networks)


def _answer(context: Context, address: str) -> str:
    """Who else has the address, in words; "" for nobody, or for a control plane."""
    control_plane, seen = set(context.plan.get("control_plane", [])), _control_planes(context)
    cards = {name: addresses(facts)[address][1] for name, facts in context.seen.items() if address in addresses(facts)}
    others = [f"{name} has it on its card {card}" for name, card in cards.items() if name not in control_plane]
    # A control plane that nobody looked at may hold it.
    if others or cards or control_plane != set(seen):
        return "; ".join(others)
    told = [facts["virtual_ip"] for facts in seen.values()]
    macs = {one["mac"] for one in told} - {""}
    # It moves while hosts are looked at, one after the other.
    if macs & {card["mac"] for facts in seen.values() for card in facts["interfaces"]}:
        return ""
    if macs:
        return f"the machine {' and '.join(sorted(macs))} answers"
    # Where ours runs, an answer without a name may well be its own.
    ours = any(facts["keepalived"] == "ours" for facts in seen.values())
    return "something answers at TCP port 6443" if not ours and any(one["answers"] for one in told) else ""


def check_virtual_ip_free(context: Context) -> t.Iterable[Finding]:
    """Nobody has the address but a control plane, and that by keepalived."""
    address = _virtual(context)
    who = _answer(context, address) if address else ""
    if who:
        yield kinds.VIRTUAL_IP_TAKEN.at(subjects=_SUBJECTS, address=address, who=who)
    for name, facts in _control_planes(context).items():
        network, card = addresses(facts).get(address, ("", ""))
        if card and "keepalived" not in facts["services"]:
            given = f"{address}/{network.rpartition('/')[2]}"
            yield kinds.VIRTUAL_IP_FIXED.at(name, subjects=_SUBJECTS, address=address, card=card, network=given)


def check_keepalived(context: Context) -> t.Iterable[Finding]:
    """A keepalived that a person has configured is not ours to write over."""
    address = _virtual(context)
    for name, facts in _control_planes(context).items() if address else ():
        if facts["keepalived"] == "user":
            yield occupied_kinds.KEEPALIVED_CONFIGURED.at(name, subjects=["virtual_ip_provider"], address=address)


def _haproxy_port(context: Context) -> int:
    """Where haproxy is to take connections; 0 for nowhere."""
    return int(context.plan.get("virtual_ip_haproxy_port", 0))


def _without_virtual_ip(context: Context) -> str:
    """Why the control planes keep no address; "" where they do, or where the endpoint is wrong, which is another finding."""
    endpoint, provider = context.plan.get("endpoint"), context.plan.get("virtual_ip_provider")
    if endpoint is None or provider is None:
        return ""
    owner = _owner(context)
    if not endpoint:
        return "cluster_endpoint is empty"
    if owner:
        return f"cluster_endpoint {endpoint} is {owner}'s own"
    if not address_of(endpoint):
        return f"cluster_endpoint {endpoint} is a name"
    return "virtual_ip_provider is none" if provider != _virtual_ip.KEEPALIVED else ""


def _needer(context: Context, port: int) -> str:
    """What else needs a port on a control plane; "" for nothing."""
    if 30000 <= port <= 32767:
        return "NodePort services (30000 to 32767)"
    return next(iter({**PORTS["control_plane"], **addon_ports(context)}.get(port, ())), "")


def check_haproxy_port(context: Context) -> t.Iterable[Finding]:
    """The port of haproxy is nobody else's on the control planes, and of use."""
    port, subjects = _haproxy_port(context), _PORT_SUBJECTS
    reason = _without_virtual_ip(context) if port else ""
    if reason:
        yield kinds.VIRTUAL_IP_PORT_UNUSED.at(subjects=subjects, port=port, reason=reason)
    if not port or not _virtual(context):
        return
    needer = _needer(context, port)
    if needer:
        yield kinds.VIRTUAL_IP_PORT_RESERVED.at(subjects=subjects, port=port, needer=needer)
        return
    for name, facts in _control_planes(context).items():
        listeners = {one["process"] for one in facts["listeners"] if (one["proto"], one["port"]) == ("tcp", port)}
        ours = {"haproxy"} if "homelab-api-balancer" in facts["services"] else set()
        # Without root no process is known, and not-root says so.
        for process in sorted(listeners - ours) if facts["uid"] == 0 else ():
            yield occupied_kinds.HAPROXY_PORT_IN_USE.at(
                name,
                subjects=subjects,
                port=port,
                process=process or "a process that cannot be seen from here",
                it=process or "it",
            )


def _at(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_endpoint_moves(context: Context) -> t.Iterable[Finding]:
    """A cluster that runs is reached elsewhere than at the endpoint that is asked for."""
    endpoint = context.plan.get("endpoint", "")
    wanted = address_of(endpoint) or endpoint
    port = (_haproxy_port(context) if _virtual(context) else 0) or API
    for name, facts in _control_planes(context).items() if wanted else ():
        server = facts["running_cluster"].get("server", "")
        has, now = server_host(server), server_port(server)
        if has and has != wanted:
            yield occupied_kinds.ENDPOINT_MOVES.at(name, subjects=_SUBJECTS, wanted=wanted, has=has)
        elif has and now != port:
            yield occupied_kinds.ENDPOINT_PORT_MOVES.at(
                name,
                subjects=_PORT_SUBJECTS,
                wanted=_at(wanted, port),
                has=_at(has, now),
                port=0 if now == API else now,
            )


__all__ = (
    "check_endpoint",
    "check_endpoint_moves",
    "check_haproxy_port",
    "check_keepalived",
    "check_virtual_ip_free",
    "check_virtual_ip_place",
)
