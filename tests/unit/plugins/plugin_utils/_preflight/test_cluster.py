# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control node knows of itself."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cluster import own_address


@pytest.mark.parametrize("target", ["", "127.0.0.1", "::1", "fe80::1"])
def test_no_address_leads_to_another_machine(target: str) -> None:
    assert own_address(target) == ""
