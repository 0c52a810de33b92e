# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports of a host that lies in a folder, and what the server knows of them."""

from __future__ import annotations

import os
import time
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as nfs
from ansible_collections.homelab.kubernetes.plugins.modules import nfs_exports
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine


@pytest.fixture(autouse=True)
def host(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A host whose server serves every version."""
    monkeypatch.setattr(nfs, "FILE", f"{machine.root}/exports.d/ours.exports")
    for name in ("CONFIGURATION", "TABLE", "RUNNING_VERSIONS"):
        monkeypatch.setattr(nfs_exports, name, f"{machine.root}/state/{name.lower()}")
    machine.file("state/running_versions", "+3 +4 +4.0 +4.1 +4.2\n")
    return machine


def export(host: Machine, **more: t.Any) -> dict[str, t.Any]:
    mine = {"owner": str(os.getuid()), "group": str(os.getgid()), "mode": "0750"}
    return {"path": f"{host.root}/shares/nfs", "clients": ["192.0.2.0/24"], "options": ["rw"], **mine, **more}


def exported(host: Machine, running: str = "-3 +4 -4.0 -4.1 +4.2\n") -> None:
    """What the handlers do: exportfs writes its table, and the server starts with the versions that are wanted."""
    later = time.time() + 1
    os.utime(host.file("state/table", "..."), (later, later))
    host.file("state/running_versions", running)


def test_four_steps(host: Machine) -> None:
    done = host.four_steps(nfs_exports, lambda: exported(host), exports=[export(host)])
    assert (done["exports_stale"], done["versions_stale"]) == (True, True)
    seen = host.look()
    assert seen["shares/nfs"] == "750 folder"
    line = f"{host.root}/shares/nfs 192.0.2.0/24(rw)\n"
    assert seen["exports.d/ours.exports"].startswith("644 # ")
    assert seen["exports.d/ours.exports"].endswith(line)
    assert seen["state/configuration"].startswith("644 # ")
    assert [part["after_header"].removeprefix(f"{host.root}/") for part in done["diff"]] == [
        "exports.d/ours.exports",
        "state/configuration",
        "shares/nfs",
    ]


def test_until_the_server_knows_it_is_not_done(host: Machine) -> None:
    host.run(nfs_exports, exports=[export(host)])
    exported(host, "+3 +4 +4.2\n")
    found = host.run(nfs_exports, exports=[export(host)])
    assert (found["changed"], found["exports_stale"], found["versions_stale"]) == (True, False, True)
    exported(host)
    os.utime(host.root / "state/table", (0, 0))
    found = host.run(nfs_exports, check=True, exports=[export(host)])
    assert (found["changed"], found["exports_stale"], found["versions_stale"]) == (True, True, False)


def test_no_exports_any_more(host: Machine) -> None:
    host.run(nfs_exports, exports=[export(host)])
    host.four_steps(nfs_exports, lambda: exported(host), exports=[])
    assert set(host.look()) & {"exports.d/ours.exports", "state/configuration"} == set()
    assert (host.root / "shares/nfs").is_dir()


def test_what_somebody_has_filled_keeps_its_mode(host: Machine) -> None:
    host.file("shares/nfs/film.mkv").parent.chmod(0o700)
    host.run(nfs_exports, exports=[export(host)])
    assert host.look()["shares/nfs"] == "700 folder"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"owner": "nobody-there"}, "this host has no user or group nobody-there"),
        ({"path": "/etc"}, "ERROR [nfs-export-system] "),
        ({"clients": ["*"]}, "ERROR [nfs-export-world] "),
    ],
)
def test_what_is_refused_changes_nothing(host: Machine, more: dict[str, t.Any], problem: str) -> None:
    before = host.look()
    told = host.run(nfs_exports, exports=[export(host, **more)])
    assert told["msg"].startswith(f"The exports could not be written: {problem}")
    assert host.look() == before
