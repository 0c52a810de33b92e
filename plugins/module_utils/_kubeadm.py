# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What kubeadm says and what it leaves on a host, told without guessing."""

from __future__ import annotations

import re
import typing as t

TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
_PREFLIGHT = re.compile(r"^\s*\[(ERROR|WARNING) ([^\]]+)\]: (.*)$", re.MULTILINE)
_PHASE = re.compile(r"^\[([a-z0-9-]+)\] ")

State = t.Literal["absent", "partial", "done", "foreign"]


def redact(text: str) -> str:
    """The text with every bootstrap token and certificate key taken out."""
    text = TOKEN.sub("<token>", text)
    return re.sub(r"(--certificate-key\s+|certificate key:?\s+)[0-9a-f]{64}", r"\1<key>", text)


def complaints(output: str) -> list[dict[str, str]]:
    """kubeadm's preflight complaints as ``{severity, check, message}``, errors first."""
    found = [{"severity": s.lower(), "check": c, "message": redact(m)} for s, c, m in _PREFLIGHT.findall(output)]
    return sorted(found, key=lambda f: f["severity"])


def phases(lines: t.Iterable[tuple[float, str]], end: float) -> list[dict[str, t.Any]]:
    """Seconds per phase from output lines with the time each appeared; a phase lasts until the next begins."""
    starts: list[tuple[str, float]] = []
    for at, line in lines:
        match = _PHASE.match(line)
        if match and (not starts or starts[-1][0] != match.group(1)):
            starts.append((match.group(1), at))
    ends = [at for _name, at in starts[1:]] + [end]
    return [{"name": name, "seconds": round(until - at, 1)} for (name, at), until in zip(starts, ends)]


def control_plane_state(record: str, remains: t.Sequence[str], healthy: bool) -> State:
    """The state of a host that should carry a control plane.

    ``record`` is our own note on the host ("", "started" or "complete"), ``remains`` are the files of a control plane
    found there, ``healthy`` whether its API answers as a finished cluster. A run that was cut off leaves "started":
    only then may anything be taken back. A healthy cluster without our note is one made by hand: it is adopted.
    """
    if record == "complete" or (healthy and remains):
        return "done"
    if record == "started":
        return "partial"
    return "foreign" if remains else "absent"


def failure(command: str, output: str) -> str:
    """One message out of a failed kubeadm run: its own errors, or the end of what it printed."""
    found = [f"{c['check']}: {c['message']}" for c in complaints(output) if c["severity"] == "error"]
    if found:
        return f"{command} refused this host:\n" + "\n".join(f"  - {line}" for line in found)
    tail = [line for line in redact(output).splitlines() if line.strip()][-12:]
    return f"{command} failed:\n" + "\n".join(f"  {line}" for line in tail)


__all__ = ("State", "complaints", "control_plane_state", "failure", "phases", "redact")
