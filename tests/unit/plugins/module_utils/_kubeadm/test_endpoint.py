# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoint in the texts that name it."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.endpoint import (
    same,
    server,
    with_endpoint,
    with_folder,
    with_server,
)

# What kubeadm 1.37 has put into ConfigMap kube-system/kubeadm-config, and the kubeconfig of a worker without its certificates.
KEPT = """\
apiServer:
  certSANs:
  - 192.0.2.11
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: homelab
controlPlaneEndpoint: 192.0.2.11:6443
controllerManager: {}
dns: {}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
proxy: {}
scheduler: {}
"""
BARE = KEPT.replace("apiServer:\n  certSANs:\n  - 192.0.2.11\n", "apiServer: {}\n")
ARGUMENTS = KEPT.replace("  certSANs:\n  - 192.0.2.11\n", "  extraArgs:\n  - name: profiling\n    value: 'false'\n")
NO_ENDPOINT = KEPT.replace("controlPlaneEndpoint: 192.0.2.11:6443\n", "")
KUBELET = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: LS0t
    server: https://192.0.2.11:6443
  name: homelab
contexts: []
"""


@pytest.mark.parametrize(
    ("text", "endpoint", "names", "expected"),
    [
        (KEPT, "192.0.2.10:6443", [], ["192.0.2.11"]),
        (KEPT, "192.0.2.10:6443", ["192.0.2.10", "192.0.2.11"], ["192.0.2.10", "192.0.2.11"]),
        (KEPT, "[2001:db8::10]:6443", ["2001:db8::10"], ["192.0.2.11", "2001:db8::10"]),
        (KEPT, "k8s.home.lan:6443", ["::10"], ["192.0.2.11", "::10"]),
        (BARE, "192.0.2.10:6443", ["192.0.2.10"], ["192.0.2.10"]),
        (ARGUMENTS, "192.0.2.10:6443", ["192.0.2.10"], ["192.0.2.10"]),
        (NO_ENDPOINT, "192.0.2.10:6443", ["192.0.2.10"], ["192.0.2.10", "192.0.2.11"]),
    ],
)
def test_a_configuration_gets_another_endpoint_and_keeps_the_rest(
    text: str, endpoint: str, names: list[str], expected: list[str]
) -> None:
    before, after = yaml.safe_load(text), yaml.safe_load(with_endpoint(text, endpoint, names))
    assert after["controlPlaneEndpoint"] == endpoint
    assert sorted(after["apiServer"].pop("certSANs")) == sorted(expected)
    before["apiServer"].pop("certSANs", None)
    assert after == {**before, "controlPlaneEndpoint": endpoint}
    assert with_endpoint(with_endpoint(text, endpoint, names), endpoint, names) == with_endpoint(text, endpoint, names)


def test_what_kubeadm_has_not_written_is_left_alone() -> None:
    with pytest.raises(
        ValueError, match=r"^the ClusterConfiguration in ConfigMap kube-system/kubeadm-config has no apiServer$"
    ):
        with_endpoint("{kind: ClusterConfiguration}", "192.0.2.10:6443", [])


def test_certificates_lie_elsewhere() -> None:
    assert with_folder(KEPT, "/run/x") == KEPT.replace("/etc/kubernetes/pki", "/run/x")


def test_a_kubeconfig_gets_another_server_and_keeps_the_rest() -> None:
    assert server(KUBELET) == "192.0.2.11:6443"
    assert server("apiVersion: v1\n") == ""
    assert with_server(KUBELET, "[2001:db8::10]:6443") == KUBELET.replace("192.0.2.11:6443", "[2001:db8::10]:6443")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("192.0.2.10:6443", "192.0.2.10:6443", True),
        ("192.0.2.10:6443", "192.0.2.10:8443", False),
        ("192.0.2.10:6443", "192.0.2.11:6443", False),
        ("[2001:db8::10]:6443", "[2001:DB8:0::10]:6443", True),
        ("K8s.home.lan:6443", "k8s.home.lan.:6443", True),
        ("k8s.home.lan:6443", "192.0.2.10:6443", False),
        ("", "192.0.2.10:6443", False),
    ],
)
def test_the_same_endpoint_however_it_is_written(one: str, other: str, expected: bool) -> None:
    assert same(one, other) is expected
