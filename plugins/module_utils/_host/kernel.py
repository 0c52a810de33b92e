# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kernel modules and sysctls: what is wanted, what the running kernel has, and the files that bring it back at boot."""

from __future__ import annotations

import os
import re
import socket
import struct
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _files

# Where a feature shows without a module: built in, or in a container that has no /lib/modules.
FEATURE_PATHS = {
    "br_netfilter": "proc/sys/net/bridge",
    "ip_vs": "proc/net/ip_vs",
    "nf_conntrack": "proc/sys/net/netfilter/nf_conntrack_max",
}


def module_name(name: str) -> str:
    """The kernel's own spelling, as in /sys/module."""
    return name.replace("-", "_")


def builtin_modules(text: str) -> set[str]:
    """Names in a modules.builtin file."""
    return {module_name(os.path.basename(line.strip()).split(".ko")[0]) for line in text.splitlines() if line.strip()}


def filesystems(text: str) -> set[str]:
    """Names in /proc/filesystems."""
    return {line.split()[-1] for line in text.splitlines() if line.strip()}


def nf_tables_answers() -> bool:
    """Ask nf_tables for its generation: the only sign of it where it is built in.

    Asking makes a kernel with modules load it.
    """
    length, nft_getgen, request, unspec = 20, (10 << 8) | 16, 1, 0
    message = struct.pack("=IHHIIBBH", length, nft_getgen, request, 1, 0, unspec, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netlink:
            netlink.settimeout(2)
            netlink.sendto(message, (0, 0))
            reply = netlink.recv(4096)
    except OSError:
        return False
    nlmsg_error = 2
    return len(reply) >= length and struct.unpack("=IH", reply[:6])[1] != nlmsg_error


def present(name: str, root: str, release: str) -> bool:
    """True when the running kernel has the module: loaded, built in, or visible by what it does."""
    name = module_name(name)
    if os.path.isdir(os.path.join(root, "sys/module", name)):
        return True
    if name in FEATURE_PATHS and os.path.exists(os.path.join(root, FEATURE_PATHS[name])):
        return True
    if name in filesystems(_files.peek(os.path.join(root, "proc/filesystems"))):
        return True
    return name in builtin_modules(_files.peek(os.path.join(root, "lib/modules", release, "modules.builtin")))


def normal(value: object) -> str:
    """A sysctl's value in one spelling: the kernel separates several numbers by tabs, and YAML's true is 1."""
    return str(int(value)) if isinstance(value, bool) else " ".join(str(value).split())


def sysctl_path(key: str) -> str:
    """Where a sysctl lies below the root.

    With slashes in the key, dots belong to the names: ``net/ipv4/conf/eth0.1/forwarding``.
    """
    if not re.fullmatch(r"[A-Za-z0-9_:@.*/-]+", key) or ".." in key or key.startswith("/"):
        raise ValueError(f"{key!r} is not the name of a sysctl")
    return "proc/sys/" + (key if "/" in key else key.replace(".", "/"))


def modules_text(modules: t.Iterable[str]) -> str:
    """The file for /etc/modules-load.d."""
    return _files.HEADER + "".join(f"{name}\n" for name in modules)


def sysctls_text(sysctls: t.Mapping[str, object]) -> str:
    """The file for /etc/sysctl.d."""
    return _files.HEADER + "".join(f"{key} = {normal(value)}\n" for key, value in sorted(sysctls.items()))


def differing(sysctls: t.Mapping[str, object], root: str) -> dict[str, tuple[str, str]]:
    """Sysctl -> value now ("" when the kernel has none) and value wanted, only where they differ."""
    result = {}
    for key, value in sorted(sysctls.items()):
        now, wanted = normal(_files.peek(os.path.join(root, sysctl_path(key)))), normal(value)
        if now != wanted:
            result[key] = (now, wanted)
    return result


def refusal(key: str, now: str, wanted: str, reason: str) -> str:
    """The message for a sysctl that cannot be set."""
    if not now:
        lacks = f"{key} must be {wanted}, but this kernel has no such sysctl"
        return f"{lacks}: load the kernel module it belongs to (prereqs_modules)"
    return (
        f"{key} is {now} and must be {wanted}, but the kernel refuses the change ({reason}): "
        "where /proc/sys is read-only, as in a container, set it on the machine below"
    )


__all__ = (
    "builtin_modules",
    "differing",
    "filesystems",
    "module_name",
    "modules_text",
    "nf_tables_answers",
    "normal",
    "present",
    "refusal",
    "sysctl_path",
    "sysctls_text",
)
