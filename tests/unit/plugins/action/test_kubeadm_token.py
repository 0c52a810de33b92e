# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.action import kubeadm_token


def arguments(monkeypatch: pytest.MonkeyPatch, given: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the module is run with."""
    half = object.__new__(kubeadm_token.ActionModule)
    seen: list[dict[str, t.Any]] = []
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(half, "_execute_module", lambda module_args, **_more: seen.append(module_args) or {})
    monkeypatch.setattr(half, "_task", type("Task", (), {"args": given}), raising=False)
    half.run(None, {})
    return seen[0]


def test_a_token_says_whose_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    monkeypatch.setattr("socket.gethostname", lambda: "laptop.lan")
    assert arguments(monkeypatch, {"state": "absent"}) == {
        "state": "absent",
        "description": "homelab.kubernetes anna@laptop.lan",
    }
    assert arguments(monkeypatch, {"description": "rack 3"}) == {"description": "rack 3"}


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nobody)
    assert kubeadm_token.user() == str(os.getuid())
