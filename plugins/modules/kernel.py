#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kernel
short_description: Kernel modules and sysctls, now and after a reboot
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Loads the modules that the running kernel lacks, and writes C(/etc/modules-load.d/NAME.conf).
  - A module that is built in, or whose feature is there, counts as loaded, even where C(modprobe) fails.
  - Sets the sysctls that differ, and writes C(/etc/sysctl.d/99-zz-NAME.conf), which wins over C(/etc/sysctl.conf).
  - A sysctl that differs and that the kernel refuses to change is a failure.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  modules:
    description: Modules to have.
    type: list
    elements: str
    default: []
  sysctls:
    description: Mapping of sysctl to value.
    type: dict
    default: {}
  name:
    description: Name of the files.
    type: str
    default: homelab-kubernetes
"""

EXAMPLES = r"""
- name: Let the node forward
  homelab.kubernetes.kernel:
    modules: [overlay, br_netfilter]
    sysctls:
      net.ipv4.ip_forward: 1
"""

RETURN = r"""
loaded:
  description: Modules that were missing.
  type: list
  elements: str
  returned: success
set:
  description: Sysctls that differed, each with its value before and after.
  type: dict
  returned: success
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.kernel import (
    differing,
    module_name,
    modules_text,
    nf_tables_answers,
    present,
    refusal,
    sysctl_path,
    sysctls_text,
)

# Where all of it is; tests have a folder.
ROOT = "/"


def missing_modules(modules: list[str]) -> list[str]:
    """Modules the running kernel does not have."""
    release = os.uname().release
    absent = [name for name in modules if not present(name, ROOT, release)]
    return [name for name in absent if module_name(name) != "nf_tables" or not nf_tables_answers()]


def load(module: AnsibleModule, names: list[str]) -> None:
    """Load modules; what modprobe cannot load is looked for once more, since loading one module brings others."""
    problems = {}
    for name in names:
        rc, out, err = module.run_command([module.get_bin_path("modprobe", required=True), "--", name])
        if rc != 0:
            problems[name] = (err or out).strip()
    lacking = missing_modules(list(problems))
    if lacking:
        raise ValueError(
            "; ".join(f"the kernel {os.uname().release} lacks {name}: {problems[name]}" for name in lacking)
        )


def set_sysctls(sysctls: dict[str, t.Any]) -> None:
    """Set what differs; all refusals are told together."""
    problems = []
    for key, (now, wanted) in differing(sysctls, ROOT).items():
        reason = ""
        try:
            with open(os.path.join(ROOT, sysctl_path(key)), "r+", encoding="utf-8") as stream:
                stream.write(wanted)
        except OSError as exc:
            reason = exc.strerror or str(exc)
        if key in differing({key: wanted}, ROOT):
            problems.append(refusal(key, now, wanted, reason or "without an error"))
    if problems:
        raise ValueError("; ".join(problems))


def diff(files: _files.Changes, absent: list[str], values: dict[str, tuple[str, str]]) -> list[dict[str, str]]:
    """Files, modules and sysctls before and after."""
    before = "".join(f"{key} = {now}\n" for key, (now, _wanted) in values.items())
    after = "".join(f"module {name}\n" for name in absent) + "".join(
        f"{key} = {v}\n" for key, (_now, v) in values.items()
    )
    return _files.differences({**files, **({"running kernel": (before, after)} if absent or values else {})})


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "modules": {"type": "list", "elements": "str", "default": []},
            "sysctls": {"type": "dict", "default": {}},
            "name": {"type": "str", "default": "homelab-kubernetes"},
        },
        supports_check_mode=True,
    )
    modules, sysctls, name = (module.params[key] for key in ("modules", "sysctls", "name"))
    wanted = {
        f"{ROOT}etc/modules-load.d/{name}.conf": modules_text(modules),
        f"{ROOT}etc/sysctl.d/99-zz-{name}.conf": sysctls_text(sysctls),
    }
    try:
        files = _files.differing(wanted)
        absent, values = missing_modules(modules), differing(sysctls, ROOT)
        if not module.check_mode:
            load(module, absent)
            set_sysctls(sysctls)
            for path, (_before, after) in files.items():
                _files.replace(path, after)
    except (OSError, ValueError) as exc:
        module.fail_json(msg=str(exc))
    changes = {key: {"before": now, "after": new} for key, (now, new) in values.items()}
    module.exit_json(
        changed=bool(files or absent or values), loaded=absent, set=changes, diff=diff(files, absent, values)
    )


if __name__ == "__main__":
    main()
