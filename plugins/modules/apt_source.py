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
  - Whose key it is decides O(key_fingerprints). Without them the key must come over C(https), and a warning tells when another key
    takes the place of the one that was there.
  - Nothing sends a login, neither one in an address, which is refused, nor one of C(~/.netrc).
  - After a change the list of this source alone is read, which takes a fraction of a full update. A host that has no package lists
    at all reads the others too, because what the source has needs packages of the distribution.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
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
    description: Where the armoured key of the repository is, V(https) unless O(key_fingerprints) are given.
    type: str
    required: true
  key_fingerprints:
    description:
      - Fingerprints of the keys that are accepted, as C(gpg --show-keys) prints them. Every primary key in the file must be among them.
      - A fingerprint stays when the vendor extends the life of its key. Empty accepts any key.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Add the packages of a Kubernetes minor
  homelab.kubernetes.apt_source:
    name: kubernetes
    uri: https://pkgs.k8s.io/core:/stable:/v1.37/deb/
    key_url: https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key
    key_fingerprints: [DE15B14486CD377B9E876E1A234654DA9A296436]
"""

RETURN = r""" # """

import glob
import http.client
import os
import tempfile
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources import apt as _apt
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources.openpgp import Key, pin, public_key

ATTEMPTS = 3
PAUSE = 2.0
KEYRINGS = "/etc/apt/keyrings"
SOURCES = "/etc/apt/sources.list.d"
RUN = "/run"
LISTS = "/var/lib/apt/lists/*_Packages*"
LOCK = ("-o", "DPkg::Lock::Timeout=300")


def others(path: str) -> list[_apt.Source]:
    """The package sources of this host in other files than ours."""
    files = ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]
    return [
        found
        for file in files
        if file != path and file.endswith((".list", ".sources"))
        for found in _apt.sources(file, _files.read(file) or "")
    ]


def fetch(url: str, pins: t.Collection[str]) -> Key:
    """The key at a URL. Raises ValueError when it cannot be had."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with open_url(url, timeout=10, use_netrc=False) as answer:
                # A redirection may have left TLS.
                _apt.refuse_unpinned(answer.geturl(), pins)
                return _apt.armored_key(answer.read(), url)
        except (OSError, http.client.HTTPException) as exc:
            if attempt == ATTEMPTS:
                raise ValueError(f"the key of the package source cannot be fetched from {url}: {exc}") from exc
            time.sleep(PAUSE)
    raise AssertionError("unreachable")


def known(text: str) -> Key | None:
    """The key that is there already, none when it cannot be read."""
    try:
        return public_key(text)
    except ValueError:
        return None


def key(module: AnsibleModule, before: Key | None) -> Key:
    """The key to have: the served one, or the one that is there while none can be fetched. Raises ValueError."""
    url, pins = module.params["key_url"], [pin(text) for text in module.params["key_fingerprints"]]
    _apt.refuse_login(url)
    _apt.refuse_unpinned(url, pins)
    place = url
    try:
        after = fetch(url, pins)
    except ValueError as exc:
        if before is None:
            raise
        module.warn(f"{exc}; the key that is already there is kept")
        after, place = before, f"{KEYRINGS}/{module.params['name']}.asc"
    _apt.refuse_stranger(after, pins, place)
    warning = "" if pins else _apt.replacement(before, after, url)
    if warning:
        module.warn(warning)
    return after


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
    with tempfile.TemporaryDirectory(dir=RUN) as directory:
        os.chmod(directory, 0o755)
        path = os.path.join(directory, "new.sources")
        _files.replace(path, source, mode=0o644)
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
            "key_fingerprints": {"type": "list", "elements": "str", "default": [], "no_log": False},
        },
        supports_check_mode=True,
    )
    params: dict[str, t.Any] = module.params
    key_path, path = f"{KEYRINGS}/{params['name']}.asc", f"{SOURCES}/{params['name']}.sources"
    before = {name: _files.read(name) or "" for name in (key_path, path)}
    try:
        _apt.refuse_login(params["uri"])
        _apt.refuse_second(others(path), _apt.Source(path, params["uri"], params["suite"], key_path))
        after = {
            key_path: key(module, known(before[key_path])).text,
            path: _apt.deb822(params["uri"], params["suite"], params["components"], key_path),
        }
        different = [name for name in after if after[name] != before[name]]
        if different and not module.check_mode:
            _files.replace(key_path, after[key_path], mode=0o644)
            # The source appears when apt has read it, so that a run cut off in between does all of it again.
            update(module, after[path])
            _files.replace(path, after[path], mode=0o644)
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    diff = [_files.difference(name, before[name], after[name]) for name in different]
    module.exit_json(changed=bool(different), diff=diff)


if __name__ == "__main__":
    main()
