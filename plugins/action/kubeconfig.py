# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a cluster's kubeconfig on the control node; documented in plugins/modules/kubeconfig.py."""

from __future__ import annotations

import base64
import os
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._kubeconfig import personal, strange

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "endpoint": {"type": "str", "required": True},
    "dest": {"type": "path", "required": True},
    "src": {"type": "path", "default": "/etc/kubernetes/admin.conf"},
    "keep_going": {"type": "bool", "default": False},
}


def kubeconfig(text: str, name: str, endpoint: str) -> str:
    """A person's kubeconfig out of the text of admin.conf. Raises ValueError when kubeadm did not write it so."""
    try:
        read = _yaml.documents(text)
    except ValueError as exc:
        raise strange(str(exc)) from exc
    made = personal(read[0] if len(read) == 1 else None, name=name, endpoint=endpoint)
    return _yaml.text(made)


def same(path: Path, content: str) -> bool:
    """Whether a file has this content, for its owner only. What cannot be read is root's, of a run that became root here."""
    try:
        return path.stat().st_mode & 0o777 == 0o600 and path.read_bytes() == content.encode()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False


def keep(path: Path, content: str, check_mode: bool) -> bool:
    """Let a file have this content, for its owner only; whether it had not. Raises ValueError when it cannot be so."""
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a directory")
        if same(path, content):
            return False
        if not check_mode:
            _files.replace(str(path.absolute()), content, mode=0o600)
    except OSError as exc:
        raise ValueError(
            f"the kubeconfig {path} cannot be written on this machine: {exc.strerror}. Make the folder writable, or set "
            "cluster_kubeconfig to a file in another one"
        ) from exc
    return True


class ActionModule(ActionBase):
    """Reads on the host with the rights of the task, and writes here with those of the user who runs Ansible."""

    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)[1]
        try:
            content = kubeconfig(self._read(arguments["src"], task_vars), arguments["name"], arguments["endpoint"])
            changed = keep(Path(os.path.expanduser(arguments["dest"])), content, bool(self._task.check_mode))
        except ValueError as exc:
            if not arguments["keep_going"]:
                raise AnsibleActionFail(str(exc)) from exc
            return {**result, "changed": False, "problem": str(exc)}
        return {**result, "changed": changed}

    def _read(self, path: str, task_vars: dict[str, t.Any] | None) -> str:
        """Text of a file on the host. Raises ValueError when there is none."""
        slurp = {"module_name": "ansible.builtin.slurp", "module_args": {"src": path}}
        answer = self._execute_module(**slurp, task_vars=task_vars)
        if answer.get("failed") or not isinstance(answer.get("content"), str):
            raise ValueError(f"{path} of the host cannot be read: {answer.get('msg') or 'it gave no content'}")
        try:
            return base64.b64decode(answer["content"]).decode()
        except ValueError as exc:
            raise strange("it is no text") from exc
