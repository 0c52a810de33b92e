# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How the result of the proof reads: its legs, its findings and the nodes that it saw."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, errors, render
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.objects import (
    Object,
    name_of,
    node_ready,
)

Status = t.Literal["passed", "failed", "skipped"]
_ROLE_LABEL = "node-role.kubernetes.io/"


class Leg(t.TypedDict):
    """One part of the proof."""

    name: str
    status: Status
    seconds: float
    detail: str


class NodeInfo(t.TypedDict):
    """What the summary shows of a node."""

    name: str
    role: str
    address: str
    os: str
    kubelet: str
    runtime: str
    ready: bool


def node_info(node: Object) -> NodeInfo:
    """What the summary shows of a node."""
    labels, status = node["metadata"].get("labels") or {}, node.get("status", {})
    roles = sorted(key[len(_ROLE_LABEL) :] for key in labels if key.startswith(_ROLE_LABEL))
    info = status.get("nodeInfo", {})
    return NodeInfo(
        name=name_of(node),
        role=",".join(roles) or "worker",
        address=next((a["address"] for a in status.get("addresses") or [] if a["type"] == "InternalIP"), ""),
        os=info.get("osImage", ""),
        kubelet=info.get("kubeletVersion", ""),
        runtime=info.get("containerRuntimeVersion", "").replace("://", " "),
        ready=node_ready(node),
    )


def skipped_legs(names: t.Iterable[str], reason: str) -> list[Leg]:
    """Legs that did not run, and why."""
    return [Leg(name=name, status="skipped", seconds=0.0, detail=reason) for name in names]


def ordered_legs(legs: t.Iterable[Leg], names: t.Sequence[str]) -> list[Leg]:
    """In the order of their names, whichever ended first."""
    return sorted(legs, key=lambda leg: names.index(leg["name"]))


def merged(findings: t.Iterable[Finding]) -> list[Finding]:
    """One finding where several hosts have the same one: a wrong image is one mistake, not one per node.

    The legs find in any order; the hosts are named in one.
    """
    result: dict[tuple[str, str, str], Finding] = {}
    for finding in findings:
        key = (finding["id"], finding["message"], finding["fix"])
        known = result.setdefault(key, finding)
        hosts = sorted({*known["host"].split(", "), finding["host"]})
        result[key] = {**known, "host": ", ".join(hosts)}
    return list(result.values())


def verdict(legs: t.Sequence[Leg], findings: t.Sequence[Finding]) -> str:
    """The result in a few words; only a proof that ran pods is one. A warning disproves nothing."""
    status = {leg["name"]: leg["status"] for leg in legs}
    if errors(findings) or "failed" in status.values():
        return "The cluster is not proven"
    if "passed" not in status.values():
        return "Nothing is proven"
    return "The cluster works" if status.get("pods") == "passed" else "The cluster is up, and not proven"


def report(legs: t.Sequence[Leg], findings: t.Sequence[Finding], seconds: float) -> list[str]:
    """What a person reads: one line per leg, then what is wrong and what to do."""
    count = {status: sum(leg["status"] == status for leg in legs) for status in ("passed", "failed", "skipped")}
    numbers = ", ".join(f"{number} {status}" for status, number in count.items() if number)
    lines = [f"{verdict(legs, findings)}: {numbers}, in {seconds:.1f} s"]
    skipped: dict[str, list[str]] = {}
    for leg in legs:
        if leg["status"] == "skipped":
            skipped.setdefault(leg["detail"], []).append(leg["name"])
        else:
            status = leg["status"].upper() if leg["status"] == "failed" else leg["status"]
            lines.append(f"  {status:8}{leg['name']:14}{leg['seconds']:5.1f} s  {leg['detail']}")
    lines += [f"  skipped {', '.join(names)}: {reason}" for reason, names in skipped.items()]
    return [one_line(line) for line in lines] + render(findings)


__all__ = (
    "Leg",
    "NodeInfo",
    "Status",
    "merged",
    "node_info",
    "ordered_legs",
    "report",
    "skipped_legs",
    "verdict",
)
