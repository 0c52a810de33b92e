# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The members of a stacked etcd, asked and changed through the one on this control plane.

etcd answers gRPC as JSON over HTTP on its client port (https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/), so neither
etcdctl nor a container is needed. Numbers of 64 bits are texts there, and what is false or empty is left out.
"""

from __future__ import annotations

import json
import ssl
import typing as t
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip

PKI = "/etc/kubernetes/pki/etcd"
LOCAL = "https://127.0.0.1:2379"
PEER_PORT = 2380


class Member(t.NamedTuple):
    """One member. ``name`` is "" until it has started; ``learner`` says that it does not vote yet."""

    id: str
    name: str
    peers: tuple[str, ...]
    learner: bool

    @property
    def kind(self) -> str:
        """``voter``, ``learner``, or ``unstarted`` for one that was announced and never came."""
        if not self.name:
            return "unstarted"
        return "learner" if self.learner else "voter"


def parse(answer: t.Mapping[str, t.Any]) -> list[Member]:
    """The members in what /v3/cluster/member/list answers."""
    return [
        Member(
            str(item["ID"]), str(item.get("name", "")), tuple(item.get("peerURLs") or ()), bool(item.get("isLearner"))
        )
        for item in answer.get("members") or []
    ]


def shown(member: Member) -> dict[str, t.Any]:
    """The member as modules tell it."""
    return {"id": member.id, "name": member.name, "peers": list(member.peers), "kind": member.kind}


def _host(url: str) -> str:
    """The address of a peer's URL in its canonical spelling."""
    return _ip.canonical(urlsplit(url).hostname or "")


def at(members: t.Iterable[Member], address: str) -> Member | None:
    """The member whose peers reach it at an address."""
    wanted = _ip.canonical(address)
    return next((member for member in members if wanted in map(_host, member.peers)), None)


def ask(path: str, body: t.Mapping[str, t.Any], timeout: float = 10) -> dict[str, t.Any]:
    """What the etcd of this control plane answers. Raises ValueError with its words, or why it does not answer."""
    try:
        context = ssl.create_default_context(cafile=f"{PKI}/ca.crt")
        context.load_cert_chain(f"{PKI}/healthcheck-client.crt", f"{PKI}/healthcheck-client.key")
        request = urllib.request.Request(LOCAL + path, data=json.dumps(body).encode(), method="POST")
        handler = urllib.request.HTTPSHandler(context=context)
        # Never by a proxy: it is this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), handler)
        with opener.open(request, timeout=timeout) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as exc:
        raise ValueError(
            f"etcd on this control plane answers {exc.code}: {exc.read(300).decode(errors='replace')}"
        ) from exc
    except OSError as exc:
        raise ValueError(f"etcd on this control plane does not answer: {exc}") from exc


def members() -> list[Member]:
    """All members, as the etcd of this control plane knows them. Raises ValueError."""
    return parse(ask("/v3/cluster/member/list", {}))


def remove(member: Member) -> None:
    """Take a member out. etcd refuses where the voters that are left would be no quorum. Raises ValueError."""
    ask("/v3/cluster/member/remove", {"ID": member.id})


__all__ = ("PEER_PORT", "Member", "ask", "at", "members", "parse", "remove", "shown")
