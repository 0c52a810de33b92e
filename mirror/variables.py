# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' variables that point at the mirror."""

from __future__ import annotations

import yaml

from .components import Pins
from .repository import manifest_path

REGISTRY_PORT = 5000
ALWAYS_MIRRORED = ("docker.io", "ghcr.io", "quay.io", "registry.k8s.io")


def variables(pins: Pins, url: str) -> dict[str, object]:
    """Return the variables for a mirror at this address."""
    url = url.rstrip("/")
    registry = f"{url}:{REGISTRY_PORT}"
    named = {image.name.partition("/")[0] for item in pins.components.values() for image in item.images}
    found: dict[str, object] = {
        "kubeadm_apt_repository": f"{url}/{pins.repositories['kubernetes']['path']}",
        "containerd_repository": f"{url}/{pins.repositories['containerd']['path']}",
        "containerd_registry_mirrors": {host: [registry] for host in sorted({*ALWAYS_MIRRORED, *named})},
    }
    for component in pins.components.values():
        name = component.name.replace("-", "_")
        # A role with several manifests is told their folder.
        if len(component.manifests) > 1:
            found[f"{name}_manifest"] = f"{url}/{manifest_path(component, '')}".rstrip("/")
            continue
        for manifest in component.manifests:
            if component.wanted_by:
                # The mirror's release is not the one that the role pins.
                found[f"{name}_version"] = component.version
                found[f"{name}_manifest_sha256"] = manifest.sha256
            found[f"{name}_manifest"] = f"{url}/{manifest_path(component, manifest.name)}"
    return found


class Indented(yaml.SafeDumper):
    """Indents lists as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def text(pins: Pins, url: str) -> str:
    """Return the variables as YAML."""
    return "---\n" + yaml.dump(variables(pins, url), Dumper=Indented, sort_keys=False, width=200)
