# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Names, identities and clocks of hosts."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

HOSTNAME_DUPLICATE = Kind(
    "hostname-duplicate",
    "{hosts} all have the host name {name}",
    fix="prereqs_manage_hostname: true names them after the inventory; or `hostnamectl set-hostname` on each",
    why="Kubernetes demands names of their own; DHCP, mDNS and logs take them for one machine.",
)
MACHINE_ID_DUPLICATE = Kind(
    "machine-id-duplicate",
    "{hosts} all have the machine id {value}",
    fix="on {others}: `rm -f /etc/machine-id /var/lib/dbus/machine-id && systemd-machine-id-setup`, then reboot",
    why="They were cloned from one image: DHCP gives them one address, and logs and metrics mix them up.",
)
PRODUCT_UUID_DUPLICATE = Kind(
    "product-uuid-duplicate",
    "{hosts} all have the product UUID {value}",
    fix="give each virtual machine a UUID of its own; for boards from the factory, ignore this",
    why="Kubernetes shows it as the machine's identity; cheap boards share one, cloned virtual machines should not.",
    severity="warning",
)
MAC_DUPLICATE = Kind(
    "mac-duplicate",
    "{hosts} all have a network card with the address {value}",
    fix="let the hypervisor make a new MAC address for each copy",
    why="A switch delivers the packets of both to one of them; cloned virtual machines often share it.",
)
TIME_NOT_SYNCHRONIZED = Kind(
    "time-not-synchronized",
    "nothing keeps its clock right",
    fix="install and start chrony or systemd-timesyncd",
    why="Clocks drift apart by seconds a day; certificates and leases depend on them.",
    severity="warning",
)
NODE_NAME_INVALID = Kind(
    "node-name-invalid",
    "its name in the inventory cannot be the name of a node",
    fix="rename it in the inventory; ansible_host keeps the address",
    why="Kubernetes accepts small letters, digits, hyphens and dots, at most 63, and no hyphen at an end.",
)
CLOCK_SKEW = Kind(
    "clock-skew",
    "its clock is {seconds} s {side} that of {node}",
    fix="let chrony or systemd-timesyncd keep the time, and check `timedatectl`",
    why="Certificates, tokens and leases look expired or not yet valid.",
)
CLOCK_SKEW_SMALL = CLOCK_SKEW._replace(severity="warning")
