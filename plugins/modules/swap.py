#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: swap
short_description: Keep swap off, now and after a reboot
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Comments out the swap entries of C(/etc/fstab), each with a mark that tells who did it.
  - Gives every other swap unit (of zram-generator, of a swap partition that systemd found by itself, of an
    administrator) and the services that make swap at boot (C(zramswap), C(zram-config), C(dphys-swapfile),
    C(swapspace)) a drop-in with a condition that is never true. Removing the drop-in brings the unit back.
  - Takes the swap in use out of use.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  state:
    description: The wanted state.
    type: str
    choices: [absent]
    default: absent
"""

EXAMPLES = r"""
- name: Keep swap off
  homelab.kubernetes.swap:
    state: absent
"""

RETURN = r"""
active:
  description: Files and devices that were in use as swap.
  type: list
  elements: str
  returned: success
files:
  description: Files that were written, or would be in check mode.
  type: list
  elements: str
  returned: success
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.swap import active, edits, unit_of

# Where all of it is; tests have a folder.
ROOT = "/"


def command(module: AnsibleModule, *words: str) -> None:
    """Run a command that must succeed."""
    rc, out, err = module.run_command(list(words))
    if rc != 0:
        raise ValueError(f"{' '.join(words)} failed: {(err or out).strip()}")


def switch_off(module: AnsibleModule, changes: _files.Changes) -> None:
    """First what would bring swap back, then the swap in use."""
    for path, (_before, after) in changes.items():
        _files.replace(ROOT + path, after)
    if changes and os.path.isdir(f"{ROOT}run/systemd/system"):
        command(module, "systemctl", "daemon-reload")
        services = [unit for unit in map(unit_of, changes) if unit and unit.endswith(".service")]
        if services:
            command(module, "systemctl", "stop", *services)
    for name in active(_files.peek(f"{ROOT}proc/swaps")):
        command(module, "swapoff", name)


def diff(changes: _files.Changes, swaps: list[str]) -> list[dict[str, str]]:
    """Every file, and the swap in use."""
    in_use = {"/proc/swaps": ("".join(f"{name}\n" for name in swaps), "")} if swaps else {}
    return _files.differences({**{f"/{path}": texts for path, texts in changes.items()}, **in_use})


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={"state": {"type": "str", "choices": ["absent"], "default": "absent"}},
        supports_check_mode=True,
    )
    try:
        changes = edits(ROOT)
        swaps = active(_files.peek(f"{ROOT}proc/swaps"))
        if (changes or swaps) and not module.check_mode:
            switch_off(module, changes)
    except (OSError, ValueError) as exc:
        module.fail_json(msg=f"Swap could not be switched off: {exc}")
    module.exit_json(
        changed=bool(changes or swaps), active=swaps, files=[f"/{path}" for path in changes], diff=diff(changes, swaps)
    )


if __name__ == "__main__":
    main()
