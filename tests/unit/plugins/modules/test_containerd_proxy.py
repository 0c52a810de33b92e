# SPDX-License-Identifier: GPL-3.0-or-later
"""What containerd_config writes beside containerd's own configuration, and takes back."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER
from ansible_collections.homelab.kubernetes.plugins.modules import containerd_config as module

PROXY = {"https_proxy": "http://192.168.0.5:3128", "no_proxy": ".svc"}


class Module:
    """What the functions use of AnsibleModule."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.params: dict[str, t.Any] = {
            "registry_mirrors": {},
            "service_environment": environment,
            "path": str(folder / "config.toml"),
            "socket": str(folder / "containerd.sock"),
        }


@pytest.fixture
def drop_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "containerd.service.d" / "homelab-proxy.conf"
    monkeypatch.setattr(module.ctd_service, "DROP_IN", str(path))
    monkeypatch.setattr(module.ctd, "CERTS_DIR", str(tmp_path / "certs.d"))
    return path


def wanted(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    return module.wanted_files(Module(folder, environment), {"version": 4})


def test_the_drop_in_is_written_and_taken_back(tmp_path: Path, drop_in: Path) -> None:
    assert str(drop_in) not in wanted(tmp_path, {})
    text = wanted(tmp_path, PROXY)[str(drop_in)]
    module.write(str(drop_in), text)
    assert drop_in.read_text() == text
    assert drop_in.stat().st_mode & 0o777 == 0o644
    assert wanted(tmp_path, {})[str(drop_in)] == ""
    module.write(str(drop_in), "")
    assert list(drop_in.parent.iterdir()) == []
    assert str(drop_in) not in wanted(tmp_path, {})


def test_a_file_of_the_users_stays(tmp_path: Path, drop_in: Path) -> None:
    drop_in.parent.mkdir()
    drop_in.write_text("[Service]\nEnvironment=HTTPS_PROXY=http://192.168.0.9:3128\n")
    assert str(drop_in) not in wanted(tmp_path, {})


@pytest.mark.parametrize("younger", ["config.toml", "containerd.service.d"])
def test_what_containerd_has_not_read_is_told(tmp_path: Path, drop_in: Path, younger: str) -> None:
    """Also where the drop-in is gone again, and a run was cut off before the restart."""
    for name in ("config.toml", "containerd.sock"):
        (tmp_path / name).write_text(HEADER)
    drop_in.parent.mkdir()
    for name in ("config.toml", "containerd.service.d", "containerd.sock"):
        os.utime(tmp_path / name, (1000, 2000 if name == younger else 1500))
    expected = [f"containerd runs since before {tmp_path / younger} was written"]
    assert module.live_problems(Module(tmp_path, {}), {}) == expected
