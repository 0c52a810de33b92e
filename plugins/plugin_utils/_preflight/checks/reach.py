# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of where artifacts come from, as hosts reach it."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import machine as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, Facts

# The id of a row, what was answered, and the row's other fields.
Seen = t.Tuple[str, str, t.Tuple[t.Tuple[str, str], ...]]
ROWS = {
    kind.id: kind
    for kind in (kinds.PROXY_UNREACHABLE, kinds.PROXY_REFUSES, kinds.SOURCE_UNTRUSTED, kinds.SOURCE_UNREACHABLE)
}


def _answers(status: int) -> bool:
    """A registry asks for a login with 401; a server that refuses GET still is there."""
    return 200 <= status < 400 or status in (401, 403, 405)


def _refused(status: int, text: str) -> bool:
    """Whether it was the proxy that said no: 407 is nobody else's, and 403 hardly that of a source (RFC 9110, 15.5)."""
    return status in (403, 407) or re.search(r"Tunnel connection failed: 4", text) is not None


def _judged(facts: Facts) -> t.Iterator[Seen]:
    """What one host cannot reach. What would come through a proxy that is not there has no cause of its own."""
    away = {proxy: reason for proxy, reason in facts["proxies"].items() if reason}
    for proxy, reason in away.items():
        yield kinds.PROXY_UNREACHABLE.id, reason, (("proxy", proxy),)
    for url, result in facts["urls"].items():
        status, text, proxy = result["status"], result["error"], result.get("proxy", "")
        if proxy and proxy not in away and _refused(status, text):
            yield kinds.PROXY_REFUSES.id, text, (("proxy", proxy), ("url", url))
        elif not _answers(status) and proxy not in away:
            untrusted = "CERTIFICATE_VERIFY_FAILED" in text
            kind = kinds.SOURCE_UNTRUSTED if untrusted else kinds.SOURCE_UNREACHABLE
            yield kind.id, f"{text}, through the proxy {proxy}" if proxy else text, (("url", url),)


def check_sources(context: Context) -> t.Iterable[Finding]:
    """One finding for an address and reason, whoever cannot reach it."""
    groups: t.Dict[t.Tuple[Seen, bool], t.List[str]] = {}
    for name, facts in context.seen.items():
        installed = facts["installed"].get("kubelet", "").startswith(context.plan.get("kubernetes_version", "?"))
        for seen in _judged(facts):
            groups.setdefault((seen, installed), []).append(name)
    for ((id_, text, fields), installed), names in groups.items():
        everywhere = len(names) == len(context.seen) and len(names) > 1
        whence = "any host" if everywhere else ", ".join(names)
        row = ROWS[id_]._replace(severity="warning") if installed else ROWS[id_]
        yield row.at(names[0] if len(names) == 1 else "", whence=whence, answer=text, **dict(fields))


__all__ = ("check_sources",)
