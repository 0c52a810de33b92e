# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules import kubeadm_reset
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.kubeadm_of_tests import exactly


def test_a_reset_of_what_is_somebody_elses(files: Path) -> None:
    (files / "config.yaml").touch()
    error = (
        f"this host holds {files}/config.yaml, which was not made from here; removing it could destroy somebody's cluster. "
        "If nothing of it is needed, set foreign: true."
    )
    with pytest.raises(ValueError, match=exactly(error)):
        kubeadm_reset.act({"foreign": False, "path": "unused"}, None)
