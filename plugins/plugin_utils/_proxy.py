# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The forward proxy of the machines, and what they reach without it.

A proxy is a plain ``http://HOST:PORT``, which is all that apt, dnf, Python and Go have in common. Of the exceptions, Go
(containerd and CNI plugins, golang.org/x/net/http/httpproxy) reads names, addresses and networks; apt and Python compare
names and addresses only, so node addresses are there one by one.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import read_range

ALWAYS = ("localhost", "127.0.0.1", "::1", ".svc")
PORT = 3128  # squid's, for a fix where none was given

_HOST = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PROXY = re.compile(rf"http://{_HOST}:(?P<port>[0-9]{{1,5}})/?")
_LIKELY = re.compile(rf"(?:https?://)?{_HOST}(?::(?P<port>[0-9]+))?(?:[/\s].*)?", re.DOTALL | re.IGNORECASE)
_NAME = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[0-9]{1,5})?")


def _split(found: t.Optional[t.Match[str]]) -> tuple[str, int]:
    """Host and port of a match, the port 0 where it is none; "" where there is no host."""
    host, port = (found["host"], int(found["port"] or 0)) if found else ("", 0)
    if host.startswith("["):
        try:
            host = str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError:
            host = ""
    return host, port if port < 65536 else 0


def place(url: str) -> tuple[str, int]:
    """Host and port of a proxy. Raises ValueError, which never holds a login."""
    host, port = _split(_PROXY.fullmatch(url))
    if host and port:
        return host, port
    shown = re.sub(r"^.*@", "***@", url, flags=re.DOTALL)
    if "@" in url:
        raise ValueError(f'"{shown}" holds a login, which every user of the hosts could read')
    if url.startswith("https://"):
        raise ValueError(
            f'"{shown}" begins with https://, but the proxy itself is asked over http, for https:// sources too'
        )
    raise ValueError(f'"{shown}" is no address of the form http://HOST:PORT')


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def repaired(url: str) -> str:
    """What a badly written proxy most likely is; "" when nobody can tell."""
    host, port = _split(_LIKELY.fullmatch(url.rpartition("@")[2]))
    return _url(host, port or PORT) if host else ""


def _part(text: str) -> str:
    """An exception in its one spelling. Raises ValueError."""
    try:
        return str(_ip.interface(text)) if "/" in text else _ip.canonical(text)
    except ValueError:
        # What looks like a network of IPv4 is no name.
        if _NAME.fullmatch(text) and "*" not in text:
            return text
    raise ValueError(f'"{text}" is neither a name, an address nor a network')


def exceptions(text: str) -> list[str]:
    """The user's own, separated by commas. Raises ValueError."""
    return [_part(part.strip()) for part in text.split(",") if part.strip()]


def _range(text: str) -> t.Iterator[str]:
    """``first-last`` or a network as the fewest networks that hold the same addresses."""
    try:
        span = read_range(text, "")
    except ValueError as exc:
        raise ValueError(f'"{text}" {exc}') from exc
    family = ipaddress.IPv6Address if span.family == 6 else ipaddress.IPv4Address
    networks = ipaddress.summarize_address_range(family(span.first), family(span.last))
    yield from (_ip.canonical(str(network)) for network in networks)


def no_proxy(
    *,
    nodes: t.Iterable[str],
    pods: str,
    services: str,
    endpoint: str,
    dns_domain: str,
    load_balancer: t.Iterable[str] = (),
    own: str = "",
) -> str:
    """What is reached without the proxy: everything of the cluster, then the user's own. Raises ValueError.

    The order is that of the inventory and each part is there once, so that the text, and with it containerd, stays as it is.
    """
    ranges = [part.strip() for text in (pods, services) for part in text.split(",")]
    parts = [
        *ALWAYS,
        f".{dns_domain}",
        *map(_part, (endpoint, *nodes)),
        *map(_ip.canonical, ranges),
        *(network for text in load_balancer for network in _range(text)),
        *exceptions(own),
    ]
    return ",".join(dict.fromkeys(parts))


def environment(http: str, https: str, plan: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Variables for the processes of a machine; nothing without a proxy. ``plan`` has what no_proxy takes. Raises ValueError.

    In small letters, which apt, dnf, Python and Go all read.
    """
    proxies = {name: _url(*place(url)) for name, url in (("http_proxy", http), ("https_proxy", https)) if url}
    return {**proxies, "no_proxy": no_proxy(**plan)} if proxies else {}


__all__ = ("PORT", "environment", "exceptions", "no_proxy", "place", "repaired")
