# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws on the control node; documented in plugins/modules/plan_picture.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import errors, render
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import findings
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture import markdown as _plan_markdown
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture import svg as _plan_picture
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.asked import topic_of
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cluster import Cluster

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "svg": {"type": "path", "default": ""},
    "markdown": {"type": "path", "default": ""},
    "hosts": {"type": "list", "elements": "str"},
}


class ActionModule(ActionBase):
    """Writes files where they are asked for and differ."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)[1]
        values = task_vars or {}
        groups = values["groups"]
        hosts = list(arguments["hosts"] or groups.get("cluster", []))
        cluster = Cluster(hosts, ["cluster", "preflight"], values["hostvars"], groups, self._loader)
        try:
            topic = topic_of(cluster)
            texts = {"svg": _plan_picture.svg(topic), "markdown": _plan_markdown.markdown(topic)}
            found = findings(topic.plan)
        except (TypeError, ValueError) as exc:
            raise AnsibleActionFail(f"the address plan cannot be drawn: {exc}; preflight says more") from exc
        wanted = {arguments[name]: text for name, text in texts.items() if arguments[name]}
        differ = {path: text for path, text in wanted.items() if self._content(path) != text}
        result["diff"] = [
            {"before": self._content(path), "after": text, "before_header": path, "after_header": path}
            for path, text in differ.items()
            if path != arguments["svg"]
        ]
        if not self._play_context.check_mode:
            self._write(differ)
        for finding in found:
            Display().display("\n".join(render([finding])), color="red" if errors([finding]) else "yellow")
        if wanted:
            Display().display(one_line(f"drawn: {', '.join(wanted)}"), color="green")
        return {**result, "changed": bool(differ), "findings": found, "files": list(wanted)}

    def _content(self, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def _write(self, texts: dict[str, str]) -> None:
        for path, text in texts.items():
            try:
                Path(path).write_text(text, encoding="utf-8")
            except OSError as exc:
                raise AnsibleActionFail(f"the plan cannot be written: {exc}") from exc
