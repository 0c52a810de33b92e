# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster in memory for whoever proves one."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import FakeCluster


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()
