# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of modules share."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.modules import (
    kubeadm_init,
    kubeadm_join,
    kubeadm_reset,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, capsys, monkeypatch)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host on which everything of kubeadm lies in one folder."""
    for name in ("DATA", "MANIFESTS", "NETWORKS"):
        monkeypatch.setattr(_kubeadm_note, name, str(tmp_path / name.lower()))
    for name in ("ADMIN", "SUPER_ADMIN", "RECORD", "CA", "KUBELET", "KUBELET_CLIENT", "PRIVATE", "LEASE", "BOOTSTRAP"):
        monkeypatch.setattr(host, name, str(tmp_path / name.lower()))
    monkeypatch.setattr(kubeadm_join, "REMAINS", (str(tmp_path / "ca"), str(tmp_path / "config.yaml")))
    monkeypatch.setattr(kubeadm_join, "CONTROL_PLANE", (str(tmp_path / "manifests/kube-*.yaml"),))
    monkeypatch.setattr(kubeadm_init, "REMAINS", (str(tmp_path / "admin"),))
    monkeypatch.setattr(kubeadm_reset, "REMAINS", (str(tmp_path / "config.yaml"),))
    return tmp_path
