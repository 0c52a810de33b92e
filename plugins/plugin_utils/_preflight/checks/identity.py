# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of hosts against each other: names, machine ids, clocks."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, warning
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
        yield error(
            "hostname-duplicate",
            f"{', '.join(hosts)} all have the host name {name}",
            why="Kubernetes demands names of their own; DHCP, mDNS and logs take them for one machine.",
            fix="prereqs_manage_hostname: true names them after the inventory; or `hostnamectl set-hostname` on each",
        )


def check_identity(context: Context) -> t.Iterable[Finding]:
    seen = context.seen
    for value, hosts in context.shared((host, facts["machine_id"]) for host, facts in seen.items()).items():
        yield error(
            "machine-id-duplicate",
            f"{', '.join(hosts)} all have the machine id {value}",
            why="They were cloned from one image: DHCP gives them one address, and logs and metrics mix them up.",
            fix=f"on {', '.join(hosts[1:])}: `rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup`, then reboot",
        )
    for value, hosts in context.shared((host, facts["product_uuid"]) for host, facts in seen.items()).items():
        yield warning(
            "product-uuid-duplicate",
            f"{', '.join(hosts)} all have the product UUID {value}",
            why="Kubernetes shows it as the machine's identity; cheap boards share one, cloned virtual machines should not.",
            fix="give each virtual machine a UUID of its own; for boards from the factory, ignore this",
        )


def check_mac(context: Context) -> t.Iterable[Finding]:
    macs = [
        (host, interface["mac"])
        for host, facts in context.seen.items()
        for interface in facts["interfaces"]
        if interface["kind"] in _PHYSICAL and interface["mac"].strip("0:")
    ]
    for value, hosts in context.shared(macs).items():
        yield error(
            "mac-duplicate",
            f"{', '.join(hosts)} all have a network card with the address {value}",
            why="A switch delivers the packets of both to one of them; cloned virtual machines often share it.",
            fix="let the hypervisor make a new MAC address for each copy",
        )


def check_node_names(context: Context) -> t.Iterable[Finding]:
    label = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    for name in context.plan.get("cluster", []):
        if len(name) > 63 or not re.fullmatch(rf"{label}(\.{label})*", name):
            yield error(
                "node-name-invalid",
                "its name in the inventory cannot be the name of a node",
                host=name,
                why="Kubernetes accepts small letters, digits, hyphens and dots, at most 63, and no hyphen at an end.",
                fix="rename it in the inventory; ansible_host keeps the address",
            )


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
        what = f"its clock is {seconds:.0f} s {direction} that of {middle or 'this control node'}"
        why = "Certificates, tokens and leases look expired or not yet valid."
        fix = "let chrony or systemd-timesyncd keep the time, and check `timedatectl`"
        if seconds > context.limit("clock_seconds"):
            yield error("clock-skew", what, host=name, why=why, fix=fix)
        elif seconds > context.limit("clock_warning_seconds"):
            yield warning("clock-skew", what, host=name, why=why, fix=fix)


_TIME_DAEMONS = {"chrony", "chronyd", "ntp", "ntpd", "ntpsec", "openntpd", "systemd-timesyncd"}


def check_time_sync(context: Context) -> t.Iterable[Finding]:
    for name, facts in context.seen.items():
        # The clock of a container is that of the machine around it.
        if facts["container"] or facts["clock"]["synchronized"] or _TIME_DAEMONS & set(facts["services"]):
            continue
        yield warning(
            "time-not-synchronized",
            "nothing keeps its clock right",
            host=name,
            why="Clocks drift apart by seconds a day; certificates and leases depend on them.",
            fix="install and start chrony or systemd-timesyncd",
        )


__all__ = (
    "check_clock",
    "check_hostnames",
    "check_identity",
    "check_mac",
    "check_node_names",
    "check_time_sync",
)
