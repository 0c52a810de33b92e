# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A setting reaches the kubelet's file, and the kubelet, also after a run that was cut off in between."""

from __future__ import annotations

import json
import os
import time
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.homelab.kubernetes.plugins.modules import kubelet_setting

BEFORE, AFTER = "kind: KubeletConfiguration\n", "kind: KubeletConfiguration\nserverTLSBootstrap: true\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node whose kubelet was started a minute ago, with the file of an hour ago."""
    systemctl = tmp_path / "systemctl"
    start = int((time.monotonic() - 60) * 1e6)
    systemctl.write_text(f"#!/bin/sh\nprintf 'ActiveState=active\\nExecMainStartTimestampMonotonic={start}\\n'\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    path = tmp_path / "config.yaml"
    written(path, BEFORE, 3600)
    path.chmod(0o600)
    return path


def written(path: Path, text: str, seconds_ago: float) -> None:
    path.write_text(text)
    moment = time.time() - seconds_ago
    os.utime(path, (moment, moment))


def run(path: Path, capsys: pytest.CaptureFixture[str], *, check: bool = False) -> dict[str, t.Any]:
    arguments = {"settings": {"serverTLSBootstrap": True}, "path": str(path), "_ansible_check_mode": check}
    with patch_module_args(arguments), pytest.raises(SystemExit):
        kubelet_setting.main()
    return dict(json.loads(capsys.readouterr().out))


def test_a_setting_is_written_and_the_owners_mode_stays(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(config, capsys)
    assert (found["changed"], found["restart_needed"]) == (True, True)
    assert found["diff"]["after"] == config.read_text() == AFTER
    assert config.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in config.parent.iterdir()) == ["config.yaml", "systemctl"]


def test_what_was_cut_off_before_the_restart_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(config, AFTER, 30)
    assert run(config, capsys)["changed"] is True
    assert run(config, capsys, check=True)["changed"] is True


def test_a_kubelet_that_has_read_it_is_left_alone(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(config, AFTER, 90)
    found = run(config, capsys)
    assert (found["changed"], found["restart_needed"]) == (False, False)


def test_a_dry_run_writes_nothing(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(config, capsys, check=True)["changed"] is True
    assert config.read_text() == BEFORE


def test_a_host_that_is_no_node(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.unlink()
    assert run(config, capsys, check=True)["changed"] is False
    assert run(config, capsys)["msg"] == (
        f"The kubelet's configuration {config} cannot be set: there is none, so this host is no node yet: let it join first, "
        "as site.yml does"
    )
