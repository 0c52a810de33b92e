# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text of a host moves a cursor."""

from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line, printable
from hypothesis import example, given
from hypothesis import strategies as st

# Everything, halves of characters too, and what is looked for more often.
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("\x1b\x07\x9b\x7f\r\n\t\u202e\u2066\u2028\ud800")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("Debian GNU/Linux 13 (trixie)", "Debian GNU/Linux 13 (trixie)"),
        ("Küche ☕ 日本 👩‍🍳", "Küche ☕ 日本 👩‍🍳"),
        ("\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07"),
        ("\x1b]52;c;cm0gLXJmIH4K\x1b\\", "\\x1b]52;c;cm0gLXJmIH4K\\x1b\\"),
        ("\x9b2J\x7f\x00", "\\x9b2J\\x7f\\x00"),
        ("FAILED\rdone  ", "FAILED\\x0ddone  "),
        ("one\r\ntwo\n", "one\ntwo\n"),
        ("\t[ERROR Port-6443]: in use", "        [ERROR Port-6443]: in use"),
        ("abc\tx\n\ty", "abc     x\n        y"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("a\u2028b\u2066c\ud800", "a\\u2028b\\u2066c\\ud800"),
        ("C:\\x1b", "C:\\x1b"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_one_line() -> None:
    assert one_line("mini1\r\n[0:12] done") == "mini1\\x0a[0:12] done"


@given(TEXTS)
@example("".join(map(chr, range(0x100))))
def test_nothing_but_line_ends_is_left(text: str) -> None:
    shown = printable(text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", shown)
    assert shown.count("\n") == text.count("\n")
    assert printable(shown) == shown
    assert one_line(text) == one_line(one_line(text))
    assert "\n" not in one_line(text)
    shown.encode()
