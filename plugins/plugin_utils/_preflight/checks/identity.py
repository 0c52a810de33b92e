# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of hosts against each other: names, machine ids, clocks."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import identity as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import address_of
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, Host
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import yes

# Kinds of devices whose MAC address is made up and means nothing to the LAN.
_PHYSICAL = ("", "bond", "macvlan", "vlan")


def check_hostnames(context: Context) -> t.Iterable[Finding]:
    # Names that prereqs is going to set are those of the inventory, which are different.
    if yes(context.plan.get("manage_hostname", False)):
        return
    seen = context.seen
    for name, hosts in context.shared((host, facts["hostname"].lower()) for host, facts in seen.items()).items():
        yield kinds.HOSTNAME_DUPLICATE.at(hosts=", ".join(hosts), name=name)


def check_identity(context: Context) -> t.Iterable[Finding]:
    seen = context.seen
    for value, hosts in context.shared((host, facts["machine_id"]) for host, facts in seen.items()).items():
        yield kinds.MACHINE_ID_DUPLICATE.at(hosts=", ".join(hosts), value=value, others=", ".join(hosts[1:]))
    for value, hosts in context.shared((host, facts["product_uuid"]) for host, facts in seen.items()).items():
        yield kinds.PRODUCT_UUID_DUPLICATE.at(hosts=", ".join(hosts), value=value)


def _meet(context: Context, mac: str, hosts: t.Sequence[str]) -> bool:
    """Whether interfaces of one MAC address are on one LAN: the nodes' own, or in one network with different addresses.

    VirtualBox gives every machine of a box one MAC address on its NAT interface, and 10.0.2.15 behind a NAT of its own.
    """
    seen: dict[str, set[str]] = {}
    for host in hosts:
        nodes = {address_of(text) for text in split_addresses(context.plan.get("node_ips", {}).get(host, ""))}
        for interface in context.seen[host]["interfaces"]:
            if interface["mac"] != mac:
                continue
            for found in map(_ip.interface, interface["addresses"]):
                if str(found.ip) in nodes:
                    return True
                if not found.ip.is_link_local:
                    seen.setdefault(str(found.network), set()).add(str(found.ip))
    return any(len(addresses) > 1 for addresses in seen.values())


def check_mac(context: Context) -> t.Iterable[Finding]:
    macs = [
        (host, interface["mac"])
        for host, facts in context.seen.items()
        for interface in facts["interfaces"]
        if interface["kind"] in _PHYSICAL and interface["mac"].strip("0:")
    ]
    for value, hosts in context.shared(macs).items():
        if _meet(context, value, hosts):
            yield kinds.MAC_DUPLICATE.at(hosts=", ".join(hosts), value=value)


def check_node_names(context: Context) -> t.Iterable[Finding]:
    label = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    for name in context.plan.get("cluster", []):
        if len(name) > 63 or not re.fullmatch(rf"{label}(\.{label})*", name):
            yield kinds.NODE_NAME_INVALID.at(name)


def _skew(host: Host) -> t.Tuple[float, float]:
    """How far the host's clock is ahead of this machine's: at least and at most.

    Nobody knows when between sending and receiving the host looked at its clock, so only bounds are certain.
    """
    clock = host["facts"]["clock"]
    return clock["finished"] - host["received"], clock["started"] - host["sent"]


def check_clock(context: Context) -> t.Iterable[Finding]:
    skews = {name: _skew(host) for name, host in context.hosts.items() if host["state"] == "ok" and "sent" in host}
    if not skews:
        return
    # The host in the middle is right; with one host, or two, this machine's clock decides.
    middle = sorted(skews, key=lambda name: sum(skews[name]))[(len(skews) - 1) // 2] if len(skews) > 2 else ""
    low, high = skews.get(middle, (0.0, 0.0))
    for name, (least, most) in skews.items():
        if name == middle:
            continue
        ahead, behind = least - high, low - most
        seconds = max(ahead, behind)
        direction = "ahead of" if ahead > behind else "behind"
        if seconds > context.limit("clock_warning_seconds"):
            kind = kinds.CLOCK_SKEW if seconds > context.limit("clock_seconds") else kinds.CLOCK_SKEW_SMALL
            yield kind.at(name, seconds=f"{seconds:.0f}", side=direction, node=middle or "this control node")


_TIME_DAEMONS = {"chrony", "chronyd", "ntp", "ntpd", "ntpsec", "openntpd", "systemd-timesyncd"}


def check_time_sync(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        # The clock of a container is that of the machine around it.
        if facts["container"] or facts["clock"]["synchronized"] or _TIME_DAEMONS & set(facts["services"]):
            continue
        yield kinds.TIME_NOT_SYNCHRONIZED.at(name)


__all__ = (
    "check_clock",
    "check_hostnames",
    "check_identity",
    "check_mac",
    "check_node_names",
    "check_time_sync",
)
