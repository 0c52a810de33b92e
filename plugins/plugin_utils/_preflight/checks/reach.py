# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks of where artifacts come from, as hosts reach it."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import machine as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context


def _answers(status: int) -> bool:
    """A registry asks for a login with 401; a server that refuses GET still is there."""
    return 200 <= status < 400 or status in (401, 403, 405)


def check_sources(context: Context) -> t.Iterable[Finding]:
    """One finding for an address and reason, whoever cannot reach it."""
    groups: t.Dict[t.Tuple[str, str, bool], t.List[str]] = {}
    for name, facts in context.seen.items():
        installed = facts["installed"].get("kubelet", "").startswith(context.plan.get("kubernetes_version", "?"))
        for url, result in facts["urls"].items():
            if not _answers(result["status"]):
                groups.setdefault((url, result["error"], installed), []).append(name)
    for (url, text, installed), names in groups.items():
        everywhere = len(names) == len(context.seen) and len(names) > 1
        untrusted = "CERTIFICATE_VERIFY_FAILED" in text
        kind = kinds.SOURCE_UNTRUSTED if untrusted else kinds.SOURCE_UNREACHABLE
        if installed:
            kind = kind._replace(severity="warning")
        whence = "any host" if everywhere else ", ".join(names)
        yield kind.at(names[0] if len(names) == 1 else "", url=url, whence=whence, answer=text)


__all__ = ("check_sources",)
