# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.action.kubeadm_init import ActionModule, documents, warning

WANTED = "kind: KubeletConfiguration\nmaxPods: 150\n---\nkind: InitConfiguration\n"
FILE = "kind: KubeletConfiguration\nmaxPods: 110\n"
DIFF = {"before": FILE, "after": WANTED, "before_header": "file", "after_header": "file as wanted"}


def run(monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the controller's half makes of an answer of the module."""
    half = object.__new__(ActionModule)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(half, "_execute_module", lambda **_arguments: answer)
    monkeypatch.setattr(half, "_task", type("Task", (), {"args": {"config": WANTED}}), raising=False)
    return half.run(None, {})


def test_a_finished_cluster_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"file": FILE, "cluster": [FILE + "address: 0.0.0.0\n"]}
    result = run(monkeypatch, {"state": "done", "diff": DIFF, "configuration": found, "warnings": ["first"]})
    setting = "KubeletConfiguration.maxPods"
    assert result["drift"] == [{"setting": setting, "wanted": 150, "file": 110, "cluster": 110, "pending": True}]
    assert result["diff"] == [
        DIFF,
        {
            "before": f"{setting}: 110\n",
            "after": f"{setting}: 150\n",
            "before_header": "ConfigMaps of the cluster",
            "after_header": "as wanted",
        },
    ]
    assert result["warnings"] == [
        "first",
        f"the cluster's configuration is not what is asked for: {setting} is 110, wanted 150. A finished cluster is left alone; "
        "change it as https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-reconfigure/ says, or take back what "
        "is asked for.",
    ]
    assert "configuration" not in result


@pytest.mark.parametrize("state", ["absent", "partial", "done"])
def test_nothing_to_tell(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    found = {"file": WANTED, "cluster": [WANTED]}
    result = run(monkeypatch, {"state": state, "diff": DIFF, "configuration": found})
    assert result == {"state": state, "diff": DIFF, "drift": []}


def test_a_failure_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, {"failed": True, "msg": "x"}) == {"failed": True, "msg": "x"}


def test_what_nobody_can_read() -> None:
    assert documents("a: [") == []
    assert documents("a: 1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]
    assert warning([]) == ""
