# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One filter for all add-ons: what each makes is that of its own function, and what is given wrongly is told."""

from __future__ import annotations

import copy
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.addon_manifest import ADDONS, FilterModule
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.local_storage import local_path
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.metrics_server import metrics_server
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import flannel, metallb

addon_manifest = FilterModule().filters()["addon_manifest"]


def pod(kind: str, name: str, container: str) -> dict[str, t.Any]:
    parts = [{"name": container, "args": [], "env": [], "readinessProbe": {}}]
    return {"kind": kind, "metadata": {"name": name}, "spec": {"template": {"spec": {"containers": parts}}}}


CALICO = list(yaml.safe_load_all((Path(__file__).parents[2] / "fixtures/calico/v3.33.0.yaml").read_text()))
FLANNEL = [
    {"kind": "ConfigMap", "metadata": {"name": "kube-flannel-cfg"}, "data": {"net-conf.json": '{"Network": "x"}'}},
    pod("DaemonSet", "kube-flannel-ds", "kube-flannel"),
]
LOCAL_PATH = [
    {"kind": "StorageClass", "metadata": {"name": "local-path"}},
    {
        "kind": "ConfigMap",
        "metadata": {"name": "local-path-config"},
        "data": {"config.json": "{}", "helperPod.yaml": "spec: {containers: [{name: helper-pod, image: busybox}]}"},
    },
]
METALLB = [pod("DaemonSet", "speaker", "speaker"), pod("Deployment", "controller", "controller")]
METRICS = [
    {"kind": "Service", "metadata": {"name": "metrics-server"}, "spec": {}},
    pod("Deployment", "metrics-server", "metrics-server"),
]
POOLS = {"version": "v3.33.0", "pools": "10.244.0.0/16"}
FOLDER: dict[str, t.Any] = {
    "path": "/srv/volumes",
    "storage_class": {"name": "fast", "default": True},
    "helper_image": "busybox:1.37.0",
}
PODS = {"pods": "10.42.0.0/16", "backend": {"Type": "vxlan"}}
CASES: list[tuple[str, list[t.Any], dict[str, t.Any], list[t.Any]]] = [
    ("calico", CALICO, POOLS, calico.calico(CALICO, version="v3.33.0", pools="10.244.0.0/16")),
    (
        "calico",
        CALICO,
        {
            **POOLS,
            "dataplane": "iptables",
            "encapsulation": "ipip",
            "wireguard": True,
            "mtu": 1400,
            "environment": None,
        },
        calico.calico(CALICO, **POOLS, dataplane_wanted="iptables", encapsulation="ipip", wireguard=True, mtu=1400),
    ),
    ("flannel", FLANNEL, PODS, flannel(FLANNEL, pods="10.42.0.0/16", backend={"Type": "vxlan"})),
    ("local_path", LOCAL_PATH, FOLDER, local_path(LOCAL_PATH, **FOLDER)),
    ("metallb", METALLB, {}, metallb(METALLB)),
    ("metrics_server", METRICS, {"image": "m:v1"}, metrics_server(METRICS, image="m:v1")),
]


@pytest.mark.parametrize(("name", "manifest", "options", "expected"), CASES)
def test_objects(name: str, manifest: list[t.Any], options: dict[str, t.Any], expected: list[t.Any]) -> None:
    before = copy.deepcopy(manifest)
    assert addon_manifest(manifest, name, **options) == expected
    assert manifest == before != expected


def test_every_addon_has_a_case() -> None:
    assert sorted({name for name, *_rest in CASES}) == list(ADDONS)


def block_size(arguments: t.Any, family: int = 4) -> str:
    configuration = {"controllerManager": {"extraArgs": arguments}}
    made = addon_manifest(
        CALICO, "calico", version="v3.33.0", pools="10.0.0.0/16,fd00::/56", cluster_configuration=configuration
    )
    (daemon,) = (one for one in made if one["metadata"]["name"] == "calico-node" and one["kind"] == "DaemonSet")
    environment = {
        entry["name"]: entry.get("value") for entry in daemon["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    return str(environment[f"CALICO_IPV{family}POOL_BLOCK_SIZE"])


def test_blocks_of_calico_fit_the_share_of_a_node() -> None:
    assert (block_size([]), block_size([], 6)) == ("26", "122")
    assert block_size([{"name": "node-cidr-mask-size", "value": "28"}]) == "28"
    assert block_size([{"name": "node-cidr-mask-size-ipv6", "value": "124"}], 6) == "124"


LAYOUT = "this version of the collection does not know its layout"
WRONG: list[tuple[t.Any, t.Any, dict[str, t.Any], str]] = [
    ("weave", [], {}, '"weave" is not known; there are calico, flannel, local_path, metallb, metrics_server'),
    ("metallb", [], {"image": "x"}, 'metallb has no option "image"; there are none'),
    ("metrics_server", [], {"images": "x"}, 'metrics_server has no option "images"; there are image'),
    ("flannel", FLANNEL, {"pods": "10.42.0.0/16"}, "flannel needs backend"),
    ("calico", CALICO, {"pools": "10.244.0.0/16"}, "calico needs version"),
    ("calico", CALICO, {**POOLS, "wireguard": "no"}, "calico: wireguard is text, but must be true or false"),
    ("calico", CALICO, {**POOLS, "mtu": "1450"}, "calico: mtu is text, but must be a whole number"),
    ("metallb", {}, {}, "metallb: input is a mapping, but must be a list"),
    ("metallb", [], {}, f"the manifest has no Deployment 'controller'; {LAYOUT}"),
    (
        "calico",
        CALICO,
        {**POOLS, "encapsulation": "gre"},
        '"gre" is no encapsulation; there are vxlan, vxlan_cross_subnet, ipip, none',
    ),
    (
        "local_path",
        LOCAL_PATH,
        {**FOLDER, "path": "/etc"},
        'local_storage_path "/etc" belongs to the system; choose a folder of its own, /var/lib/homelab-volumes for example',
    ),
    (
        "local_path",
        LOCAL_PATH,
        {**FOLDER, "storage_class": {"name": "x"}},
        "local_path: a value has another shape than documented: KeyError('default')",
    ),
]


@pytest.mark.parametrize(("name", "manifest", "options", "error"), WRONG)
def test_errors(name: t.Any, manifest: t.Any, options: dict[str, t.Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        addon_manifest(manifest, name, **options)
