# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines for a person on the screen, and a page of them."""

from __future__ import annotations

import re
import types
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible_collections.homelab.kubernetes.plugins.action import report
from ansible_collections.homelab.kubernetes.plugins.modules import report as documented

LINES = ["homelab: Kubernetes v1.37.2, 1 node", "a \x1b[2J line"]


def run(
    monkeypatch: pytest.MonkeyPatch, *, check: bool = False, callback: str = "default", **given: t.Any
) -> dict[str, t.Any]:
    half = object.__new__(report.ActionModule)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(report.config, "get_config_value", lambda *_arguments: callback)
    task = types.SimpleNamespace(args={"lines": LINES, **given}, action="report")
    monkeypatch.setattr(half, "_task", task, raising=False)
    monkeypatch.setattr(half, "_play_context", types.SimpleNamespace(check_mode=check), raising=False)
    return half.run(None, {})


def test_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch) == {"changed": False, "lines": LINES}
    assert capsys.readouterr().out == "homelab: Kubernetes v1.37.2, 1 node\na \\x1b[2J line\n"


def test_a_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    run(monkeypatch, page=str(path), title="home <lab>", verification={"legs": []})
    assert capsys.readouterr().out.splitlines()[-1] == f"page: {path}"
    text = path.read_text()
    assert "home &lt;lab&gt;" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("check", "callback"), [(True, "default"), (False, "ansible.builtin.json")])
def test_no_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, check: bool, callback: str
) -> None:
    """A dry run writes none; a callback that writes JSON owns standard output."""
    path = tmp_path / "page.html"
    assert run(monkeypatch, check=check, callback=callback, page=str(path))["lines"] == LINES
    assert not path.exists()
    assert bool(capsys.readouterr().out) is check


def test_a_page_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "none/page.html"
    error = f"the page cannot be written: [Errno 2] No such file or directory: '{path}'"
    with pytest.raises(AnsibleActionFail, match=f"^{re.escape(error)}"):
        run(monkeypatch, page=str(path))


def test_it_takes_what_is_documented() -> None:
    told = yaml.safe_load(documented.DOCUMENTATION)["options"]
    keys = ("type", "elements", "required", "default")
    assert {
        name: {key: option[key] for key in keys if key in option} for name, option in told.items()
    } == report.ARGUMENTS
