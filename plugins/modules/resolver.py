#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: resolver
short_description: Give the kubelet a resolver file without loopback servers
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Makes O(path) lead to name servers that pods can reach.
  - Without O(nameservers) it becomes a link to the host's own resolver file, so that it follows when the host's servers change;
    where that file names only a local stub, to systemd-resolved's list of the servers behind the stub.
  - The host's own resolver files are never touched.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  path:
    description: The file that the kubelet's C(resolvConf) names.
    type: path
    default: /etc/kubernetes/resolv.conf
  nameservers:
    description: Addresses of name servers; empty takes the host's.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Follow the host's name servers
  homelab.kubernetes.resolver:

- name: Ask the router
  homelab.kubernetes.resolver:
    nameservers: [192.168.0.1]
"""

RETURN = r"""
source:
  description: The file that was linked, or V(nameservers) when they were given.
  type: str
  returned: success
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.resolver import choose

CANDIDATES = ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf")


def state(path: str) -> str:
    """What stands at the path: its link target as ``-> TARGET``, else its content."""
    return f"-> {os.readlink(path)}\n" if os.path.islink(path) else _files.peek(path)


def place(path: str, wish: str) -> None:
    """Put a link (``-> TARGET``) or a content at the path in one step."""
    if not wish.startswith("-> "):
        _files.replace(path, wish, mode=0o644)
        return
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    new = f"{path}.new"
    if os.path.lexists(new):
        os.remove(new)
    os.symlink(wish[3:].strip(), new)
    os.replace(new, path)


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "default": "/etc/kubernetes/resolv.conf"},
            "nameservers": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    path, servers = module.params["path"], module.params["nameservers"]
    try:
        source = "nameservers" if servers else choose([(c, _files.peek(c)) for c in CANDIDATES])
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    wish = "".join(f"nameserver {s}\n" for s in servers) if servers else f"-> {source}\n"
    before = state(path)
    if before != wish and not module.check_mode:
        place(path, wish)
    module.exit_json(changed=before != wish, source=source, diff=_files.difference(path, before, wish))


if __name__ == "__main__":
    main()
