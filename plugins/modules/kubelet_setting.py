#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubelet_setting
short_description: Settings of this node's kubelet, and whether it follows them
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Sets top-level fields in the kubelet's configuration file; its other lines, its owner and its mode stay as they are.
  - Restarts nothing. It is changed too where the kubelet runs since before the file was written, as after a run that was cut off
    between the file and the restart. So a handler that it notifies is never missed for good.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  settings:
    description: Top-level fields and their values.
    type: dict
    required: true
  path:
    description: The kubelet's configuration file.
    type: path
    default: /var/lib/kubelet/config.yaml
attributes:
  check_mode:
    details: There a host without the file, which has yet to join, is left alone.
"""

EXAMPLES = r"""
- name: Let this node ask for a serving certificate
  homelab.kubernetes.kubelet_setting:
    settings: {serverTLSBootstrap: true}
  notify: Restart the kubelet
"""

RETURN = r"""
restart_needed:
  description: Whether the kubelet has yet to read the file as it is now.
  type: bool
  returned: success
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.units import STARTED, has_not_read
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubelet.settings import with_settings


def change(module: AnsibleModule) -> dict[str, t.Any]:
    """Compare, act unless this is a dry run, and tell."""
    path = module.params["path"]
    before = _files.read(path, exact=True)
    if before is None:
        if module.check_mode:
            return {"changed": False, "restart_needed": False}
        raise ValueError("there is none, so this host is no node yet: let it join first, as site.yml does")
    after = with_settings(before, module.params["settings"])
    if after != before and not module.check_mode:
        _files.replace(path, after)
    restart_needed = after != before or has_not_read("kubelet", path, STARTED)
    diff = _files.difference(path, before, after)
    return {"changed": restart_needed, "restart_needed": restart_needed, "diff": diff}


def main() -> None:
    """One translation of errors."""
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "dict", "required": True},
            "path": {"type": "path", "default": "/var/lib/kubelet/config.yaml"},
        },
        supports_check_mode=True,
    )
    try:
        result = change(module)
    except (OSError, ValueError) as exc:
        module.fail_json(msg=f"The kubelet's configuration {module.params['path']} cannot be set: {exc}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
