# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of kubeadm_token, which knows who runs Ansible; documented in plugins/modules/kubeadm_token.py."""

from __future__ import annotations

import getpass
import os
import socket
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.token import described


def user() -> str:
    """The name of the user who runs Ansible; in a container there may be none, and the number stands for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


class ActionModule(ActionBase):
    """Runs the module with the operator's own description, unless another one is given."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        arguments["description"] = arguments.get("description") or described(user(), socket.gethostname())
        result.update(self._execute_module(module_args=arguments, task_vars=task_vars))
        return result
