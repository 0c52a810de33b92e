# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints lines for a person; documented in plugins/modules/report.py."""

from __future__ import annotations

import typing as t

from ansible.constants import config
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


class ActionModule(ActionBase):
    """Prints on the control node; no host is asked."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        _result, arguments = self.validate_argument_spec(
            argument_spec={"lines": {"type": "list", "elements": "str", "required": True}}
        )
        lines: list[str] = arguments["lines"]
        # A callback that writes JSON owns standard output; the lines are in its result.
        if "json" not in str(config.get_config_value("DEFAULT_STDOUT_CALLBACK")):
            Display().display("\n".join(lines))
        return {**result, "changed": False, "lines": lines}
