# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests share: the folder of fixtures made from real output."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Times are the benchmark's to judge: on a busy machine any call may take a second.
settings.register_profile("any-machine", deadline=None)
# `make versions` has the time to look further.
settings.register_profile("thorough", deadline=None, max_examples=400)
settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return Path(__file__).parent / "fixtures"
