# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run of the proof ends that nobody waits for."""

from __future__ import annotations

import os
import signal
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import Process
from ansible_collections.homelab.kubernetes.plugins.modules import verify_cluster

GONE = Process(2**22 + 1, "1")


@pytest.fixture(autouse=True)
def told_to_end() -> t.Iterator[None]:
    before = signal.signal(signal.SIGTERM, verify_cluster.end)
    yield
    signal.signal(signal.SIGTERM, before)


def test_without_its_ansible_a_run_ends_as_if_it_were_told_to() -> None:
    with pytest.raises(KeyboardInterrupt):
        verify_cluster.end_with([GONE, Process(os.getpid(), "")])


def test_its_cleanup_is_not_disturbed() -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
