# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints lines for a person; documented in plugins/modules/report.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.constants import config
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture import svg as _plan_picture
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._picture.asked import topic_of
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cluster import Cluster
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._summary.page import page

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "lines": {"type": "list", "elements": "str", "required": True},
    "page": {"type": "path", "default": ""},
    "title": {"type": "str", "default": ""},
    "verification": {"type": "dict", "default": {}},
}


class ActionModule(ActionBase):
    """Prints on the control node; no host is asked."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)[1]
        lines: list[str] = arguments["lines"]
        # A callback that writes JSON owns standard output; the lines are in its result.
        if "json" not in str(config.get_config_value("DEFAULT_STDOUT_CALLBACK")):
            Display().display("\n".join(map(one_line, lines)))
            if arguments["page"] and not self._play_context.check_mode:
                self._write(arguments, task_vars or {})
                Display().display(one_line(f"page: {arguments['page']}"))
        return {**result, "changed": False, "lines": lines}

    def _write(self, arguments: dict[str, t.Any], variables: dict[str, t.Any]) -> None:
        """The page, with the picture of the plan where the inventory has one."""
        groups, hostvars = variables.get("groups", {}), variables.get("hostvars", {})
        picture = ""
        if groups.get("cluster"):
            cluster = Cluster(groups["cluster"], ["cluster", "preflight"], hostvars, groups, self._loader)
            try:
                picture = _plan_picture.svg(topic_of(cluster))
            except (TypeError, ValueError):
                picture = ""  # preflight says what is wrong with the plan
        text = page(arguments["verification"], name=arguments["title"], lines=arguments["lines"], picture=picture)
        try:
            Path(arguments["page"]).write_text(text, encoding="utf-8")
        except OSError as exc:
            raise AnsibleActionFail(f"the page cannot be written: {exc}") from exc
