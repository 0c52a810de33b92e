# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The last thing a run shows: one screen that says what the cluster is and how to use it."""

from __future__ import annotations

import datetime
import shlex
import textwrap
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.results import verdict

WIDTH = 100
# One screen is 24 lines: what does not fit is counted instead of shown.
MAX_NODES = 10
_COLUMNS = ("name", "role", "address", "os", "kubelet", "runtime")


def table(rows: t.Sequence[t.Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def node_lines(nodes: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """The table of nodes; the rest is counted when there are many."""
    if not nodes:
        return []
    shown = nodes if len(nodes) <= MAX_NODES else nodes[: MAX_NODES - 1]
    lines = table([[c.upper() for c in _COLUMNS], *([one_line(str(node[c])) for c in _COLUMNS] for node in shown)])
    rest = len(nodes) - len(shown)
    return lines + ([f"... and {rest} more"] if rest else [])


def expiry_text(certificates: t.Mapping[str, str], now: float) -> str:
    """When the first certificate expires; "" when none is known."""
    if not certificates:
        return ""
    which, stamp = min(certificates.items(), key=lambda item: item[1])
    end = datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    days = int((end.timestamp() - now) // 86400)
    when = f"{end:%Y-%m-%d}, " + (f"in {days} days" if days >= 0 else "EXPIRED")
    if len(set(certificates.values())) == 1:
        return f"expire {when}"
    whose = {"server": "the API server's", "client": "the kubeconfig's"}.get(which, which)
    return f"first expires {whose}: {when}"


def proof_text(legs: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """Every leg in a word or two: ``pods 1.2 s``, or why it was skipped."""
    skipped: dict[str, list[str]] = {}
    words = []
    for leg in legs:
        if leg["status"] == "skipped":
            skipped.setdefault(str(leg["detail"]), []).append(str(leg["name"]))
        else:
            failed = " FAILED" if leg["status"] == "failed" else ""
            words.append(f"{leg['name']}{failed} {leg['seconds']:.1f}")
    passed = [", ".join(words)] if words else []
    return "; ".join(passed + [f"{', '.join(names)} skipped: {why}" for why, names in skipped.items()])


def paragraph(label: str, text: str) -> list[str]:
    """A labelled line, wrapped under its text."""
    wrapper = textwrap.TextWrapper(WIDTH, f"{label:14}", " " * 14, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(one_line(text))


def summary(
    verification: t.Mapping[str, t.Any],
    *,
    name: str,
    kubeconfig: str,
    pods: str = "",
    services: str = "",
    load_balancer: t.Sequence[str] = (),
    end: float = 0.0,
) -> list[str]:
    """One screen about the cluster. ``verification`` is what the module verify_cluster returned."""
    version = verification.get("kubernetes_version", "")
    nodes = verification.get("nodes") or []
    findings = verification.get("findings") or []
    failing = errors(findings)
    warnings = [finding for finding in findings if finding not in failing]
    counted = f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}"
    title = f"{name}: Kubernetes {version}, {counted}" if version else f"{name}: no cluster yet"
    parts = [
        ("addresses", _plan(pods, services, load_balancer)),
        ("API", _server(str(verification.get("server", "")), nodes)),
        ("certificates", expiry_text(verification.get("certificates") or {}, end)),
        ("proof", _proof(verification)),
        ("problems", "; ".join(_finding_text(finding) for finding in failing)),
        ("warnings", "; ".join(f"{_finding_text(finding)}. {finding['fix']}" for finding in warnings)),
    ]
    lines = [one_line(title), *(f"  {line}" for line in node_lines(nodes))]
    lines += [line for label, text in parts if text for line in paragraph(label, text)]
    return lines + ([one_line(f"export KUBECONFIG={shlex.quote(kubeconfig)}")] if version else [])


def _server(server: str, nodes: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Where the API is reached, and who answers there where that is none of several control planes' own address."""
    behind = [str(node["name"]) for node in nodes if node["role"] == "control-plane"]
    own = any(server == f"https://{_bracketed(str(node['address']))}:6443" for node in nodes)
    return f"{server}, answered by one of {', '.join(behind)}" if server and len(behind) > 1 and not own else server


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _proof(verification: t.Mapping[str, t.Any]) -> str:
    legs = verification.get("legs") or []
    if not legs:
        return ""
    seconds = float(verification.get("seconds", 0.0))
    return f"{verdict(legs, verification.get('findings') or [])} ({seconds:.1f} s): {proof_text(legs)}"


def _plan(pods: str, services: str, load_balancer: t.Sequence[str]) -> str:
    ranges = {"pods": pods, "services": services, "load balancer": ", ".join(load_balancer)}
    return "; ".join(f"{what} {value}" for what, value in ranges.items() if value)


def _finding_text(finding: t.Mapping[str, t.Any]) -> str:
    return f"{finding['host']} {finding['message']}".strip()


__all__ = ("summary",)
