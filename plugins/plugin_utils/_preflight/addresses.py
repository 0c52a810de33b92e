# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The address plan of a cluster, out of its variables and of what its hosts really have."""

from __future__ import annotations

import fnmatch
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import jmespath
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import (
    OUR_DEVICES,
    address_of,
    addresses,
    elsewhere,
    is_local,
)

Facts = t.Mapping[str, t.Any]

_TABLE_MAIN = 254


def node_prefix_length(cluster_configuration: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The node blocks a user asked of the controller manager, by family."""
    flags = {"node-cidr-mask-size": "ipv4", "node-cidr-mask-size-ipv4": "ipv4", "node-cidr-mask-size-ipv6": "ipv6"}
    # What is of a wrong type on the way there is nothing.
    arguments = jmespath.search("controllerManager.extraArgs[?name].[name, value]", cluster_configuration) or []
    return {flags[name]: value for name, value in arguments if str(name) in flags}


def node_networks(node_ips: t.Mapping[str, str], seen: t.Mapping[str, Facts]) -> list[str]:
    """The network of each node address, with the prefix it has on the host's interface."""
    found = (addresses(facts).get(address_of(node_ips.get(name, "")) or "") for name, facts in seen.items())
    return sorted({network for network, _place in filter(None, found)})


def _is_ours(dev: str, gateway: str, facts: Facts, nodes: t.AbstractSet[str]) -> bool:
    # With host-gw, Calico's BGP or direct routing, a node of a cluster routes pods to another one over the ordinary card.
    # On a host that is no node yet, the same route is somebody's VPN.
    if gateway in nodes and facts["kubelet_server"]:
        return True
    return any(fnmatch.fnmatchcase(dev, pattern) for pattern in OUR_DEVICES)


def _networks(facts: Facts, nodes: t.AbstractSet[str]) -> t.Iterator[tuple[str, str]]:
    """(device, network) of every network a host knows: on its interfaces and through its routes."""
    for route in facts["routes"]:
        if not _is_ours(route["dev"], route["gateway"], facts, nodes) and not route["dst"].endswith("/0"):
            yield route["dev"], route["dst"]
    for network, device in addresses(facts).values():
        # A bridge without containers is down and has no route, but Docker will use it again.
        if not _is_ours(device, "", facts, nodes) and not network.endswith(("/32", "/128")):
            yield device, network


def other_networks(
    seen: t.Mapping[str, Facts], node_ips: t.Iterable[str], own: t.Sequence[str]
) -> dict[str, list[str]]:
    """``docker0 on mini1`` (or ``on 3 hosts``) -> networks, without the node networks and link-local ones."""
    nodes = {address for text in node_ips for address in map(address_of, split_addresses(text)) if address}
    hosts: dict[tuple[str, str], list[str]] = {}
    for name, facts in seen.items():
        for device, network in dict.fromkeys(_networks(facts, nodes)):
            if network not in own and not _ip.network(network).is_link_local:
                hosts.setdefault((device, network), []).append(name)
    result: dict[str, list[str]] = {}
    for (device, network), names in sorted(hosts.items()):
        where = names[0] if len(names) == 1 else f"{len(names)} hosts"
        result.setdefault(f"{device} on {where}", []).append(network)
    return result


def _unique(values: t.Iterable[str]) -> list[str]:
    return sorted(set(values))


def _usable(servers: t.Iterable[str]) -> t.Iterator[str]:
    """Name servers that are machines of the network, not this host itself."""
    for server in servers:
        address = address_of(server.split("%", 1)[0])
        if address and not _ip.address(address).is_loopback and not _ip.address(address).is_link_local:
            yield address


def _nodes(node_ips: t.Mapping[str, str], seen: t.Mapping[str, Facts], networks: t.Sequence[str]) -> dict[str, str]:
    """Node addresses; names and addresses of a wrong card are other findings.

    A host nobody saw may be in a network nobody knows.
    """
    known: list[_ip.Network] = [_ip.network(network) for network in networks]

    def counts(name: str, address: str) -> bool:
        if name in seen:
            return not is_local(address) and not elsewhere(seen, name, address)
        return not known or any(_ip.address(address) in network for network in known)

    result = {}
    for name, text in node_ips.items():
        found = [address for address in map(address_of, split_addresses(text)) if address and counts(name, address)]
        if found:
            result[name] = ",".join(found)
    return result


def address_plan(
    values: t.Mapping[str, t.Any], node_ips: t.Mapping[str, str], seen: t.Mapping[str, Facts]
) -> dict[str, t.Any]:
    """The input of the address check: ``values`` are the plan's own keys from variables; what is not known is left out."""
    networks = node_networks(node_ips, seen)
    main = [
        r for facts in seen.values() for r in facts["routes"] if r["table"] == _TABLE_MAIN and r["dst"].endswith("/0")
    ]
    given = values.get("dns_servers")
    servers = [str(server) for server in given] if isinstance(given, list) else []
    servers += [server for facts in seen.values() for server in facts["dns_servers"]]
    plan: dict[str, t.Any] = {
        **values,
        "nodes": _nodes(node_ips, seen, networks),
        "node_networks": networks,
        "gateways": _unique(_usable(route["gateway"] for route in main)),
        "dns_servers": _unique(_usable(servers)),
        "other_networks": {**other_networks(seen, node_ips.values(), networks), **(values.get("other_networks") or {})},
    }
    # cluster_endpoint may be a name, which has no place in a plan of addresses.
    plan["endpoint"] = address_of(plan.get("endpoint") or "")
    return {key: value for key, value in plan.items() if value not in (None, "", [], {})}


__all__ = ("address_plan", "node_networks", "node_prefix_length", "other_networks")
