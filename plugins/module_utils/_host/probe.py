# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a host only learns by trying: whether other nodes and proxies answer, which packets fit, how fast the disk is."""

from __future__ import annotations

import concurrent.futures
import errno
import os
import socket
import tempfile
import time
import typing as t
import urllib.parse
import urllib.request

# Linux's numbers, which Python's socket module does not name: (level, how to discover, the path's MTU, headers).
_DISCOVER = {
    socket.AF_INET: (socket.IPPROTO_IP, 10, 14, 28),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 23, 24, 48),
}
_DO_NOT_FRAGMENT = 2
_REFUSED = os.strerror(errno.ECONNREFUSED).lower()
# Larger frames than usual jumbo ones are no sign of trouble; loopback has 65536.
_LARGEST = 9000
_TCP_TIMEOUT = 2.0  # one lost packet is sent again after a second
_UDP_TIMEOUT = 0.4
_LAN_TIMEOUT = 1.0  # an address of the own network: only its own ARP question may get lost
_API = 6443
_TRIES = 2


class Peer(t.TypedDict, total=False):
    """Another node: its address, the TCP ports it needs open and the UDP port of the pod network (0 is none)."""

    address: str
    tcp: t.List[int]
    udp: int


class Answer(t.TypedDict, total=False):
    """What a peer did: reason per TCP port ("" is reachable); whether UDP came back; the MTU tried and what passes."""

    tcp: t.Dict[str, str]
    udp: bool
    mtu: int
    passes: int


def service_problem(address: str, port: int, timeout: float = _TCP_TIMEOUT) -> str:
    """Why nobody takes a connection at a port, empty when somebody does."""
    try:
        with socket.create_connection((address, port), timeout):
            return ""
    except socket.timeout:
        return "no answer"
    except OSError as exc:
        return (exc.strerror or str(exc)).lower()


def tcp_problem(address: str, port: int, timeout: float = _TCP_TIMEOUT) -> str:
    """Why a port cannot be reached, empty when it can: a refusal comes from the host itself, so the way is open."""
    reason = service_problem(address, port, timeout)
    return "" if reason == _REFUSED else reason


def proxy_for(url: str, proxies: t.Mapping[str, str]) -> str:
    """The proxy that Python asks for a URL, "" for none; ``proxies`` is what urllib.request.getproxies() says."""
    parts = urllib.parse.urlsplit(url)
    if urllib.request.proxy_bypass(parts.netloc, dict(proxies)):
        return ""
    found = proxies.get(parts.scheme, "")
    return found if "://" in found or not found else f"http://{found}"


def proxy_problem(proxy: str, timeout: float) -> str:
    """Why a proxy takes no connection, empty when it does; what it lets through is not asked."""
    try:
        parts = urllib.parse.urlsplit(proxy)
        return service_problem(parts.hostname or "", parts.port or 80, timeout)
    except ValueError as exc:
        return str(exc).lower()


def _comes_back(sock: socket.socket, size: int) -> bool:
    """Whether a datagram to a port where nobody listens is answered with "port unreachable"."""
    for _try in range(_TRIES):
        try:
            sock.send(bytes(size))
            sock.recv(1)
        except ConnectionRefusedError:
            return True
        except socket.timeout:
            continue
        return True
    return False


def udp_answer(address: str, port: int, timeout: float = _UDP_TIMEOUT) -> Answer:
    """Whether a small packet reaches a closed port, and then whether one as large as the interface allows does."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    level, discover, path_mtu, headers = _DISCOVER[family]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.setsockopt(level, discover, _DO_NOT_FRAGMENT)
        try:
            sock.connect((address, port))
            mtu = min(sock.getsockopt(level, path_mtu), _LARGEST)
            if not _comes_back(sock, 1):
                return {"udp": False}
        except OSError:
            return {"udp": False}
        try:
            return {"udp": True, "mtu": mtu, "passes": mtu if _comes_back(sock, mtu - headers) else 0}
        except OSError:
            # A router on the way has said how large a packet may be.
            return {"udp": True, "mtu": mtu, "passes": sock.getsockopt(level, path_mtu)}


def start_peers(peers: t.Mapping[str, Peer], udp: bool) -> t.Callable[[], t.Dict[str, Answer]]:
    """Try everything at once; the returned function waits for the answers."""
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=64)
    tcp = {
        (name, port): pool.submit(tcp_problem, peer["address"], port)
        for name, peer in peers.items()
        for port in peer.get("tcp", [])
    }
    answers = {
        name: pool.submit(udp_answer, peer["address"], peer["udp"])
        for name, peer in peers.items()
        if udp and peer.get("udp")
    }

    def wait() -> t.Dict[str, Answer]:
        found: t.Dict[str, Answer] = {name: {"tcp": {}} for name in peers}
        for (name, port), reason in tcp.items():
            found[name]["tcp"][str(port)] = reason.result()
        for name, answer in answers.items():
            found[name].update(answer.result())
        pool.shutdown()
        return found

    return wait


def start_holder(address: str) -> t.Callable[[], bool]:
    """Ask whether an address is anybody's; the returned function waits for the answer. A refusal is one too.

    Whether its API answers or not, the kernel knows afterwards who has the address, where that is in its own network.
    """
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=1)
    answer = pool.submit(tcp_problem, address, _API, _LAN_TIMEOUT) if address else None

    def wait() -> bool:
        pool.shutdown()
        return answer is not None and not answer.result()

    return wait


def sync_ms(folder: str, times: int = 16, seconds: float = 0.15) -> float:
    """Milliseconds that writing 2 KiB safely to a disk takes, as etcd does for every change; 0 where it cannot be tried.

    The worst but one, so that a single hiccup does not count. The file has no name and is gone when it is closed.
    """
    took: t.List[float] = []
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            end = time.monotonic() + seconds
            while len(took) < times and time.monotonic() < end:
                start = time.monotonic()
                os.write(file.fileno(), bytes(2048))
                os.fdatasync(file.fileno())
                took.append((time.monotonic() - start) * 1000)
    except OSError:
        return 0.0
    return round(sorted(took)[-2 if len(took) > 2 else -1], 2)


__all__ = (
    "Answer",
    "Peer",
    "proxy_for",
    "proxy_problem",
    "service_problem",
    "start_holder",
    "start_peers",
    "sync_ms",
    "tcp_problem",
    "udp_answer",
)
