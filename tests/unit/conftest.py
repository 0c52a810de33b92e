# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests share: the folder of fixtures made from real output."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Times are the benchmark's to judge: on a busy machine any call may take a second.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return Path(__file__).parent / "fixtures"
