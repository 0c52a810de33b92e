# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module is run on real nodes: four times by a table, or by what is named here."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]
ELSEWHERE = {
    "control_plane_info": "the last play of every scenario with several control planes",
    "etcd_members": "scenario ha",
    "firewall": "scenario firewall, on ufw and firewalld",
    "host_facts": "reads only; scenario preflight finds no new file",
    "kubeadm_init": "makes the cluster of every scenario that has one, and runs again on it",
    "kubeadm_join": "likewise",
    "kubeadm_certificates": "scenario ha",
    "kubeadm_member": "scenario ha",
    "http_watch": "scenario ha",
    "kubeadm_token": "likewise; verify wants no token left",
    "kubelet_serving_csr": "scenario single",
    "nfs_mount_test": "scenario nfs",
    "verify_cluster": "the last play of every scenario with a cluster",
}
# Their work is done on the control node, by an action.
ACTIONS = {"kubeconfig", "plan_picture", "preflight", "report"}
# No playbook runs it, and no scenario yet.
NOWHERE = {"kubeadm_reset"}


def test_every_module_is_run() -> None:
    (play,) = yaml.safe_load((ROOT / "molecule/shared/modules.yml").read_text())
    rows = [*play["vars"]["modules_rows"], *play["vars"]["modules_swap"]]
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    table = {row["module"] for row in rows}
    assert table & {*ELSEWHERE, *ACTIONS, *NOWHERE} == set()
    assert table | {*ELSEWHERE, *ACTIONS, *NOWHERE} == modules
    assert all(row["files"] for row in rows)
