# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Texts of hosts as a terminal may show them.

A host decides what stands in its messages, names and facts. A terminal obeys control characters in them: it erases lines, fills
the clipboard, changes its title. They are shown instead, as Python writes them.
"""

from __future__ import annotations

import re

# C0 without line ends and tabs, DEL and C1 (ECMA-48), line ends and marks of direction of Unicode (UAX 9), and halves of
# characters, which no terminal and no file can take.
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable(text: str) -> str:
    """The text with its control characters shown; line ends stay, and tabs become blanks."""
    return _HIDDEN.sub(_shown, text.replace("\r\n", "\n")).expandtabs()


def one_line(text: str) -> str:
    """The same for what is one line, in which line ends are shown too: a name cannot bring a line of its own."""
    return printable(text).replace("\n", "\\x0a")


__all__ = ("one_line", "printable")
