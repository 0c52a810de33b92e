# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which resolver file the kubelet hands to pods.

CoreDNS forwards to the servers of the kubelet's ``resolvConf``. A loopback server there is CoreDNS itself, seen from
inside its pod: it detects the loop and dies (https://coredns.io/plugins/loop/#troubleshooting).
"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip


def nameservers(text: str) -> list[str]:
    """The ``nameserver`` entries of a resolv.conf(5) text, in order."""
    lines = (line.split() for line in text.splitlines())
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def is_loopback(server: str) -> bool:
    """Whether a name server, possibly with a zone (``fe80::1%eth0``), is on this host only."""
    try:
        return _ip.address(server.split("%", 1)[0]).is_loopback
    except ValueError:
        return False


def reaches_nobody(server: str) -> bool:
    """Whether a pod cannot ask this name server: its address means the pod itself, or a cable that the pod is not on."""
    try:
        address = _ip.address(server.split("%", 1)[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local or address.is_unspecified


def choose(candidates: t.Sequence[tuple[str, str]]) -> str:
    """The path of the first (path, text) that names a server which pods can ask, and none on loopback.

    Routers announce themselves as fe80::1; CoreDNS passes such a server over where there is another one.
    Raises ValueError when there is none, naming what was found where.
    """
    for path, text in candidates:
        servers = nameservers(text)
        if not any(map(is_loopback, servers)) and not all(map(reaches_nobody, servers)):
            return path
    found = "; ".join(f"{path}: {', '.join(nameservers(text)) or 'no server'}" for path, text in candidates)
    raise ValueError(
        f"no resolver file of this host names a server that pods can reach ({found}); pods asking a loopback server would "
        "ask CoreDNS itself, and a link-local one is on another cable. Set kubeadm_nameservers to the addresses of your name "
        "servers, for example your router's."
    )


__all__ = ("choose", "is_loopback", "nameservers", "reaches_nobody")
