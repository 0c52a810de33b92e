# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables printed for the roles."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment

from mirror.__main__ import parser
from mirror.components import load
from mirror.process import MirrorError
from mirror.repository import fingerprints, key_path
from mirror.variables import text, variables

KEYS = {
    "kubernetes": ["A2658F286A43AD00CC192E205AB0C6A208F84AE5"],
    "containerd": ["566AE7D360E818E603AED638232C79E7280EF4C5"],
}


@pytest.mark.parametrize("url", ["http://192.0.2.10", "http://192.0.2.10/"])
def test_text(url: str) -> None:
    assert text(load(), url, KEYS) == (
        "---\n"
        "kubeadm_apt_repository: http://192.0.2.10/core:/stable:/v1.37/deb\n"
        "kubeadm_apt_key_fingerprints:\n"
        "  - A2658F286A43AD00CC192E205AB0C6A208F84AE5\n"
        "containerd_repository: http://192.0.2.10/linux/debian\n"
        "containerd_apt_key_fingerprints:\n"
        "  - 566AE7D360E818E603AED638232C79E7280EF4C5\n"
        "containerd_registry_mirrors:\n"
        "  docker.io:\n"
        "    - url: http://192.0.2.10:5000\n"
        "      resolve: true\n"
        "  ghcr.io:\n"
        "    - url: http://192.0.2.10:5000\n"
        "      resolve: true\n"
        "  quay.io:\n"
        "    - url: http://192.0.2.10:5000\n"
        "      resolve: true\n"
        "  registry.k8s.io:\n"
        "    - url: http://192.0.2.10:5000\n"
        "      resolve: true\n"
        "flannel_manifest: http://192.0.2.10/manifests/flannel/v0.28.10/kube-flannel.yml\n"
        "calico_version: v3.28.5\n"
        "calico_manifest_sha256: 206678e7adb2e931bb97385300c408490635616f371941d68468207d6e0f9713\n"
        "calico_manifest: http://192.0.2.10/manifests/calico/v3.28.5/calico.yaml\n"
        "metallb_manifest: http://192.0.2.10/manifests/metallb/v0.16.1/metallb-native.yaml\n"
        "metrics_server_manifest: http://192.0.2.10/manifests/metrics-server/v0.9.0\n"
        "local_storage_version: v0.0.30\n"
        "local_storage_manifest_sha256: fe682186b00400fe7e2b72bae16f63e47a56a6dcc677938c6642139ef670045e\n"
        "local_storage_manifest: '{% if local_storage_provisioner == ''local_path'' %}"
        "http://192.0.2.10/manifests/local-path-provisioner/v0.0.30/local-path-storage.yaml{% endif %}'\n"
    )


@pytest.mark.parametrize(
    ("url", "registry"),
    [
        ("http://192.0.2.10:8080", "http://192.0.2.10:5000"),
        ("http://[2001:db8::10]", "http://[2001:db8::10]:5000"),
        ("http://[2001:db8::10]:8080/", "http://[2001:db8::10]:5000"),
        ("http://{{ lab_mirror_ip }}", "http://{{ lab_mirror_ip }}:5000"),
    ],
)
def test_images_have_a_port_of_their_own(url: str, registry: str) -> None:
    found = variables(load(), url, KEYS)
    assert found["containerd_registry_mirrors"]["quay.io"] == [{"url": registry, "resolve": True}]
    assert found["containerd_repository"] == f"{url.rstrip('/')}/linux/debian"


def test_the_keys_are_those_that_are_served(tmp_path: Path, fixtures: Path) -> None:
    pins = load()
    for name, key in (("kubernetes", "first"), ("containerd", "second")):
        path = tmp_path / key_path(pins.repositories[name])
        path.parent.mkdir(parents=True)
        path.write_text((fixtures / f"openpgp/{key}.asc").read_text())
    assert fingerprints(pins, tmp_path) == KEYS


def test_without_a_mirror_there_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "core:/stable:/v1.37/deb/Release.key"
    with pytest.raises(
        MirrorError, match=rf"^there is no key in {path}: run `python -m mirror build`, or let HOMELAB_CACHE"
    ):
        fingerprints(load(), tmp_path)


@pytest.mark.parametrize("provisioner", ["none", "static", "local_path"])
def test_a_manifest_that_may_not_be_there_is_named_only_where_it_is_wanted(provisioner: str) -> None:
    """Its role runs in every cluster, and preflight asks for every manifest that a role is told of."""
    found = variables(load(), "http://{{ lab_mirror_ip }}", KEYS)
    template = Environment(autoescape=False).from_string(found["local_storage_manifest"])
    expected = "http://192.0.2.2/manifests/local-path-provisioner/v0.0.30/local-path-storage.yaml"
    url = template.render(local_storage_provisioner=provisioner, lab_mirror_ip="192.0.2.2")
    assert url == (expected if provisioner == "local_path" else "")


def test_command_line() -> None:
    words = parser().parse_args(["serve", "--network", "n", "--ip", "192.0.2.10"])
    assert (words.network, words.ip, words.name) == ("n", "192.0.2.10", "homelab-mirror")
    assert parser().parse_args(["build", "etcd", "pause"]).names == ["etcd", "pause"]
