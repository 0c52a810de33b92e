#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apt_source
short_description: Add a package source with its key on the Debian family
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Writes C(/etc/apt/sources.list.d/NAME.sources) and C(/etc/apt/keyrings/NAME.asc), in one round trip and without any library
    on the host.
  - The key is fetched every time and replaced when it differs, because vendors extend the life of a key and a stale copy then
    stops every update. When it cannot be fetched and there is one already, that one is kept and a warning tells so.
  - After a change the list of this source alone is read, which takes a fraction of a full update. A host that has no package lists
    at all reads the others too, because what the source has needs packages of the distribution.
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: Shows both files before and after.
    support: full
options:
  name:
    description: Name of the two files.
    type: str
    required: true
  uri:
    description: Address of the repository.
    type: str
    required: true
  suite:
    description: Suite of the repository, V(/) for a flat one.
    type: str
    default: /
  components:
    description: Components of the suite; a flat repository has none.
    type: list
    elements: str
    default: []
  key_url:
    description: Where the armoured key of the repository is.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Add the packages of a Kubernetes minor
  homelab.kubernetes.apt_source:
    name: kubernetes
    uri: https://pkgs.k8s.io/core:/stable:/v1.37/deb/
    key_url: https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key
"""

RETURN = r""" # """

import glob
import os
import tempfile
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.homelab.kubernetes.plugins.module_utils._apt import armored_key, deb822

ATTEMPTS = 3
LISTS = "/var/lib/apt/lists/*_Packages*"
LOCK = ("-o", "DPkg::Lock::Timeout=300")


def read(path: str) -> str:
    """Content of a file, "" when it is not there."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def write(path: str, content: str) -> None:
    """Replace a file in one step, readable by everyone as apt's own user needs it."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    with open(f"{path}.new", "w", encoding="utf-8") as stream:
        stream.write(content)
    os.chmod(f"{path}.new", 0o644)
    os.replace(f"{path}.new", path)


def fetch(url: str) -> str:
    """The key at a URL. Raises ValueError when it cannot be had."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return armored_key(open_url(url, timeout=10).read(), url)
        except OSError as exc:
            if attempt == ATTEMPTS:
                raise ValueError(f"the key of the package source cannot be fetched from {url}: {exc}") from exc
            time.sleep(2)
    raise AssertionError("unreachable")


def key(module: AnsibleModule, before: str) -> str:
    """The key to have: the served one, or the one that is there while none can be fetched."""
    try:
        return fetch(module.params["key_url"])
    except ValueError as exc:
        if not before:
            raise
        module.warn(f"{exc}; the key that is already there is kept")
        return before


def apt_update(module: AnsibleModule, what: str, *options: str) -> None:
    """Read package lists. Raises ValueError with apt's complaint."""
    command = ["apt-get", "update", "-q", *LOCK, *options]
    code, out, err = module.run_command(command, environ_update={"LC_ALL": "C.UTF-8"})
    if code != 0:
        raise ValueError(f"apt cannot read {what}: {(err or out).strip()}")


def update(module: AnsibleModule, source: str) -> None:
    """Read the package list of this source and of no other, where there are others. Raises ValueError with apt's complaint."""
    if not glob.glob(LISTS):
        apt_update(module, "the package lists of this host")
    with tempfile.TemporaryDirectory(dir="/run") as directory:
        os.chmod(directory, 0o755)
        path = os.path.join(directory, "new.sources")
        write(path, source)
        only = ("-o", f"Dir::Etc::sourcelist={path}", "-o", "Dir::Etc::sourceparts=-", "-o", "APT::Get::List-Cleanup=0")
        apt_update(module, f"the package source {module.params['uri']}", "-o", "APT::Update::Error-Mode=any", *only)


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "uri": {"type": "str", "required": True},
            "suite": {"type": "str", "default": "/"},
            "components": {"type": "list", "elements": "str", "default": []},
            "key_url": {"type": "str", "required": True, "no_log": False},
        },
        supports_check_mode=True,
    )
    params: dict[str, t.Any] = module.params
    key_path, path = f"/etc/apt/keyrings/{params['name']}.asc", f"/etc/apt/sources.list.d/{params['name']}.sources"
    before = {key_path: read(key_path), path: read(path)}
    try:
        after = {
            key_path: key(module, before[key_path]),
            path: deb822(params["uri"], params["suite"], params["components"], key_path),
        }
        different = [name for name in after if after[name] != before[name]]
        if different and not module.check_mode:
            write(key_path, after[key_path])
            # The source appears when apt has read it, so that a run cut off in between does all of it again.
            update(module, after[path])
            write(path, after[path])
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    diff = [{"before": before[n], "after": after[n], "before_header": n, "after_header": n} for n in different]
    module.exit_json(changed=bool(different), diff=diff)


if __name__ == "__main__":
    main()
