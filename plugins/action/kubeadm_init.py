# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of kubeadm_init, which can read YAML; documented in plugins/modules/kubeadm_init.py."""

from __future__ import annotations

import typing as t

import yaml
from ansible.plugins.action import ActionBase
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm_drift import Difference, differences, lines


def documents(text: str) -> list[t.Any]:
    """The documents of a YAML text; none of one that somebody made unreadable."""
    try:
        return list(yaml.safe_load_all(text))
    except yaml.YAMLError:
        return []


def warning(drift: t.Sequence[Difference]) -> str:
    """What the cluster does not have as wanted, "" when there is nothing."""
    told = [f"{d['setting']} is {d['cluster']!r}, wanted {d['wanted']!r}" for d in drift if d["pending"]]
    if not told:
        return ""
    return (
        f"the cluster's configuration is not what is asked for: {'; '.join(told)}. A finished cluster is left alone; change it "
        "as https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-reconfigure/ says, or take back what is asked for."
    )


class ActionModule(ActionBase):
    """Runs the module, then compares the configuration that is wanted with the file and the cluster."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """What the module returned, with the differences of a finished cluster."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        result.update(self._execute_module(task_vars=task_vars))
        found = result.pop("configuration", None)
        if result.get("failed") or not found:
            return result
        done = result["state"] == "done"
        wanted = [d for d in documents(self._task.args["config"]) if isinstance(d, dict) and "kind" in d]
        cluster = [d for text in found["cluster"] for d in documents(text)]
        drift = differences(wanted, documents(found["file"]), cluster) if done else []
        result["drift"] = drift
        told = warning(drift)
        if told:
            result["warnings"] = [*result.get("warnings", []), told]
        if drift:
            headers = {"before_header": "ConfigMaps of the cluster", "after_header": "as wanted"}
            shown = {"before": lines(drift, "cluster"), "after": lines(drift, "wanted"), **headers}
            result["diff"] = [result["diff"], shown]
        return result
