#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: systemd_timer
short_description: A systemd timer with all of its files, in one round trip
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Writes the files of a timer, its service and its programs, lets systemd read them, and enables and starts the timer.
  - Compares with what systemd itself knows of both units, so a run that was cut off after any step is finished by the next one.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  name:
    description: Name of both units, without C(.timer) and C(.service), whose files lie in C(/etc/systemd/system).
    type: str
    required: true
  files:
    description: Mapping of path to content; the files of both units are among them. Everybody may read them.
    type: dict
    required: true
  state:
    description: With V(absent) the files are removed and the timer is stopped; folders of programs that are empty then go too.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Say hello every hour
  homelab.kubernetes.systemd_timer:
    name: hello
    files:
      /etc/systemd/system/hello.service: |
        [Service]
        Type=oneshot
        ExecStart=/usr/bin/echo hello
      /etc/systemd/system/hello.timer: |
        [Timer]
        OnCalendar=hourly
        [Install]
        WantedBy=timers.target
"""

RETURN = r"""
commands:
  description: What systemctl was told, or would be in check mode.
  type: list
  elements: list
  returned: success
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import units as _units

UNITS = "/etc/systemd/system"
KNOWN = ("ActiveState", "UnitFileState", "NeedDaemonReload")


def remove(paths: t.Iterable[str]) -> None:
    """Files, and folders of programs where these are empty then."""
    for path in paths:
        folder = os.path.dirname(path)
        os.unlink(path)
        if folder != UNITS and not os.listdir(folder):
            os.rmdir(folder)


def systemctl(module: AnsibleModule, commands: t.Iterable[t.Sequence[str]]) -> None:
    for command in commands:
        module.run_command(["systemctl", *command], check_rc=True)


def present(module: AnsibleModule, before: t.Mapping[str, t.Optional[str]]) -> dict[str, t.Any]:
    """Write what differs; then tell systemd what it does not know yet."""
    name, files = module.params["name"], module.params["files"]
    differing = {path: text for path, text in files.items() if before[path] != text}
    timer, service = _units.show(f"{name}.timer", *KNOWN), _units.show(f"{name}.service", *KNOWN)
    written = any(path.startswith(f"{UNITS}/") for path in differing)
    commands = _units.timer_commands(name, timer, service, written=written)
    if not module.check_mode:
        for path, text in differing.items():
            _files.replace(path, text, mode=0o644)
        systemctl(module, commands)
    return {"changed": bool(differing or commands), "commands": commands}


def absent(module: AnsibleModule, before: t.Mapping[str, t.Optional[str]]) -> dict[str, t.Any]:
    """Remove the files, and stop the timer last: while it is active, whoever looks knows that this has yet to be finished."""
    timer = f"{module.params['name']}.timer"
    there = [path for path, text in before.items() if text is not None]
    disable = [["disable", timer]] if f"{UNITS}/{timer}" in there else []
    stop = [["stop", timer]] if _units.show(timer, *KNOWN).get("ActiveState") == "active" else []
    reload = [["daemon-reload"]] if disable or stop else []
    if not module.check_mode:
        systemctl(module, disable)
        remove(there)
        systemctl(module, [*stop, *reload])
    return {"changed": bool(there or stop), "commands": [*disable, *stop, *reload]}


def main() -> None:
    """One translation of errors."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "files": {"type": "dict", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    wanted = module.params["state"] == "present"
    try:
        before = {path: _files.read(path) for path in module.params["files"]}
        result = (present if wanted else absent)(module, before)
    except OSError as exc:
        module.fail_json(msg=f"The timer {module.params['name']} cannot be set up: {exc}")
    after = module.params["files"] if wanted else {}
    diff = [
        _files.difference(path, text or "", after.get(path, ""))
        for path, text in before.items()
        if text != after.get(path)
    ]
    module.exit_json(diff=diff, **result)


if __name__ == "__main__":
    main()
