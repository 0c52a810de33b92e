# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The texts in this folder, filled in. They are Jinja as in a role, but nothing of Ansible's reaches them: only what is given here."""

from __future__ import annotations

import typing as t
from pathlib import Path

import jinja2
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line


def _line(value: t.Any) -> t.Any:
    """A value as one line without control characters; what is HTML already stays."""
    return value if hasattr(value, "__html__") else one_line(str(value))


def render(template: str, **values: t.Any) -> str:
    """A file of this folder with its values. In HTML each of them is one line and escaped, but what is said to be safe."""
    html = template.endswith(".html.j2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=html,
        finalize=_line if html else None,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(values)


__all__ = ("render",)
