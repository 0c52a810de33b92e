# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables printed for the roles."""

from __future__ import annotations

import pytest

from mirror.__main__ import parser
from mirror.components import load
from mirror.variables import text


@pytest.mark.parametrize("url", ["http://192.0.2.10", "http://192.0.2.10/"])
def test_text(url: str) -> None:
    assert text(load(), url) == (
        "---\n"
        "kubeadm_apt_repository: http://192.0.2.10/core:/stable:/v1.37/deb\n"
        "containerd_repository: http://192.0.2.10/linux/debian\n"
        "containerd_registry_mirrors:\n"
        "  docker.io:\n"
        "    - http://192.0.2.10:5000\n"
        "  ghcr.io:\n"
        "    - http://192.0.2.10:5000\n"
        "  quay.io:\n"
        "    - http://192.0.2.10:5000\n"
        "  registry.k8s.io:\n"
        "    - http://192.0.2.10:5000\n"
        "flannel_manifest: http://192.0.2.10/manifests/flannel/v0.28.9/kube-flannel.yml\n"
        "calico_version: v3.28.5\n"
        "calico_manifest_sha256: 206678e7adb2e931bb97385300c408490635616f371941d68468207d6e0f9713\n"
        "calico_manifest: http://192.0.2.10/manifests/calico/v3.28.5/calico.yaml\n"
        "metallb_manifest: http://192.0.2.10/manifests/metallb/v0.16.1/metallb-native.yaml\n"
        "metrics_server_manifest: http://192.0.2.10/manifests/metrics-server/v0.9.0\n"
    )


def test_command_line() -> None:
    words = parser().parse_args(["serve", "--network", "n", "--ip", "192.0.2.10"])
    assert (words.network, words.ip, words.name) == ("n", "192.0.2.10", "homelab-mirror")
    assert parser().parse_args(["build", "etcd", "pause"]).names == ["etcd", "pause"]
