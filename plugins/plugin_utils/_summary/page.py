# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The summary of a cluster as one HTML file that needs nothing else: no script, no font, no other file."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.results import verdict
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._templates.render import render


def page(
    verification: t.Mapping[str, t.Any],
    *,
    name: str,
    lines: t.Sequence[str] = (),
    picture: str = "",
) -> str:
    """The page. ``verification`` is what verify_cluster returned, ``lines`` the summary as text, ``picture`` an SVG."""
    legs, findings = verification.get("legs") or [], verification.get("findings") or []
    failing = errors(findings)
    told = {"Problems": failing, "Warnings": [finding for finding in findings if finding not in failing]}
    words = verdict(legs, findings)
    good = "passed" if words == "The cluster works" else "skipped"
    return render(
        "page.html.j2",
        name=name,
        verdict=words,
        tone="failed" if failing or any(leg["status"] == "failed" for leg in legs) else good,
        version=verification.get("kubernetes_version", ""),
        server=verification.get("server", ""),
        told=told,
        nodes=verification.get("nodes") or [],
        legs=legs,
        picture=picture,
        lines=lines,
    )


__all__ = ("page",)
