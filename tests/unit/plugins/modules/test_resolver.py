# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolv.conf that pods get: a link to the host's real one, or the servers that the user names."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules import resolver
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine


@pytest.fixture(autouse=True)
def host(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A host with systemd-resolved."""
    names = ("etc/resolv.conf", "run/systemd/resolve/resolv.conf")
    monkeypatch.setattr(resolver, "CANDIDATES", tuple(f"{machine.root}/{name}" for name in names))
    machine.file(names[0], "nameserver 127.0.0.53\n")
    machine.file(names[1], "nameserver 192.0.2.1\n")
    return machine


@pytest.mark.parametrize("before", [None, "nameserver 127.0.0.1\n"])
@pytest.mark.parametrize(
    ("servers", "wanted"),
    [
        ([], "777 -> {}/run/systemd/resolve/resolv.conf"),
        (["192.0.2.9", "fd00::9"], "644 nameserver 192.0.2.9\nnameserver fd00::9\n"),
    ],
)
def test_four_steps(host: Machine, servers: list[str], wanted: str, before: str | None) -> None:
    if before:
        host.file("etc/kubernetes/resolv.conf", before)
    path = f"{host.root}/etc/kubernetes/resolv.conf"
    done = host.four_steps(resolver, path=path, nameservers=servers)
    assert done["source"] == ("nameservers" if servers else f"{host.root}/run/systemd/resolve/resolv.conf")
    assert host.look()["etc/kubernetes/resolv.conf"] == wanted.format(host.root)
    assert done["diff"]["before"] == (before or "")
    assert not (host.root / "etc/kubernetes/resolv.conf.new").exists()


def test_from_a_link_to_servers_and_back_over_what_a_killed_run_left(host: Machine) -> None:
    path = f"{host.root}/etc/kubernetes/resolv.conf"
    host.run(resolver, path=path)
    host.file("etc/kubernetes/resolv.conf.new", "half")
    host.four_steps(resolver, path=path, nameservers=["192.0.2.9"])
    host.four_steps(resolver, path=path)
    # The host's own files are nobody's to write.
    assert host.look()["run/systemd/resolve/resolv.conf"].endswith("nameserver 192.0.2.1\n")


def test_a_host_that_has_only_itself(host: Machine) -> None:
    host.file("run/systemd/resolve/resolv.conf", "")
    told = host.run(resolver, path=f"{host.root}/etc/kubernetes/resolv.conf")
    found = f"{host.root}/etc/resolv.conf: 127.0.0.53; {host.root}/run/systemd/resolve/resolv.conf: no server"
    assert told["msg"].startswith(f"no resolver file of this host names a server that pods can reach ({found}); ")
    assert not (host.root / "etc/kubernetes").exists()
