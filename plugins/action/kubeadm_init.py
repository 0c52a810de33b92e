# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of kubeadm_init, which can read a cluster's YAML; documented in plugins/modules/kubeadm_init.py."""

from __future__ import annotations

import json
import typing as t

from ansible.plugins.action import ActionBase
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import redact
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._kubeadm_drift import Difference, differences, lines
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._yaml import documents


class Read(t.NamedTuple):
    """The documents of some texts, and a warning for each text that could not be read."""

    documents: list[t.Any]
    warnings: list[str]


def read(place: str, texts: t.Iterable[str]) -> Read:
    """The documents of YAML texts of a host; those that nobody needs to have written so are told and left out."""
    found = Read([], [])
    for text in texts:
        try:
            found.documents.extend(documents(text))
        except ValueError as exc:
            found.warnings.append(f"{place} is not compared with what is asked for: {exc}")
    return found


def told(documents: t.Any) -> t.Any:
    """Documents without the keys and tokens in them, in Python's own kinds of values."""
    return json.loads(redact(json.dumps(documents)))


# A cluster that is about to be moved gets these.
MOVED = ("ClusterConfiguration.controlPlaneEndpoint", "ClusterConfiguration.apiServer.certSANs")


def warning(drift: t.Sequence[Difference], besides: t.Collection[str] = ()) -> str:
    """What the cluster does not have as wanted, "" when there is nothing."""
    pending = [d for d in drift if d["pending"] and d["setting"] not in besides]
    lacking = [f"{d['setting']} is {d['cluster']!r}, wanted {d['wanted']!r}" for d in pending]
    if not lacking:
        return ""
    return (
        f"the cluster's configuration is not what is asked for: {'; '.join(lacking)}. A finished cluster is left alone; change it "
        "as https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-reconfigure/ says, or take back what is asked for."
    )


class ActionModule(ActionBase):
    """Runs the module, then compares the configuration that is wanted with the file and the cluster."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """What the module returned, with the differences of a finished cluster."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        # The configuration may hold keys of the user's, which a host's journal would show to more than root.
        quiet = {**(task_vars or {}), "ansible_no_target_syslog": True}
        result.update(self._execute_module(task_vars=quiet))
        arguments = result.get("invocation", {}).get("module_args", {})
        if "documents" in arguments:
            arguments["documents"] = told(arguments["documents"])
        found = result.pop("configuration", None)
        if result.get("failed") or not found:
            return result
        stays = result["state"] == "done" or result.get("repair") == "finish"
        result["drift"] = self._compare(result, found) if stays else []
        return result

    def _compare(self, result: dict[str, t.Any], found: dict[str, t.Any]) -> list[Difference]:
        """The differences of a finished cluster, told as a warning and a diff too."""
        file = read("kubeadm's configuration file on the host", [found["file"]])
        cluster = read("a ConfigMap of the cluster", found["cluster"])
        wanted = told(self._task.args["documents"])
        drift = differences([d for d in wanted if "kind" in d], file.documents, cluster.documents)
        warnings = [
            *file.warnings,
            *cluster.warnings,
            *filter(None, [warning(drift, MOVED if result.get("moved") else ())]),
        ]
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *warnings]
        if file.documents == wanted:
            # An earlier release wrote the same as YAML.
            result["diff"]["after"] = result["diff"]["before"]
        if drift:
            headers = {"before_header": "ConfigMaps of the cluster", "after_header": "as wanted"}
            shown = {"before": lines(drift, "cluster"), "after": lines(drift, "wanted"), **headers}
            result["diff"] = [result["diff"], shown]
        return drift
