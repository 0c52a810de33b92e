# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.action.kubeadm_init import ActionModule, read, warning

DOCUMENTS = [
    {"kind": "KubeletConfiguration", "maxPods": 150},
    {"kind": "InitConfiguration", "certificateKey": "0a" * 32},
]
WANTED = json.dumps(DOCUMENTS[0]) + '\n---\n{"kind": "InitConfiguration", "certificateKey": "<key>"}\n'
FILE = "kind: KubeletConfiguration\nmaxPods: 110\n"
DIFF = {"before": FILE, "after": WANTED, "before_header": "file", "after_header": "file as wanted"}


def run(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, t.Any], seen: list[dict[str, t.Any]] | None = None
) -> dict[str, t.Any]:
    """What the controller's half makes of an answer of the module; ``seen`` gets the variables that the module was run with."""

    def execute(task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        if seen is not None:
            seen.append(task_vars)
        return answer

    half = object.__new__(ActionModule)
    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda *_arguments: {})
    monkeypatch.setattr(half, "_execute_module", execute)
    monkeypatch.setattr(half, "_task", type("Task", (), {"args": {"documents": DOCUMENTS}}), raising=False)
    return half.run(None, {})


@pytest.mark.parametrize("state", [{"state": "done"}, {"state": "partial", "repair": "finish"}])
def test_a_finished_cluster_that_differs(monkeypatch: pytest.MonkeyPatch, state: dict[str, str]) -> None:
    found = {"file": FILE, "cluster": [FILE + "address: 0.0.0.0\n"]}
    answer = {"diff": DIFF, "configuration": found, "warnings": ["first"]}
    result = run(monkeypatch, {**answer, **state})
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
    same = {**DIFF, "before": WANTED}
    result = run(monkeypatch, {"state": state, "diff": dict(same), "configuration": found})
    assert result == {"state": state, "diff": same, "drift": []}


def test_what_an_earlier_release_wrote_as_yaml_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    yaml = "kind: KubeletConfiguration\nmaxPods: 150\n---\ncertificateKey: <key>\nkind: InitConfiguration\n"
    found = {"file": yaml, "cluster": [WANTED]}
    result = run(monkeypatch, {"state": "done", "diff": {**DIFF, "before": yaml}, "configuration": found})
    assert result == {"state": "done", "diff": {**DIFF, "before": yaml, "after": yaml}, "drift": []}


def test_a_failure_stays_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, {"failed": True, "msg": "x"}) == {"failed": True, "msg": "x"}


BOMB = "a: &a [x]\nb: [*a, *a]\n"


def test_what_nobody_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read("x", ["a: 1\n---\nb: 2\n", "c: 3"]) == ([{"a": 1}, {"b": 2}, {"c": 3}], [])
    found = {"file": "a: [", "cluster": [BOMB, FILE, "x" * 300_000]}
    result = run(monkeypatch, {"state": "done", "diff": DIFF, "configuration": found})
    assert [d["cluster"] for d in result["drift"]] == [110]
    assert result["warnings"][:3] == [
        "kubeadm's configuration file on the host is not compared with what is asked for: line 1 is no YAML",
        "a ConfigMap of the cluster is not compared with what is asked for: line 2 has a YAML alias",
        "a ConfigMap of the cluster is not compared with what is asked for: it has more than 256 kB",
    ]
    assert warning([]) == ""


def test_the_configuration_is_in_no_journal_and_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, t.Any]] = []
    answer = {"failed": True, "invocation": {"module_args": {"documents": DOCUMENTS}}}
    result = run(monkeypatch, answer, seen)
    assert seen == [{"ansible_no_target_syslog": True}]
    assert result["invocation"]["module_args"]["documents"] == [
        DOCUMENTS[0],
        {"kind": "InitConfiguration", "certificateKey": "<key>"},
    ]
