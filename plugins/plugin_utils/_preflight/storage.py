# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Storage before the first change: what servers would export, whether kernels can serve and mount it, and folders of nodes."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, Kind, ordered
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as _nfs_exports
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import local_storage as _objects_local_storage
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import storage as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.access import (
    check_access,
    check_user,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.machine import check_system
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, Facts, Host


class Server(t.TypedDict):
    """What is asked of an NFS server."""

    exports: t.List[_nfs_exports.Export]
    allow: t.List[str]
    versions: t.List[str]


def _kernel(host: str, facts: Facts, module: str, kind: Kind) -> t.Iterator[Finding]:
    if facts["kernel_modules"].get(module) == "absent":
        yield kind.at(host, kernel=facts["kernel"])


def server_findings(name: str, server: Server, facts: t.Optional[Facts]) -> t.Iterator[Finding]:
    """What one server would do wrong; without facts, what its variables alone show."""
    yield from _nfs_exports.plan_findings(server["exports"], server["allow"], name)
    if facts:
        yield from _nfs_exports.link_findings(server["exports"], facts["real_paths"], server["allow"], name)
        yield from _nfs_exports.host_findings(
            server["exports"], facts["paths"], facts["nfs_exports"], server["versions"], name
        )
        yield from _kernel(name, facts, "nfsd", kinds.NFS_SERVER_MODULE_MISSING)


def findings(
    servers: t.Mapping[str, Server],
    hosts: t.Mapping[str, Host],
    nodes: t.Collection[str],
    clients: t.Collection[str],
) -> t.List[Finding]:
    """Everything that is wrong. ``nodes`` have been looked at as nodes already; ``clients`` are those that mount."""
    others = {name: host for name, host in hosts.items() if name not in nodes}
    context = Context({}, others)
    found = [*check_access(context), *check_user(context), *check_system(context)]
    seen = Context({}, hosts).seen
    for name, server in servers.items():
        found += server_findings(name, server, seen.get(name))
    for name in clients:
        if name in seen:
            found += _kernel(name, seen[name], "nfs", kinds.NFS_CLIENT_MODULE_MISSING)
    return ordered(found)


def folder_findings(folders: t.Mapping[str, str]) -> t.Iterator[Finding]:
    """Where nodes would keep volumes on their own disks, node to path; one finding for a path, whoever has it."""
    for path in dict.fromkeys(folders.values()):
        problem = _objects_local_storage.path_problem(path)
        if problem:
            names = [name for name, folder in folders.items() if folder == path]
            yield kinds.LOCAL_STORAGE_PATH.at(
                names[0] if len(names) < len(folders) else "",
                subjects=["local_storage_path"],
                path=path,
                problem=problem,
            )


__all__ = ("Server", "findings", "folder_findings")
