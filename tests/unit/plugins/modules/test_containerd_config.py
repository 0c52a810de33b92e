# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's files on a host that lies in a folder, with a containerd that prints what it was given."""

from __future__ import annotations

import json
import os
import time
import typing as t

import pytest
import tomllib
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd import config as ctd
from ansible_collections.homelab.kubernetes.plugins.modules import containerd_config
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

IMAGE = "registry.k8s.io/pause:3.10.2"
RUNC = {"options": {"SystemdCgroup": True, "BinaryName": ""}}
INFO: dict[str, t.Any] = {
    "status": {"conditions": [{"type": "RuntimeReady", "status": True}]},
    "config": {"containerd": {"runtimes": {"runc": RUNC}}, "sandboxImage": IMAGE},
}


@pytest.fixture(autouse=True)
def host(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A host with containerd 2.1.4, which runs and starts at boot."""
    monkeypatch.setattr(ctd, "CERTS_DIR", f"{machine.root}/certs.d")
    monkeypatch.setattr(ctd, "CRICTL_PATH", f"{machine.root}/crictl.yaml")
    monkeypatch.setattr(containerd_config, "PROVE_SECONDS", 0)
    machine.program("containerd", '[ "$1" = --version ] && echo "containerd containerd.io v2.1.4 75cb2b7" || cat "$2"')
    machine.program("crictl", f"echo '{json.dumps(INFO)}'")
    machine.program("systemctl")
    return machine


def asked(host: Machine, **more: t.Any) -> dict[str, t.Any]:
    mirrors = {"docker.io": ["http://192.0.2.9:5000"]}
    places = {"path": f"{host.root}/config.toml", "socket": f"{host.root}/containerd.sock"}
    return {"sandbox_image": IMAGE, "registry_mirrors": mirrors, **places, **more}


def restart(host: Machine) -> None:
    """The socket is made at start."""
    host.file("containerd.sock")
    later = time.time() + 1
    os.utime(host.root / "containerd.sock", (later, later))


def test_four_steps(host: Machine) -> None:
    done = host.four_steps(containerd_config, lambda: restart(host), **asked(host))
    assert (done["restart_needed"], done["service_ready"], done["problems"]) == (
        True,
        False,
        [f"{host.root}/config.toml is new"],
    )
    assert [path.removeprefix(f"{host.root}/") for path in done["files"]] == [
        "config.toml",
        "certs.d/docker.io/hosts.toml",
        "crictl.yaml",
    ]
    seen = host.look()
    assert {seen[name][:3] for name in ("config.toml", "certs.d/docker.io/hosts.toml", "crictl.yaml")} == {"644"}
    config = tomllib.loads((host.root / "config.toml").read_text())
    assert config["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"] == IMAGE
    assert host.run(containerd_config, **asked(host))["service_ready"] is True


def test_until_it_was_restarted_it_is_not_done(host: Machine) -> None:
    host.run(containerd_config, **asked(host))
    found = host.run(containerd_config, **asked(host))
    assert (found["changed"], found["problems"]) == (
        True,
        [f"containerd does not run: there is no {host.root}/containerd.sock"],
    )
    restart(host)
    os.utime(host.root / "containerd.sock", (0, 0))
    found = host.run(containerd_config, check=True, **asked(host))
    assert found["problems"] == [f"containerd runs since before {host.root}/config.toml was written"]
    told = host.run(containerd_config, **asked(host, prove=True))["msg"]
    assert told == (
        f"containerd does not follow its configuration: containerd runs since before {host.root}/config.toml was written; see "
        "journalctl -u containerd"
    )


def test_a_mirror_that_is_not_wanted_any_more_goes_and_others_files_stay(host: Machine) -> None:
    host.run(containerd_config, **asked(host))
    restart(host)
    host.file("certs.d/quay.io/hosts.toml", "# mine\n")
    host.four_steps(containerd_config, lambda: restart(host), **asked(host, registry_mirrors={}))
    assert [path for path in host.look() if path.startswith("certs.d")] == [
        "certs.d",
        "certs.d/quay.io",
        "certs.d/quay.io/hosts.toml",
    ]


def test_a_configuration_that_containerd_does_not_load_is_not_written(host: Machine) -> None:
    host.program(
        "containerd", '[ "$1" = --version ] && echo "containerd x v2.1.4" || { echo "toml: line 3" >&2; exit 1; }'
    )
    assert host.run(containerd_config, **asked(host))["msg"] == (
        "containerd cannot load the configuration: toml: line 3; check containerd_config"
    )
    assert host.look() == {}


def test_without_containerd(host: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    (host.programs / "containerd").unlink()
    monkeypatch.setenv("PATH", str(host.programs))
    predicted = host.run(containerd_config, check=True, **asked(host))
    assert (predicted["changed"], predicted["installed"]) == (True, False)
    assert host.run(containerd_config, **asked(host))["msg"] == (
        "containerd is not installed: install it first (containerd_source, containerd_version)"
    )
