# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a person sees it: Ansible itself runs the action, without any host."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.tests.integration.action import playbook_of_tests as playbook

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = [
    {
        "hosts": "cluster",
        "gather_facts": False,
        "tasks": [
            {
                "homelab.kubernetes.preflight": {
                    "facts": "{{ facts | default({}) }}",
                    "roles": ["cluster"],
                    "ignore": "{{ ignore | default([]) }}",
                    "report_json": "report.json",
                    "report_junit": "report.xml",
                },
                "run_once": True,
            }
        ],
    }
]
HOSTS = {
    "control_plane": {"hosts": {"mini1": {"ansible_host": "192.0.2.1"}}},
    "workers": {"hosts": {"mini2": {"ansible_host": "192.0.2.2"}}},
}


def run(folder: Path, variables: dict[str, t.Any], children: dict[str, t.Any], *arguments: str) -> tuple[int, str]:
    (folder / "hosts.json").write_text(json.dumps({"cluster": {"vars": variables, "children": children}}))
    return playbook.run(folder, PLAYBOOK, *arguments, inventory="hosts.json")


BAD: list[tuple[dict[str, t.Any], list[str]]] = [
    (
        {"cluster_pod_cidr": 10, "cluster_cni": "flanel"},
        [
            'ERROR [variable-invalid] cluster_cni is "flanel", but must be one of flannel, calico, none (hosts.json)',
            "fix: cluster_cni: flannel",
            "ERROR [variable-invalid] cluster_pod_cidr is the number 10, but must be text (hosts.json)",
        ],
    ),
    (
        {"cluster_pod_cidr": "192.0.0.0/16", "cluster_kubernetes_version": "1.20.1"},
        [
            "ERROR [kubernetes-version-unsupported]",
            "ERROR [pods-overlap-nodes] mini1:",
            "ERROR [pods-overlap-nodes] mini2:",
            "An address plan that works, to copy into group_vars of the inventory:\ncluster_pod_cidr: 10.244.0.0/16\n",
        ],
    ),
    (
        {"ignore": ["hostname-duplicated", "x"]},
        [
            'ERROR [variable-invalid] preflight_ignore names "hostname-duplicated", which is no id of a finding',
            "fix: did you mean hostname-duplicate?",
            'ERROR [variable-invalid] preflight_ignore names "x", which is no id of a finding',
        ],
    ),
    (
        {"prereqs_firewall_clients": ["lan"]},
        [
            "ERROR [variable-invalid] prereqs_firewall_clients: 'lan' does not appear to be an IPv4 or IPv6 network",
            "fix: write networks, such as prereqs_firewall_clients: [192.168.0.0/24]",
        ],
    ),
    (
        {"cluster_dns_domain": "{{ nope }}"},
        ["cluster_dns_domain cannot be evaluated: 'nope' is undefined (hosts.json)"],
    ),
    (
        {
            "facts": {
                "mini1": {"unreachable": True, "msg": "no route"},
                "mini2": {"failed": True, "msg": "Missing sudo password"},
            }
        },
        ["ERROR [host-unreachable] mini1: cannot be reached: no route", "ERROR [become-failed] mini2:"],
    ),
    (
        {"facts": {"mini1": {"host": {"os": {}, "selinux": "x"}}, "mini2": {"host": []}}},
        [
            "ERROR [host-facts-failed] mini1: looking at it failed: it told something else than host_facts does: os.id is missing",
            "ERROR [host-facts-failed] mini2: looking at it failed: it told something else than host_facts does: the whole is not "
            "a mapping",
        ],
    ),
]


@pytest.mark.parametrize(("variables", "lines"), BAD)
def test_errors_are_printed_once_and_fail(tmp_path: Path, variables: dict[str, t.Any], lines: list[str]) -> None:
    code, out = run(tmp_path, variables, HOSTS)
    assert code == 2
    for line in lines:
        assert out.count(line) == 1, out
    assert re.search(
        r"Task failed: [0-9]+ errors? and [0-9]+ warnings?, listed above with their fixes; nothing was changed\.", out
    )


def test_the_reports_are_written_whatever_they_say(tmp_path: Path) -> None:
    assert run(tmp_path, {"cluster_pod_cidr": "192.0.0.0/16"}, HOSTS)[0] == 2
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["ok"], report["errors"]) == (False, 2)
    assert [finding["id"] for finding in report["findings"]] == [*["pods-overlap-nodes"] * 2, "public-address-space"]
    assert report["proposal"] == {"cluster_pod_cidr": "10.244.0.0/16"}
    assert '<testsuite name="preflight" tests="3" failures="2"' in (tmp_path / "report.xml").read_text()


def test_host_variables_of_the_whole_cluster(tmp_path: Path) -> None:
    children = {**HOSTS, "workers": {"hosts": {"mini2": {"ansible_host": "192.0.2.2", "cluster_name": "other"}}}}
    code, out = run(tmp_path, {}, children)
    assert code == 2
    assert 'cluster_name is not the same for all hosts: "homelab" for mini1; "other" for mini2' in out


def test_warnings_and_ignored_errors_pass(tmp_path: Path) -> None:
    variables = {"cluster_pod_cird": "10.244.0.0/16", "ignore": ["kubernetes-version-malformed"]}
    code, out = run(
        tmp_path,
        variables,
        HOSTS,
        "--check",
        "-e",
        "cluster_kubernetes_version=v1",
        "-e",
        "cluster_schedule_on_control_plane=true",
    )
    assert code == 0, out
    assert "WARNING [variable-unknown] cluster_pod_cird is no option of any role (hosts.json)" in out
    assert "fix: did you mean cluster_pod_cidr?" in out
    assert 'IGNORED [kubernetes-version-malformed] cluster_kubernetes_version "v1"' in out
    assert "0 hosts looked at, no error, 1 warning" in out
