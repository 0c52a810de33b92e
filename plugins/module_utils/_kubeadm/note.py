# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our note on a host, and what the disk tells of a control plane that was begun and never noted as finished.

When the module is killed, kubeadm may finish without it, and people use the cluster; the note still says ``started``. Such a
cluster must never be taken for remains of a start. While its API answers, the API says what it holds. While it is away, two
traces on the disk tell: an API server that lives has etcd write every few seconds (leases are renewed every ten), so the
last write is the end of its life; and a cluster is of no use without a pod network, which comes after kubeadm is done.
"""

from __future__ import annotations

import glob
import json
import os
import re
import time
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _files

# Where kubeadm keeps etcd's data unless it is told otherwise, its static pods, and where a pod network leaves its file.
DATA = "/var/lib/etcd"
MANIFESTS = "/etc/kubernetes/manifests"
NETWORKS = "/etc/cni/net.d/*.conf*"
# Seconds from the beginning of a start until etcd's writes can be that start's no longer. kubeadm gives up after a few
# minutes, but downloads its images first.
GRACE = 1800


def parse(text: str) -> dict[str, t.Any]:
    """The note as a mapping; {} where there is none, and where it was emptied, torn or overwritten with something else."""
    try:
        note = json.loads(text or "{}")
    except (RecursionError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


class Traces(t.NamedTuple):
    """Unix times: when the start began (0 for unknown), of etcd's last write (None without data), of the newest file of a
    pod network (0 for none)."""

    began: float
    written: float | None
    network: float


def _span(seconds: float) -> str:
    """A time as a person says it."""
    for name, unit in (("days", 86400), ("hours", 3600)):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 60:.0f} minutes"


def life(traces: Traces) -> str:
    """What shows that a control plane lived on after the start that our note tells of, "" when nothing does.

    Without etcd's data there is nothing to lose: the start did not get so far, or somebody took it back. A note without a
    time is of no help, so data alone counts then.
    """
    if traces.written is None:
        return ""
    if not traces.began:
        return "it has data in etcd, and the note does not say since when"
    if traces.network > traces.began:
        return "a pod network was installed after the start"
    if traces.written - traces.began > GRACE:
        return f"etcd was still written {_span(traces.written - traces.began)} after the start"
    return ""


def data_folders(*texts: str) -> list[str]:
    """Where etcd's data may lie, from its static pod and kubeadm's configuration (JSON, or an earlier release's YAML) beside the usual place."""
    told = (
        match for text in texts for match in re.findall(r"(?:--data-dir=|\bdataDir[\"']?:\s*)[\"']?([^\s\"']+)", text)
    )
    return list(dict.fromkeys((DATA, *told)))


def etcd_is_elsewhere(api_server: str) -> bool:
    """Whether the static pod of an API server names an etcd on other machines, whose last write cannot be seen here."""
    match = re.search(r"--etcd-servers=(\S+)", api_server)
    return bool(match) and not re.search(r"//(?:127\.|localhost|\[::1\])", match.group(1) if match else "")


def _newest(paths: t.Iterable[str]) -> list[float]:
    """The newest time of change of what is there, as a list of one or none."""
    times = [os.stat(path).st_mtime for path in paths if os.path.exists(path)]
    return [max(times)] if times else []


def traces(note: t.Mapping[str, t.Any], configuration: str) -> Traces:
    """Look at this host; ``configuration`` is the path of kubeadm's file."""
    began = note.get("began")
    folders = data_folders(_files.peek(f"{MANIFESTS}/etcd.yaml"), _files.peek(configuration))
    written = _newest(
        path for folder in folders for path in glob.glob(f"{folder}/member") + glob.glob(f"{folder}/member/wal/*")
    )
    if not written and etcd_is_elsewhere(_files.peek(f"{MANIFESTS}/kube-apiserver.yaml")):
        written = [time.time()]
    return Traces(
        began=float(began) if isinstance(began, (int, float)) else 0.0,
        written=written[0] if written else None,
        network=max(_newest(glob.glob(NETWORKS)), default=0.0),
    )


__all__ = ("Traces", "data_folders", "etcd_is_elsewhere", "life", "parse", "traces")
