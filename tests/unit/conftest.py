# SPDX-License-Identifier: GPL-3.0-or-later
"""What unit tests share: the folder of fixtures made from real output."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return Path(__file__).parent / "fixtures"
