#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nfs_exports
short_description: The directories, the exports and the versions of an NFS server
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Makes the directories, and writes one file below C(/etc/exports.d) and one below C(/etc/nfs.conf.d). Other files there are left alone.
  - Starts and reloads nothing; it tells what has to be done, also when an earlier run was cut off in between.
  - The owner, group and mode of a directory that holds something already are left alone.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  exports:
    description: What to export. An empty list removes the collection's own file.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The directory.
        type: str
        required: true
      clients:
        description: Addresses and networks that may mount it, or C(*).
        type: list
        elements: str
        required: true
      options:
        description: Options of exports(5).
        type: list
        elements: str
        required: true
      owner:
        description: Owner of the directory, as a name or a number.
        type: str
        default: "65534"
      group:
        description: Group of the directory, as a name or a number.
        type: str
        default: "65534"
      mode:
        description: Mode of the directory.
        type: str
        default: "0755"
  allow:
    description: Paths (and C(*), the world) to export although that is dangerous.
    type: list
    elements: str
    default: []
  versions:
    description: Versions of NFS to serve.
    type: list
    elements: str
    choices: ["3", "4.0", "4.1", "4.2"]
    default: ["4.2"]
"""

EXAMPLES = r"""
- name: Export a directory to two machines
  homelab.kubernetes.nfs_exports:
    exports:
      - path: /srv/nfs/kubernetes
        clients: [192.168.0.11, 192.168.0.12]
        options: [rw, sync, no_subtree_check, root_squash]
  register: __exports
"""

RETURN = r"""
exports_stale:
  description: Whether C(exportfs -ra) has to run.
  type: bool
  returned: always
versions_stale:
  description: Whether the server has to be started again, because it serves other versions or has never read its file.
  type: bool
  returned: always
"""

import grp
import os
import pwd
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors, render
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as nfs

CONFIGURATION = "/etc/nfs.conf.d/homelab.kubernetes.conf"
TABLE = "/var/lib/nfs/etab"
RUNNING_VERSIONS = "/proc/fs/nfsd/versions"


class Directory(t.NamedTuple):
    """How a directory should be."""

    path: str
    uid: int
    gid: int
    mode: int


def identity(name: str, lookup: t.Callable[[str], int]) -> int:
    """The number of a user or group. Raises ValueError where the host knows no such name."""
    try:
        return int(name) if name.isdigit() else lookup(name)
    except KeyError:
        raise ValueError(f"this host has no user or group {name}") from None


def directory(item: nfs.Export) -> Directory:
    return Directory(
        item["path"],
        identity(item["owner"], lambda name: pwd.getpwnam(name).pw_uid),
        identity(item["group"], lambda name: grp.getgrnam(name).gr_gid),
        int(item["mode"], 8),
    )


def found(wanted: Directory) -> str:
    """The directory as it is, for the difference; empty where there is none."""
    try:
        status = os.stat(wanted.path)
    except OSError:
        return ""
    return f"{wanted.path} {status.st_uid}:{status.st_gid} {status.st_mode & 0o7777:04o}\n"


def unfinished(wanted: Directory) -> bool:
    """Whether there is something to do: what somebody has filled already is theirs."""
    if not os.path.isdir(wanted.path):
        return True
    return found(wanted) != shown(wanted) and not os.listdir(wanted.path)


def shown(wanted: Directory) -> str:
    return f"{wanted.path} {wanted.uid}:{wanted.gid} {wanted.mode:04o}\n"


def make(wanted: Directory) -> None:
    os.makedirs(wanted.path, mode=0o755, exist_ok=True)
    os.chown(wanted.path, wanted.uid, wanted.gid)
    os.chmod(wanted.path, wanted.mode)


def newer(path: str, other: str) -> bool:
    """Whether a file was written after another one that is there."""
    try:
        return os.stat(path).st_mtime > os.stat(other).st_mtime
    except OSError:
        return False


def change(module: AnsibleModule, items: t.List[nfs.Export]) -> t.Dict[str, t.Any]:
    """Compare, act unless this is a dry run, and tell."""
    versions = module.params["versions"]
    wanted = {
        nfs.FILE: nfs.exports_text(items) if items else "",
        CONFIGURATION: nfs.configuration_text(versions) if items else "",
    }
    files = _files.differing(wanted)
    todo = [one for one in map(directory, items) if unfinished(one)]
    running = _files.peek(RUNNING_VERSIONS)
    result = {
        "exports_stale": nfs.FILE in files or newer(nfs.FILE, TABLE),
        "versions_stale": CONFIGURATION in files or not nfs.serves(running, versions),
        "diff": _files.differences({**files, **{one.path: (found(one), shown(one)) for one in todo}}),
    }
    if not module.check_mode:
        for one in todo:
            make(one)
        for path, (_before, text) in files.items():
            _files.put(path, text)
    return {"changed": bool(files or todo or result["exports_stale"] or result["versions_stale"]), **result}


def main() -> None:
    export = {
        "path": {"type": "str", "required": True},
        "clients": {"type": "list", "elements": "str", "required": True},
        "options": {"type": "list", "elements": "str", "required": True},
        "owner": {"type": "str", "default": "65534"},
        "group": {"type": "str", "default": "65534"},
        "mode": {"type": "str", "default": "0755"},
    }
    versions = {"type": "list", "elements": "str", "choices": ["3", "4.0", "4.1", "4.2"], "default": ["4.2"]}
    module = AnsibleModule(
        argument_spec={
            "exports": {"type": "list", "elements": "dict", "required": True, "options": export},
            "allow": {"type": "list", "elements": "str", "default": []},
            "versions": versions,
        },
        supports_check_mode=True,
    )
    items = module.params["exports"]
    try:
        # Preflight has said it for all servers at once; the role used alone has only this.
        real = {item["path"]: os.path.realpath(item["path"]) for item in items}
        found = nfs.plan_findings(items, module.params["allow"], "")
        wrong = errors([*found, *nfs.link_findings(items, real, module.params["allow"], "")])
        if wrong:
            raise ValueError("\n".join(render(wrong)))
        result = change(module, items)
    except (OSError, ValueError) as exc:
        module.fail_json(msg=f"The exports could not be written: {exc}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
