# SPDX-License-Identifier: GPL-3.0-or-later
"""How long nobody answered."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.silence import Answer, summary


@pytest.mark.parametrize(
    ("answers", "end", "expected"),
    [
        ([], 3.0, (0, 0, 2.9, [])),
        ([(0.0, ""), (0.1, ""), (0.2, "")], 0.3, (3, 0, 0.0, [])),
        # One that was slow is no failure, but silence.
        ([(0.0, ""), (1.1, ""), (1.2, "")], 1.3, (3, 0, 1.0, [])),
        ([(0.0, ""), (0.1, "refused"), (0.2, "refused"), (0.3, "")], 0.4, (4, 2, 0.2, ["refused"])),
        # Nothing came back to the end.
        ([(0.0, ""), (5.1, "timeout"), (10.2, "refused")], 10.3, (3, 2, 10.2, ["timeout", "refused"])),
    ],
)
def test_silence(answers: list[tuple[float, str]], end: float, expected: tuple[int, int, float, list[str]]) -> None:
    asked, failed, silence, errors = expected
    found = summary([Answer(*answer) for answer in answers], end, 0.1)
    assert found == {"asked": asked, "failed": failed, "silence": silence, "errors": errors}
