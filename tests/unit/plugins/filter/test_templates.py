# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters in templates, where Ansible decides what kind of thing an argument is, and as the roles use them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from . import test_addon_manifest as addons
from . import test_patches, test_storage_objects

ROOT = Path(__file__).parents[4]
RENDER = next((ROOT / "tests/unit").rglob("render.py"))
FAILED = "The filter plugin 'homelab.kubernetes.{}' failed: "


def render(*cases: tuple[str, str, dict[str, t.Any]]) -> list[t.Any]:
    """Each (role, template, variables) by Ansible itself."""
    line = json.dumps(cases)
    done = subprocess.run([sys.executable, RENDER], input=f"{line}\n", capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


HOSTVARS = {"mini1": {"cluster_node_ip": "192.168.0.1,fd00::1"}, "mini2": {"ansible_host": "192.168.0.2"}}
GIVEN: dict[str, t.Any] = {
    "hosts": ["mini1", "mini2"],
    "vars_of": HOSTVARS,
    "seen": test_patches.SEEN,
    "wanted": test_patches.WANTED,
    "maps": [test_patches.CONFIG_MAP],
    "metrics": addons.METRICS,
    "storage": test_storage_objects.STORAGE,
    "class": {"name": "fast", "default": True},
    "one": {"name": "mini1", "address": "192.168.0.1", "schedulable": True, "ignore_preflight_errors": []},
}
NAMES = "map(attribute='metadata.name')"
CASES: list[tuple[str, t.Any]] = [
    (
        "hosts | homelab.kubernetes.node_addresses(vars_of)",
        {"mini1": ["192.168.0.1", "fd00::1"], "mini2": ["192.168.0.2"]},
    ),
    (
        "hosts | homelab.kubernetes.node_addresses(hostvars=vars_of, first=true)",
        {"mini1": "192.168.0.1", "mini2": "192.168.0.2"},
    ),
    # A list that Jinja makes bit by bit, and what Jinja itself makes of texts.
    (
        "hosts | reject('equalto', 'mini1') | homelab.kubernetes.storage_objects('static_volumes', path='/srv/v', count='1' | int,"
        f" gib=1, storage_class=class) | {NAMES}",
        ["fast", "fast-mini2-1"],
    ),
    (
        "(dict(storage, server='192.168.0.' ~ 31) | homelab.kubernetes.storage_objects('nfs_storage', existing=[]))[1].spec.nfs",
        {"server": "192.168.0.31", "path": "/srv/nfs/films", "readOnly": False},
    ),
    (
        "storage | homelab.kubernetes.nfs_shares",
        [{"server": "192.168.0.31", "path": "/srv/nfs/films", "options": [], "read_only": False}],
    ),
    ("seen | homelab.kubernetes.patches('placement', wanted=dict(wanted, machines=hosts | length))", []),
    (
        "maps | homelab.kubernetes.patches('kubelet_settings', wanted={'serverTLSBootstrap': 'yes' | bool}) | map(attribute='what')",
        ["serverTLSBootstrap: True"],
    ),
    (
        f"metrics | homelab.kubernetes.addon_manifest(name='metrics_server', image='m:v' ~ 1) | {NAMES}",
        ["metrics-server", "metrics-server"],
    ),
    (
        "{'version': '1.37.2'} | homelab.kubernetes.kubeadm_documents(node=one)",
        FAILED.format("kubeadm_documents") + "the cluster or the node has no 'name'",
    ),
    ("['a', 'b=1.*'] | homelab.kubernetes.packages_missing({'b': '1.2'})", ["a"]),
    ("{} | homelab.kubernetes.cluster_summary(name='x', kubeconfig='y')", ["x: no cluster yet"]),
    # Errors name what a template has, not what Python calls it.
    (
        "maps | homelab.kubernetes.addon_manifest('weave')",
        FAILED.format("addon_manifest") + '"weave" is not known; there are ',
    ),
    (
        "maps | homelab.kubernetes.addon_manifest('metrics_server', image=1.5)",
        FAILED.format("addon_manifest") + "metrics_server: image is float, but must be text",
    ),
    (
        "hosts | homelab.kubernetes.storage_objects('static_volumes', path='/srv/v', count='1', gib=1, storage_class=class)",
        FAILED.format("storage_objects") + "static_volumes: count is text, but must be a whole number",
    ),
    ("seen | homelab.kubernetes.patches('placement', wanted=nothing)", "'nothing' is undefined"),
    ("nothing | homelab.kubernetes.nfs_shares", "'nothing' is undefined"),
]


def test_templates() -> None:
    found = render(*(("cluster", f"{{{{ {template} }}}}", GIVEN) for template, _expected in CASES))
    for (template, expected), value in zip(CASES, found, strict=True):
        if isinstance(expected, str):
            assert value["error"].startswith(expected), template
        else:
            assert value == expected, template


def uses(role: str) -> list[str]:
    """The templates of a role that use a filter which chooses by name."""
    found: list[str] = []

    def look(node: t.Any) -> None:
        if isinstance(node, str) and re.search(
            r"homelab\.kubernetes\.(addon_manifest|storage_objects|patches)\(", node
        ):
            found.append(node)
        for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
            look(part)

    for path in sorted([*(ROOT / "roles" / role).glob("tasks/*.yml"), *(ROOT / "roles" / role).glob("vars/*.yml")]):
        look(yaml.safe_load(path.read_text()))
    return found


CLASS = {"local_storage_path": "/srv/v", "local_storage_helper_image": "b:1", "local_storage_manifest_sha256": ""}
ROLES: dict[str, tuple[list[t.Any], dict[str, t.Any], list[t.Any]]] = {
    "calico": (addons.CALICO, {"_cluster_endpoint": "192.168.0.11:6443"}, ["calico-node"]),
    "flannel": (addons.FLANNEL, {}, ["kube-flannel-ds"]),
    "metallb": (addons.METALLB, {}, ["speaker"]),
    "metrics_server": (addons.METRICS, {}, ["metrics-server"]),
    "local_storage": (addons.LOCAL_PATH, CLASS, ["local-path", "local-path-mini1-1"]),
    "nfs_storage": (
        [],
        {"__nfs_storage_existing": {"results": []}, "_nfs_storage_wanted": test_storage_objects.STORAGE},
        ["films"],
    ),
    "placement": ([], {"_placement_seen": test_patches.SEEN, "_placement_reachable": True}, ["coredns"]),
    "kubelet_certificates": (
        [],
        {"_kubelet_certificates_config": [test_patches.CONFIG_MAP], "kubelet_certificates_enabled": True},
        ["kubelet-config"],
    ),
}


@pytest.mark.parametrize("role", ROLES)
def test_what_roles_apply(role: str, tmp_path: Path) -> None:
    """The roles' own templates: every option that they give is known, and of the kind that the filter wants."""
    manifest, given, expected = ROLES[role]
    path = tmp_path / "manifest.yml"
    path.write_text(yaml.safe_dump_all(manifest))
    checksums = {
        f"{role}_manifest": str(path),
        f"{role}_manifest_sha256": "",
        f"{role}_manifest_files": {"manifest.yml": ""},
    }
    if role == "metrics_server":
        checksums[f"{role}_manifest"] = str(tmp_path)
    groups = {"cluster": ["mini1"], "control_plane": ["mini1"]}
    hostvars = {"mini1": {"ansible_host": "192.168.0.11"}}
    variables = {"groups": groups, "hostvars": hostvars, "inventory_hostname": "mini1", **checksums, **given}
    templates = uses(role)
    assert templates
    made = render(*((role, template, variables) for template in templates))
    assert [value for value in made if not isinstance(value, list)] == []
    names = {(one.get("patch") or one)["metadata"]["name"] for objects in made for one in objects}
    assert set(expected) - names == set()
