# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""kubeadm's ConfigMap of the kubelets: the settings of every node that joins later."""

from __future__ import annotations

import typing as t

import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Change, Object
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._libraries import jmespath


def kubelet_settings(config_maps: t.Sequence[Object], wanted: t.Mapping[str, t.Any]) -> list[Change]:
    """Patches that put settings into kubeadm's ConfigMap ``kubelet-config``, none where they are there.

    Raises ValueError when it does not hold the configuration of a kubelet.
    """
    changes: list[Change] = []
    for config_map in config_maps:
        metadata = {key: config_map["metadata"][key] for key in ("name", "namespace")}
        try:
            present = yaml.safe_load(jmespath.search("data.kubelet", config_map) or "")
        except yaml.YAMLError as exc:
            raise ValueError(f"ConfigMap {metadata['name']} cannot be read: {exc}") from exc
        if not isinstance(present, dict) or present.get("kind") != "KubeletConfiguration":
            raise ValueError(f"ConfigMap {metadata['name']} holds no KubeletConfiguration under the key kubelet")
        missing = {key: value for key, value in wanted.items() if present.get(key) != value}
        if missing:
            text = _yaml.text(dict(sorted({**present, **missing}.items())))
            patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"kubelet": text}}
            changes.append(Change(what=", ".join(f"{key}: {value}" for key, value in missing.items()), patch=patch))
    return changes


__all__ = ("kubelet_settings",)
