# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of packages, images and manifests, and what they let others do."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import render
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.sources import findings

PIN = ["A2658F286A43AD00CC192E205AB0C6A208F84AE5"]
DEBIAN, ROCKY = (
    {"id": "debian", "version_id": "13", "codename": "trixie"},
    {"id": "rocky", "version_id": "9.6", "codename": ""},
)
GOOD = {
    "kubeadm_apt_repository": "https://p/deb",
    "kubeadm_apt_key_fingerprints": [],
    "kubeadm_rpm_repository": "https://p/rpm",
    "containerd_repository": "https://d/linux",
    "containerd_apt_key_fingerprints": PIN,
    "containerd_source": "docker",
    "containerd_registry_mirrors": {"docker.io": ["http://m:5000"]},
}
ROOT = "Whoever answers in its place installs packages of theirs as root."
READ = "Every user of the hosts could read it, and it ends in logs."
GPG = "`gpg --show-keys FILE` prints it; for our mirror `python -m mirror vars`"


def told(system: t.Any, given: dict[str, t.Any], *others: t.Any) -> list[str]:
    """The report for one host with these variables, and others with good ones."""
    names = ["mini1", *(f"mini{number}" for number in range(2, 2 + len(others)))]
    hosts: t.Any = {
        name: {"state": "ok", "facts": {"os": os}} if os else {"state": "unreachable", "message": ""}
        for name, os in zip(names, [system, *others])
    }
    own: dict[str, dict[str, t.Any]] = {name: {} for name in names}
    own["mini1"] = given
    return render(findings({name: {**GOOD, **own[name]} for name in names}, own, hosts))


@pytest.mark.parametrize("system", [DEBIAN, ROCKY, None])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"kubeadm_apt_repository": "http://p/deb", "kubeadm_apt_key_fingerprints": PIN},
        {
            "containerd_source": "distribution",
            "containerd_repository": "http://d",
            "containerd_apt_key_fingerprints": [],
        },
        {"kubeadm_apt_repository": 5, "kubeadm_rpm_repository": None},
    ],
)
def test_good_sources(system: t.Any, given: dict[str, t.Any]) -> None:
    assert told(system, given) == []


@pytest.mark.parametrize(
    ("system", "given", "report"),
    [
        (
            DEBIAN,
            {"kubeadm_apt_repository": "http://p/deb"},
            [
                "ERROR [package-key-unpinned] mini1: kubeadm_apt_repository has its key at http://p/deb/Release.key, and nothing "
                "says whose it is",
                f"    why: {ROOT}",
                f"    fix: serve it over https://; or name its fingerprint ({GPG}) in kubeadm_apt_key_fingerprints",
            ],
        ),
        (
            DEBIAN,
            {"containerd_repository": "http://d/linux", "containerd_apt_key_fingerprints": []},
            [
                "ERROR [package-key-unpinned] mini1: containerd_repository has its key at http://d/linux/gpg, and nothing says "
                "whose it is",
                f"    why: {ROOT}",
                f"    fix: serve it over https://; or name its fingerprint ({GPG}) in containerd_apt_key_fingerprints",
            ],
        ),
        (
            ROCKY,
            {"kubeadm_rpm_repository": "http://p/rpm"},
            [
                "ERROR [package-key-unpinned] mini1: kubeadm_rpm_repository has its key at http://p/rpm/repodata/repomd.xml.key, "
                "and nothing says whose it is",
                f"    why: {ROOT}",
                "    fix: serve it over https://; dnf has no setting for a fingerprint",
            ],
        ),
        (
            DEBIAN,
            {"kubeadm_apt_key_fingerprints": ["08F84AE5"]},
            [
                "ERROR [variable-invalid] mini1: kubeadm_apt_key_fingerprints: '08F84AE5' is no fingerprint of 40 (or 64) "
                "hexadecimal digits",
                "    why: Roles would act on a wrong value, or stop halfway.",
                "    fix: write what `gpg --show-keys FILE` prints for the key; kubeadm_apt_key_fingerprints: [] accepts any key "
                "over https",
            ],
        ),
        (
            DEBIAN,
            {"containerd_registry_mirrors": {"docker.io": "http://m"}},
            [
                "ERROR [variable-invalid] mini1: containerd_registry_mirrors.docker.io must be a list of URLs, not 'http://m'",
                "    why: Roles would act on a wrong value, or stop halfway.",
                '    fix: write it as containerd_registry_mirrors: {docker.io: ["http://192.168.0.5:5000"]}',
            ],
        ),
        (
            None,
            {"flannel_manifest": "https://anna:secret@m/kube-flannel.yml"},
            [
                "ERROR [url-with-login] mini1: flannel_manifest has a login in https://***@m/kube-flannel.yml",
                f"    why: {READ}",
                "    fix: take it out of the address; use an address that needs no login; for a manifest, download it and give its path on this machine",
            ],
        ),
        (
            None,
            {"containerd_registry_mirrors": {"docker.io": [{"url": "https://anna:secret@m"}]}},
            [
                "ERROR [url-with-login] mini1: containerd_registry_mirrors has a login in https://***@m",
                f"    why: {READ}",
                "    fix: take it out of the address; let the mirror admit the nodes without one; or leave this registry out and write its hosts.toml in "
                "/etc/containerd/certs.d yourself, mode 0600, with the login in a header table",
            ],
        ),
        (
            None,
            {"cluster_http_proxy": "http://anna:secret@proxy:3128"},
            [
                "ERROR [url-with-login] mini1: cluster_http_proxy has a login in http://***@proxy:3128",
                f"    why: {READ}",
                "    fix: take it out of the address; let the proxy admit the hosts by their addresses; or put one of your own before it that needs "
                "none and knows this one (login= of cache_peer in squid, Upstream in tinyproxy)",
            ],
        ),
        (
            DEBIAN,
            {"kubeadm_apt_repository": "https://anna:secret@p/deb"},
            [
                "ERROR [url-with-login] mini1: kubeadm_apt_repository has a login in https://***@p/deb",
                f"    why: {READ}",
                "    fix: take it out of the address; write `machine HOST login NAME password SECRET` into a file of mode 0600 in /etc/apt/auth.conf.d on the "
                "hosts, and let the mirror serve the key, which is public, without a login; in the Red Hat family admit the hosts "
                "by their addresses, or set username and password in /etc/dnf/dnf.conf, which then sends them to every repository",
            ],
        ),
    ],
)
def test_findings(system: t.Any, given: dict[str, t.Any], report: list[str]) -> None:
    assert told(system, given, DEBIAN) == report


def test_what_all_hosts_have_is_told_once() -> None:
    given = {"kubeadm_apt_repository": "http://anna:secret@p/deb"}
    hosts: t.Any = {name: {"state": "ok", "facts": {"os": DEBIAN}} for name in ("mini1", "mini2")}
    values = {name: {**GOOD, **given} for name in hosts}
    found = findings(values, dict.fromkeys(hosts, given), hosts)
    assert [(finding["id"], finding["host"], finding["subjects"]) for finding in found] == [
        ("url-with-login", "", ["kubeadm_apt_repository"]),
        ("package-key-unpinned", "", ["kubeadm_apt_repository"]),
    ]
    assert "secret" not in str(found)
