# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A node's own configuration of the kubelet."""

from __future__ import annotations

import json
import re
import typing as t


def with_settings(text: str, wanted: t.Mapping[str, t.Any]) -> str:
    """A node's config.yaml with top-level settings, every other line as it is: without a YAML parser, which hosts may lack.

    Raises ValueError when the file is not written in lines as kubeadm writes it.
    """
    if text.lstrip().startswith("{"):
        raise ValueError("it is written as JSON; write it as YAML, a setting to a line, as kubeadm does")
    for key, value in wanted.items():
        line = f"{key}: {json.dumps(value)}"
        text, found = re.subn(rf"(?m)^{re.escape(key)}[ \t]*:.*$", line.replace("\\", r"\\"), text)
        if not found:
            text = f"{text}\n{line}\n" if text and not text.endswith("\n") else f"{text}{line}\n"
    return text


__all__ = ("with_settings",)
