# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The kubelet's configuration: that of a node, and the one that kubeadm hands to every node that joins."""

from __future__ import annotations

import json
import re
import typing as t

Object = t.Dict[str, t.Any]


class Change(t.TypedDict):
    """A merge patch, and what it is for."""

    what: str
    patch: Object


def kubelet_settings(config_maps: t.Iterable[Object], wanted: t.Mapping[str, t.Any]) -> list[Change]:
    """Patches that put settings into kubeadm's ConfigMap ``kubelet-config``, none where they are there.

    Raises ValueError when it does not hold the configuration of a kubelet.
    """
    import yaml  # here, because only the control node is sure to have it

    changes: list[Change] = []
    for config_map in config_maps:
        metadata = {key: config_map["metadata"][key] for key in ("name", "namespace")}
        try:
            present = yaml.safe_load(config_map.get("data", {}).get("kubelet", ""))
        except yaml.YAMLError as exc:
            raise ValueError(f"ConfigMap {metadata['name']} cannot be read: {exc}") from exc
        if not isinstance(present, dict) or present.get("kind") != "KubeletConfiguration":
            raise ValueError(f"ConfigMap {metadata['name']} holds no KubeletConfiguration under the key kubelet")
        # Ansible's texts know where they come from, which YAML's writer cannot represent.
        missing = json.loads(json.dumps({key: value for key, value in wanted.items() if present.get(key) != value}))
        if missing:
            text = yaml.safe_dump({**present, **missing}, sort_keys=True)
            patch = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"kubelet": text}}
            changes.append(Change(what=", ".join(f"{key}: {value}" for key, value in missing.items()), patch=patch))
    return changes


def with_settings(text: str, wanted: t.Mapping[str, t.Any]) -> str:
    """A node's config.yaml with top-level settings, every other line as it is: without a YAML parser, which hosts may lack.

    Raises ValueError when the file is not written in lines as kubeadm writes it.
    """
    if text.lstrip().startswith("{"):
        raise ValueError("it is written as JSON; write it as YAML, a setting to a line, as kubeadm does")
    for key, value in wanted.items():
        line = f"{key}: {json.dumps(value)}"
        text, found = re.subn(rf"(?m)^{re.escape(key)}[ \t]*:.*$", line.replace("\\", r"\\"), text)
        if not found:
            text = f"{text}\n{line}\n" if text and not text.endswith("\n") else f"{text}{line}\n"
    return text


__all__ = ("Change", "kubelet_settings", "with_settings")
