# SPDX-License-Identifier: GPL-3.0-or-later
"""What containerd is asked about its configuration before that is put into place."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd import config as ctd
from ansible_collections.homelab.kubernetes.plugins.modules import containerd_config

CONFIG = ctd.document((2, 3, 4), ctd.Wish("pause:1", "/opt/cni/bin", "/etc/cni/net.d"), {})
ALONE = {key: value for key, value in CONFIG.items() if key != "imports"}


class Host:
    """A containerd that understands every file but those it is told not to."""

    def __init__(self, folder: Path, refused: str = "") -> None:
        self.tmpdir = str(folder)
        self.params = {"path": str(folder / "containerd/config.toml")}
        self.refused = refused
        self.loaded: list[str] = []

    def get_bin_path(self, name: str) -> str:
        return name

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        text = Path(command[2]).read_text()
        self.loaded.append(text)
        if self.refused and self.refused in text:
            return 1, "", "drop-in config version 5 higher than root config version 4\n"
        return 0, text, ""


@pytest.fixture
def drop_in(tmp_path: Path) -> tuple[dict[str, t.Any], str]:
    """A configuration whose folder of drop-ins is not the machine's, with one file in it."""
    folder = tmp_path / "containerd/conf.d"
    folder.mkdir(parents=True)
    (folder / "99-nvidia.toml").write_text('version = 3\n[plugins."x"]\ndefault_runtime_name = "nvidia"\n')
    return {**CONFIG, "imports": ["conf.d/*.toml"]}, str(folder / "99-nvidia.toml")


def test_what_is_compared_is_the_file_alone(tmp_path: Path, drop_in: tuple[dict[str, t.Any], str]) -> None:
    config, path = drop_in
    host = Host(tmp_path)
    containerd_config.check_config(host, config)
    assert host.loaded == [ctd.config_text(ALONE), ctd.config_text({**ALONE, "imports": [path]})]


def test_without_drop_ins_it_is_asked_once(tmp_path: Path) -> None:
    host = Host(tmp_path)
    containerd_config.check_config(host, {**CONFIG, "imports": [str(tmp_path / "conf.d/*.toml")]})
    containerd_config.check_config(host, ALONE)
    assert host.loaded == [ctd.config_text(ALONE)] * 2


def test_a_drop_in_that_cannot_be_loaded_is_named(tmp_path: Path, drop_in: tuple[dict[str, t.Any], str]) -> None:
    config, path = drop_in
    message = (
        "containerd cannot load the configuration: drop-in config version 5 higher than root config version 4; "
        f"check the files that it imports, {path}"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        containerd_config.check_config(Host(tmp_path, "99-nvidia"), config)


def test_a_file_that_cannot_be_loaded_is_our_own(tmp_path: Path) -> None:
    message = (
        "containerd cannot load the configuration: drop-in config version 5 higher than root config version 4; "
        "check containerd_config"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        containerd_config.check_config(Host(tmp_path, "version = 4"), CONFIG)
