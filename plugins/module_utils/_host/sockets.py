# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel says of a machine's networks, and which processes listen there."""

from __future__ import annotations

import contextlib
import os
import socket
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._files import peek as read
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import facts as _host
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import netlink as _host_network
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.resolver import nameservers


def ask_kernel(kind: int) -> list[bytes]:
    """All rtnetlink answers to one dump request."""
    result: list[bytes] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.settimeout(5)
        sock.sendto(_host_network.request(kind), (0, 0))
        while True:
            for message, payload in _host_network.messages(sock.recv(1 << 20)):
                if message in (_host_network.DONE, _host_network.ERROR):
                    return result
                result.append(payload)


def network() -> dict[str, t.Any]:
    asked = (_host_network.GETLINK, _host_network.GETADDR, _host_network.GETROUTE)
    links, addresses, routes = map(ask_kernel, asked)
    names = _host_network.names(links)
    return {
        "interfaces": _host_network.interfaces(links, addresses),
        "routes": _host_network.routes(routes, names),
        "router_advertisements": {
            name: int(read(f"/proc/sys/net/ipv6/conf/{name}/accept_ra").strip() or 0)
            for name in sorted(_host_network.advertised(addresses, routes, names))
        },
        "dns_servers": _host.resolver_servers(
            map(read, ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf")), nameservers
        ),
    }


def open_files(folder: str) -> t.Iterator[str]:
    """What a process has open, without what it closes while we look: a busy one always closes something."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    yield os.readlink(entry.path)
    except OSError:
        return


def socket_owners(inodes: t.AbstractSet[int], proc: str = "/proc") -> dict[int, str]:
    """Inode -> process name, by looking at the open files of every process until all are known."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes if inode}
    owners: dict[int, str] = {}
    for pid in filter(str.isdigit, os.listdir(proc)):
        if len(owners) == len(wanted):
            break
        for target in wanted.keys() & set(open_files(f"{proc}/{pid}/fd")):
            owners[wanted[target]] = read(f"{proc}/{pid}/comm").strip()
    return owners


def listening() -> list[dict[str, t.Any]]:
    found = [
        listener
        for proto in ("tcp", "udp")
        for name in (proto, proto + "6")
        for listener in _host.listeners(read(f"/proc/net/{name}"), proto)
    ]
    owners = socket_owners({listener.inode for listener in found})
    return [
        {"proto": item.proto, "address": item.address, "port": item.port, "process": owners.get(item.inode, "")}
        for item in found
    ]


__all__ = ("ask_kernel", "listening", "network", "socket_owners")
