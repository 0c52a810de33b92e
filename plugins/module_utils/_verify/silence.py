# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How long nobody answered, from when each answer came."""

from __future__ import annotations

import typing as t


class Answer(t.NamedTuple):
    """Seconds since the beginning at which a question ended, and why it had no answer ("" when it had one)."""

    at: float
    problem: str


def summary(answers: t.Sequence[Answer], end: float, interval: float) -> dict[str, t.Any]:
    """``asked``, ``failed``, ``silence`` in seconds and ``errors``, for questions that lie ``interval`` seconds apart.

    The time between two answers is silence as far as it is longer than the interval; so are those before the first and after
    the last, until the ``end``.
    """
    good = [0.0, *(answer.at for answer in answers if not answer.problem), end]
    longest = max(later - earlier for earlier, later in zip(good, good[1:]))
    problems = [answer.problem for answer in answers if answer.problem]
    return {
        "asked": len(answers),
        "failed": len(problems),
        "silence": round(max(0.0, longest - interval), 1),
        "errors": list(dict.fromkeys(problems)),
    }


__all__ = ("Answer", "summary")
