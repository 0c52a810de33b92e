#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nfs_mount_test
short_description: Try NFS shares from a node
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Mounts each share in a directory of its own, writes a file, reads it back, removes it and unmounts.
  - Writes as root, and where the server takes root's rights away (C(root_squash)), as the owner of the shared directory.
  - Programs, devices and set-user-ID files of the server mean nothing there, and only root enters the place, C(/run/homelab.kubernetes/nfs). What
    a killed run has left mounted there is unmounted first.
  - Nothing stays behind, so there is never a change. A share that cannot be used fails the task with the reason and the fix.
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
options:
  shares:
    description: What to mount.
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description: Address or name of the server.
        type: str
        required: true
      path:
        description: The exported directory, or one below it.
        type: str
        required: true
      options:
        description: Mount options. Those on waiting and trying again are replaced, so that the test ends.
        type: list
        elements: str
        default: []
      read_only:
        description: Whether pods only read there, so that nothing is written.
        type: bool
        default: false
  address:
    description: Address of this node, for the message.
    type: str
    default: ""
  timeout:
    description: Seconds for a connection to the server.
    type: int
    default: 5
attributes:
  check_mode:
    description: Never changes a node.
    support: partial
    details: A dry run tries nothing; client and server may not be there yet.
"""

EXAMPLES = r"""
- name: Try the share
  homelab.kubernetes.nfs_mount_test:
    address: "{{ cluster_node_ip }}"
    shares:
      - server: 192.168.0.31
        path: /srv/nfs/kubernetes
        options: [nfsvers=4.2]
"""

RETURN = r"""
findings:
  description: What is wrong, in the collection's common shape.
  type: list
  elements: dict
  returned: always
seconds:
  description: How long it took.
  type: float
  returned: success
"""

import contextlib
import fcntl
import os
import socket
import stat
import tempfile
import time
import typing as t
import uuid

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, render
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs.mount import (
    PORT,
    Share,
    mount_finding,
    mount_options,
    mounts_below,
    port_finding,
    write_finding,
)

# mount(8) itself waits longer than a person does where a firewall swallows packets.
MOUNT_SECONDS = 60
# Only root enters, so nobody of this host meets the server's files.
FOLDER = "/run/homelab.kubernetes/nfs"
# What lies there is the server's choice: no link is followed, and no pipe is waited for.
_CAREFUL = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def unreachable(share: Share, timeout: int) -> str:
    """Why no connection is possible; "" when one is."""
    try:
        socket.create_connection((share.server, PORT), timeout=timeout).close()
    except OSError as exc:
        return str(exc)
    return ""


def write_new(folder: int, name: str, text: bytes) -> None:
    """Write a file that was not there, in the folder of a descriptor. Raises OSError."""
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CAREFUL, 0o600, dir_fd=folder)
    try:
        os.write(file, text)
        os.fsync(file)
    finally:
        os.close(file)


def read_back(folder: int, name: str, most: int) -> bytes:
    """What is in a file, whatever the server has put in its place meanwhile. Raises OSError, and ValueError for no file."""
    file = os.open(name, os.O_RDONLY | _CAREFUL, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise ValueError("a file came back as something else")
        return os.read(file, most)
    finally:
        os.close(file)


def write_and_read(folder: int) -> None:
    """Raises OSError where it is not possible, ValueError where something else comes back."""
    text = uuid.uuid4().hex
    name = f".homelab.kubernetes-{text}"
    try:
        write_new(folder, name, text.encode())
        if read_back(folder, name, len(text) + 1) != text.encode():
            raise ValueError("a file came back with another content")
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def write_problem(path: str) -> t.Tuple[str, int]:
    """Why nothing can be written, and the directory's owner.

    The descriptor, which asks the server for no permission, leads the owner past the folder above that only root may enter.
    """
    folder = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    owner = os.fstat(folder).st_uid
    problem = ""
    try:
        for uid in dict.fromkeys((0, owner)):
            os.seteuid(uid)
            try:
                write_and_read(folder)
                return "", owner
            except (OSError, ValueError) as exc:
                problem = problem or str(getattr(exc, "strerror", "") or exc)
            finally:
                os.seteuid(0)
        return problem, owner
    finally:
        os.close(folder)


@contextlib.contextmanager
def workplace(module: AnsibleModule) -> t.Iterator[None]:
    """A folder that only root enters, for one run at a time, and without what a killed run has left mounted."""
    for path in (os.path.dirname(FOLDER), FOLDER):
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
    lock = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(lock, 0o700)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            left = mounts_below(file.read(), FOLDER)
        for path in left:
            module.run_command(["umount", "--lazy", path], check_rc=True)
        for name in os.listdir(FOLDER):
            os.rmdir(os.path.join(FOLDER, name))
        yield
    finally:
        os.close(lock)


def mounted(module: AnsibleModule, share: Share, address: str, read_only: bool) -> t.Iterator[Finding]:
    """Mount, write, read, unmount."""
    # Not below the module's own directory: its removal would go through a mount that is left.
    folder = tempfile.mkdtemp(dir=FOLDER)
    limit = ["timeout", "--kill-after=5", str(MOUNT_SECONDS)]
    try:
        command = [*limit, "mount", "-t", "nfs", "-o", mount_options(share.options), share.source, folder]
        rc, out, err = module.run_command(command, environ_update={"LC_ALL": "C"})
        if rc != 0:
            yield mount_finding(share, address, "Connection timed out" if rc in (124, 137) else err or out)
            return
        try:
            problem, owner = ("", 0) if read_only else write_problem(folder)
            if problem:
                yield write_finding(share, address, problem, owner)
        finally:
            module.run_command(["umount", folder], check_rc=True)
    finally:
        os.rmdir(folder)


def findings(module: AnsibleModule) -> t.List[Finding]:
    """All shares, one after the other; the first failure does not hide the next."""
    address, result = module.params["address"], []
    silent: t.Dict[str, str] = {}
    for given in module.params["shares"]:
        share = Share(given["server"], given["path"], tuple(given["options"]))
        if share.server not in silent:
            silent[share.server] = unreachable(share, module.params["timeout"])
        if silent[share.server]:
            result.append(port_finding(share, address, silent[share.server]))
        else:
            with workplace(module):
                result += mounted(module, share, address, given["read_only"])
    return result


def main() -> None:
    share = {
        "server": {"type": "str", "required": True},
        "path": {"type": "str", "required": True},
        "options": {"type": "list", "elements": "str", "default": []},
        "read_only": {"type": "bool", "default": False},
    }
    module = AnsibleModule(
        argument_spec={
            "shares": {"type": "list", "elements": "dict", "required": True, "options": share},
            "address": {"type": "str", "default": ""},
            "timeout": {"type": "int", "default": 5},
        },
        supports_check_mode=True,
    )
    begun = time.monotonic()
    found = [] if module.check_mode else findings(module)
    if found:
        module.fail_json(msg="This node cannot use the storage.\n" + "\n".join(render(found)), findings=found)
    module.exit_json(changed=False, findings=[], seconds=round(time.monotonic() - begun, 1))


if __name__ == "__main__":
    main()
