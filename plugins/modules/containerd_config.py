#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: containerd_config
short_description: containerd's configuration, and proof that containerd follows it
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Renders one complete C(config.toml) for the installed generation (1.7, 2.0 to 2.2, 2.3 and later), C(hosts.toml)
    for every registry with mirrors, and C(/etc/crictl.yaml).
  - A C(hosts.toml) that this module wrote earlier and that is no longer wanted is removed.
  - Gives containerd's service an environment, in C(/etc/systemd/system/containerd.service.d/homelab-proxy.conf).
  - The configuration is loaded by C(containerd config dump) before it replaces the one in use, and must say there
    what was wanted. The files that it imports are loaded too, and may say otherwise.
  - From containerd 2.2 on it imports C(/etc/containerd/conf.d/*.toml), as containerd's own default configuration does; O(overrides) can replace the list.
  - Then asks the running containerd over CRI. Nothing is restarted here; RV(restart_needed) says whether it has to be.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
attributes:
  check_mode:
    details: Without its content where containerd is not installed.
options:
  sandbox_image:
    description: Image of the pause container, the one that kubeadm wants.
    type: str
    required: true
  registry_mirrors:
    description:
      - Mapping of a registry's host to a list of what to try before it, each a URL or a mapping of C(url) and C(resolve).
      - Where C(resolve) is false a mirror serves content by its digest, and the registry itself says which digest a tag has. The
        default is true for C(https) and false for C(http), where anybody on the way could answer.
    type: dict
    default: {}
  overrides:
    description:
      - Merged last into C(config.toml), in the structure of the file of the installed generation.
      - CRI tables of the other generation are left out where those of the installed one are given too.
    type: dict
    default: {}
  cni_bin_dir:
    description: Folder of the CNI plugins.
    type: path
    default: /opt/cni/bin
  cni_conf_dir:
    description: Folder of the CNI configuration.
    type: path
    default: /etc/cni/net.d
  service_environment:
    description:
      - Environment variables of containerd's service, as P(homelab.kubernetes.proxy_environment#filter) makes them; systemd gets their names in capitals.
      - Empty removes the file where this module wrote one. Other files of yours beside it stay.
    type: dict
    default: {}
  path:
    description: The configuration file.
    type: path
    default: /etc/containerd/config.toml
  socket:
    description: containerd's socket.
    type: path
    default: /run/containerd/containerd.sock
  prove:
    description: Whether to wait for the running containerd, as after a restart, and fail when it does not follow.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Configure containerd
  homelab.kubernetes.containerd_config:
    sandbox_image: registry.k8s.io/pause:3.10.2
    registry_mirrors:
      docker.io: ["http://192.168.0.5:5000"]
    overrides:
      plugins:
        io.containerd.cri.v1.runtime:
          enable_selinux: true
  register: result
"""

RETURN = r"""
installed:
  description: Whether containerd is installed; false in check mode only.
  type: bool
  returned: success
version:
  description: The installed version, empty when there is none.
  type: str
  returned: success
config_version:
  description: Version of the configuration file, 0 when containerd is not installed.
  type: int
  returned: success
files:
  description: Files that were written or removed, or would be in check mode.
  type: list
  elements: str
  returned: success
restart_needed:
  description: Whether the running containerd does not follow C(config.toml).
  type: bool
  returned: success
problems:
  description: What the running containerd lacks of the configuration.
  type: list
  elements: str
  returned: success
service_ready:
  description: Whether containerd answers and is enabled at boot.
  type: bool
  returned: success
"""

import glob
import os
import time
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd import config as ctd
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd import service as ctd_service
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import units as _units

try:
    import tomllib
except ImportError:  # Python before 3.11: then containerd's word that it can load the file has to do.
    tomllib = None  # type: ignore[assignment]

PROVE_SECONDS = 30


def installed_version(module: AnsibleModule) -> ctd.Version | None:
    """The version of the installed containerd."""
    containerd = module.get_bin_path("containerd")
    return ctd.parse_version(module.run_command([containerd, "--version"], check_rc=True)[1]) if containerd else None


def ours(path: str) -> bool:
    """Whether this module wrote a file."""
    return (_files.read(path) or "").startswith(_files.HEADER)


def wanted_files(module: AnsibleModule, config: ctd.Document) -> dict[str, str]:
    """Path -> content; "" for a file of ours that has to go."""
    params = module.params
    files = ctd.registry_files(params["registry_mirrors"])
    for path in glob.glob(f"{ctd.CERTS_DIR}/*/hosts.toml"):
        if path not in files and ours(path):
            files[path] = ""
    drop_in = ctd_service.drop_in(params["service_environment"])
    if drop_in or ours(ctd_service.DROP_IN):
        files[ctd_service.DROP_IN] = drop_in
    return {params["path"]: ctd.config_text(config), **files, ctd.CRICTL_PATH: ctd.crictl_text(params["socket"])}


def dump(module: AnsibleModule, config: ctd.Document, doubt: str) -> str:
    """Let containerd load a configuration, from a place where it is not in use, and say what it understood."""
    candidate = os.path.join(module.tmpdir, "config.toml")
    with open(candidate, "w", encoding="utf-8") as stream:
        stream.write(ctd.config_text(config))
    rc, out, err = module.run_command([module.get_bin_path("containerd"), "--config", candidate, "config", "dump"])
    if rc != 0:
        raise ValueError(f"containerd cannot load the configuration: {(err or out).strip()}; check {doubt}")
    return str(out)


def drop_ins(module: AnsibleModule, config: ctd.Document) -> list[str]:
    """The files that the configuration imports. They are their owner's, and may say otherwise than it does."""
    folder = os.path.dirname(module.params["path"])
    return sorted(path for pattern in config.get("imports", ()) for path in glob.glob(os.path.join(folder, pattern)))


def check_config(module: AnsibleModule, config: ctd.Document) -> None:
    """Compare what containerd understands of the file alone, then let it load what the file imports too."""
    alone = {key: value for key, value in config.items() if key != "imports"}
    out = dump(module, alone, "containerd_config")
    if tomllib is not None:
        problems = ctd.differences(alone, {**tomllib.loads(out), "version": config["version"]})
        if problems:
            raise ValueError(
                f"containerd does not understand its configuration: {'; '.join(problems)}; check containerd_config"
            )
    imported = drop_ins(module, config)
    if imported:
        dump(module, {**alone, "imports": imported}, f"the files that it imports, {', '.join(imported)}")


def write(path: str, text: str) -> None:
    """Replace a file, or remove it and its empty folder. That of a drop-in stays: its time tells that something went."""
    _files.put(path, text, mode=0o644)
    if not text and path != ctd_service.DROP_IN and not os.listdir(os.path.dirname(path)):
        os.rmdir(os.path.dirname(path))


def live_problems(module: AnsibleModule, config: ctd.Document) -> list[str]:
    """What the running containerd lacks of the configuration."""
    path, socket, folder = module.params["path"], module.params["socket"], os.path.dirname(ctd_service.DROP_IN)
    if not os.path.exists(socket):
        return [f"containerd does not run: there is no {socket}"]
    # The socket is made at start: what is younger has not been read, as when an earlier run stopped before the restart.
    for place in (path, folder):
        if os.path.exists(place) and os.path.getmtime(place) > os.path.getmtime(socket):
            return [f"containerd runs since before {place} was written"]
    if module.params["service_environment"]:
        process = _units.show("containerd", "MainPID").get("MainPID", "0")
        problems = ctd_service.problems(_files.peek(f"/proc/{process}/environ"), module.params["service_environment"])
        if problems:
            return problems
    crictl = module.get_bin_path("crictl")
    command = (
        [crictl, "--runtime-endpoint", f"unix://{socket}", "--timeout", "5s", "info"]
        if crictl
        else ["ctr", "--address", socket, "plugins", "ls"]
    )
    rc, out, err = module.run_command(command)
    if rc != 0:
        return [f"{os.path.basename(command[0])} got no answer: {(err or out).strip()}"]
    return ctd.cri_problems(out, config) if crictl else ctd.cri_plugin_problems(out)


def proven_problems(module: AnsibleModule, config: ctd.Document) -> list[str]:
    """The same, with patience for a containerd that has just been started."""
    deadline = time.monotonic() + PROVE_SECONDS
    while True:
        problems = live_problems(module, config)
        if not problems or time.monotonic() > deadline:
            return problems
        time.sleep(0.5)


def enabled(module: AnsibleModule) -> bool:
    """Whether containerd starts at boot."""
    return bool(module.run_command(["systemctl", "is-enabled", "--quiet", "containerd"])[0] == 0)


def configure(module: AnsibleModule, version: ctd.Version) -> dict[str, t.Any]:
    """Load, compare, act, and look at the running containerd."""
    params = module.params
    wish = ctd.Wish(params["sandbox_image"], params["cni_bin_dir"], params["cni_conf_dir"])
    config = ctd.document(version, wish, params["overrides"])
    changes = _files.differing(wanted_files(module, config))
    check_config(module, config)
    if not module.check_mode:
        for path, (_before, after) in changes.items():
            write(path, after)
    unread = [path for path in (params["path"], ctd_service.DROP_IN) if path in changes]
    if unread:
        problems = [f"{path} is {'new' if changes[path][1] else 'gone'}" for path in unread]
    else:
        problems = (
            proven_problems(module, config)
            if params["prove"] and not module.check_mode
            else live_problems(module, config)
        )
        if problems and params["prove"] and not module.check_mode:
            hints = ["journalctl -u containerd", *drop_ins(module, config)]
            raise ValueError(
                f"containerd does not follow its configuration: {'; '.join(problems)}; see {', '.join(hints)}"
            )
    return {
        "changed": bool(changes or problems),
        "installed": True,
        "version": ctd.dotted(version),
        "config_version": config["version"],
        "files": list(changes),
        "restart_needed": bool(problems),
        "problems": problems,
        "service_ready": not problems and enabled(module),
        "diff": _files.differences(changes),
    }


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """One generation is rendered, so without an installed containerd there is nothing to render yet."""
    version = installed_version(module)
    if version:
        return configure(module, version)
    if not module.check_mode:
        raise ValueError("containerd is not installed: install it first (containerd_source, containerd_version)")
    blank = {
        "installed": False,
        "version": "",
        "config_version": 0,
        "files": [],
        "restart_needed": False,
        "problems": [],
    }
    return {
        **blank,
        "changed": True,
        "service_ready": False,
        "msg": "containerd is not installed yet; its configuration depends on the version",
    }


def main() -> None:
    """One translation of errors."""
    module = AnsibleModule(
        argument_spec={
            "sandbox_image": {"type": "str", "required": True},
            "registry_mirrors": {"type": "dict", "default": {}},
            "overrides": {"type": "dict", "default": {}},
            "cni_bin_dir": {"type": "path", "default": "/opt/cni/bin"},
            "cni_conf_dir": {"type": "path", "default": "/etc/cni/net.d"},
            "service_environment": {"type": "dict", "default": {}},
            "path": {"type": "path", "default": "/etc/containerd/config.toml"},
            "socket": {"type": "path", "default": "/run/containerd/containerd.sock"},
            "prove": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except (OSError, ValueError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
