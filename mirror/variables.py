# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' variables that point at the mirror."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import yaml

from .components import Component, Pins
from .repository import manifest_path

REGISTRY_PORT = 5000
ALWAYS_MIRRORED = ("docker.io", "ghcr.io", "quay.io", "registry.k8s.io")


def variables(pins: Pins, url: str, keys: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """Return the variables for a mirror at this address, with the fingerprints of the keys that it signs with.

    Where it is used nothing else may be reachable, so tags are looked up there too.
    """
    url = url.rstrip("/")
    registry = re.sub(r":[0-9]+$", "", url) + f":{REGISTRY_PORT}"
    named = {image.name.partition("/")[0] for item in pins.components.values() for image in item.images}
    found: dict[str, object] = {
        "kubeadm_apt_repository": f"{url}/{pins.repositories['kubernetes']['path']}",
        "kubeadm_apt_key_fingerprints": list(keys["kubernetes"]),
        "containerd_repository": f"{url}/{pins.repositories['containerd']['path']}",
        "containerd_apt_key_fingerprints": list(keys["containerd"]),
        "containerd_registry_mirrors": {
            host: [{"url": registry, "resolve": True}] for host in sorted({*ALWAYS_MIRRORED, *named})
        },
    }
    for component in pins.components.values():
        name = component.role or component.name.replace("-", "_")
        # A role with several manifests is told their folder.
        if len(component.manifests) > 1:
            found[f"{name}_manifest"] = f"{url}/{manifest_path(component, '')}".rstrip("/")
            continue
        for manifest in component.manifests:
            if component.wanted_by:
                # The mirror's release is not the one that the role pins.
                found[f"{name}_version"] = component.version
                found[f"{name}_manifest_sha256"] = manifest.sha256
            address = f"{url}/{manifest_path(component, manifest.name)}"
            found[f"{name}_manifest"] = where_wanted(component, address) if component.role else address
    return found


def where_wanted(component: Component, text: str) -> str:
    """Return a template that is the text where a component is wanted, else empty; the text may be a template itself."""
    condition = " and ".join(f"{name} == {value!r}" for name, value in component.wanted_by.items())
    return f"{{% if {condition} %}}{text}{{% endif %}}"


class Indented(yaml.SafeDumper):
    """Indents lists as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def text(pins: Pins, url: str, keys: Mapping[str, Sequence[str]]) -> str:
    """Return the variables as YAML."""
    return "---\n" + yaml.dump(variables(pins, url, keys), Dumper=Indented, sort_keys=False, width=200)
