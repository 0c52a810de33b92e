#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which scenarios CI runs, in which order: those that the last commits touch first, the others in turn.

Prints a line per scenario, its name and the seconds it takes at most on a slow machine. The default scenario is part of `make test`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Scenario -> seconds at most, and whose files it is the first to show, beside its own folder. Virtual machines run at night.
SCENARIOS: dict[str, tuple[int, str]] = {
    "preflight": (150, r"_preflight|roles/preflight"),
    "prereqs": (150, r"roles/prereqs|_host/(kernel|swap)"),
    "containerd": (150, r"roles/containerd|_containerd|_sources"),
    "kubeadm": (150, r"roles/kubeadm/|_host/resolver|_sources"),
    "firewall": (500, r"_firewall|roles/firewall"),
    "debian12": (600, r"mirror/base|storage_objects|volume_folders"),
    "distribution": (500, r"_containerd|roles/containerd"),
    "calico": (1100, r"calico|_verify/legs/policy"),
    "two_networks": (500, r"_preflight/cards|_inventory\.py"),
    "single": (1000, r"local_storage|metrics_server|kubelet_certificates|_kubelet|placement|legs/hpa"),
    "dual_stack": (400, r"_address|_ip\.py|flannel"),
    "ha": (900, r"virtual_ip|control_plane/tasks|_kubeadm/(etcd|certificates)|legs/control_planes"),
    "proxy": (600, r"_proxy|_containerd/service|roles/cluster/"),
}


def order(files: Iterable[str], turn: int) -> list[str]:
    """The scenarios that changed files belong to, then the others, beginning with another one each turn."""
    changed = list(files)
    touched = [
        name
        for name, (_seconds, pattern) in SCENARIOS.items()
        if any(re.search(rf"^molecule/{name}/|{pattern}", file) for file in changed)
    ]
    others = [name for name in SCENARIOS if name not in touched]
    start = turn % len(others) if others else 0
    return [*touched, *others[start:], *others[:start]]


def git(*words: str) -> Sequence[str]:
    """The lines that git prints."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def main() -> int:
    """What the commits of a day before the last one touch; their number is the turn."""
    last = int(git("log", "-1", "--format=%ct")[0])
    files = git("log", f"--since={last - 24 * 3600}", "--format=", "--name-only")
    for name in order(files, int(git("rev-list", "--count", "HEAD")[0])):
        print(name, SCENARIOS[name][0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
