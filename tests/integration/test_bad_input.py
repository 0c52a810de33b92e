# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes that people make, each in one inventory: the whole site.yml reports it, and stops before any change.

The hosts do not exist, so every case also shows that an unreachable host keeps nothing else from being told.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def host(number: int, **more: t.Any) -> dict[str, t.Any]:
    """A closed port of this machine refuses at once, as nobody on the network might."""
    return {"ansible_host": f"127.0.0.{number}", "ansible_port": 9, "cluster_node_ip": f"192.0.2.{number}", **more}


GOOD: dict[str, t.Any] = {
    "vars": {"cluster_cni": "none", "preflight_urls": []},
    "children": {
        "control_plane": {"hosts": {"mini1": host(1)}},
        "workers": {"hosts": {"mini2": host(2), "mini3": host(3)}},
    },
}
# Any file does for what is not installed.
METALLB = {"metallb_manifest": str(ROOT / "LICENSE"), "metallb_manifest_sha256": ""}
PIN = {"flannel_manifest": str(ROOT / "LICENSE"), "flannel_manifest_sha256": "0" * 64, "cluster_cni": "flannel"}
CALICO = {
    "cluster_cni": "calico",
    "calico_version": "v3.33.0",
    "calico_manifest": str(ROOT / "tests/unit/fixtures/calico/v3.33.0.yaml"),
    "calico_manifest_sha256": "",
}
OLD_NFTABLES = {
    **CALICO,
    "calico_version": "v3.28.5",
    "calico_manifest": str(ROOT / "tests/unit/fixtures/calico/v3.28.5.yaml"),
    "calico_dataplane": "nftables",
}
CALICO_UNKNOWN = ["calico-version-unsupported", "manifest-mismatch"]
GONE = {**PIN, "flannel_manifest": "/nonexistent/kube-flannel.yml"}

# What is wrong, changes of the inventory, the ids beside host-unreachable.
CASES: list[tuple[str, dict[str, t.Any], list[str]]] = [
    ("nothing else", {}, []),
    ("no control plane", {"children": {"control_plane": None}}, ["control-plane-missing"]),
    (
        "two control planes",
        {"children": {"control_plane": {"hosts": {"mini4": host(4)}}}},
        ["control-plane-even", "endpoint-of-one-host"],
    ),
    (
        "several control planes at the address of one",
        {
            "children": {"control_plane": {"hosts": {"mini4": host(4), "mini5": host(5)}}},
            "cluster_endpoint": "192.0.2.4",
        },
        ["endpoint-of-one-host"],
    ),
    ("the address of a worker for the API", {"cluster_endpoint": "192.0.2.2"}, ["endpoint-of-worker"]),
    ("a virtual IP of a family that nodes lack", {"cluster_endpoint": "fd00::10"}, ["virtual-ip-family"]),
    (
        "a virtual IP in a pool",
        {"cluster_endpoint": "192.0.2.9", "cluster_load_balancer_ranges": ["192.0.2.8-192.0.2.10"], **METALLB},
        ["load-balancer-overlap-endpoint"],
    ),
    (
        "a virtual IP that may be leased",
        {"cluster_endpoint": "192.0.2.9", "preflight_dhcp_ranges": ["192.0.2.8-192.0.2.10"]},
        ["endpoint-in-dhcp-range"],
    ),
    (
        "a virtual IP from a keeper that nobody knows",
        {"cluster_endpoint": "192.0.2.9", "virtual_ip_provider": "kube-vip"},
        ["variable-invalid"],
    ),
    (
        "haproxy at the port of the API server",
        {"cluster_endpoint": "192.0.2.9", "virtual_ip_haproxy_port": 6443},
        ["virtual-ip-port-reserved"],
    ),
    (
        "haproxy at no port",
        {"cluster_endpoint": "192.0.2.9", "virtual_ip_haproxy_port": 84430},
        ["variable-invalid"],
    ),
    ("a host in both groups", {"children": {"workers": {"hosts": {"mini1": None}}}}, ["host-in-two-groups"]),
    (
        "two hosts with one address",
        {"hosts": {"mini3": {"cluster_node_ip": "::ffff:192.0.2.2"}}},
        ["duplicate-node-address"],
    ),
    (
        "services of a family that pods lack",
        {"cluster_service_cidr": "10.96.0.0/12,fd00:10:96::/112"},
        ["services-without-pods"],
    ),
    (
        "a name for an address",
        {"hosts": {"mini3": {"cluster_node_ip": "mini3.lan"}}},
        ["node-ip-not-an-address"],
    ),
    ("a name that no node can have", {"children": {"workers": {"hosts": {"Mini_4": host(4)}}}}, ["node-name-invalid"]),
    ("an unsupported Kubernetes", {"cluster_kubernetes_version": "1.20.1"}, ["kubernetes-version-unsupported"]),
    ("a malformed version", {"cluster_kubernetes_version": "v1.37.2"}, ["kubernetes-version-malformed"]),
    ("a version that is a number", {"cluster_kubernetes_version": 1.37}, ["variable-invalid"]),
    ("an unknown pod network", {"cluster_cni": "flanel"}, ["variable-invalid"]),
    ("a number for a range", {"cluster_pod_cidr": 10}, ["variable-invalid"]),
    ("null for a range", {"cluster_pod_cidr": None}, ["variable-invalid"]),
    ("a list for a range", {"cluster_pod_cidr": [["10.244.0.0/16"]]}, ["variable-invalid"]),
    (
        "nested lists for pools",
        {"cluster_load_balancer_ranges": [["192.0.2.9-192.0.2.10"]], **METALLB},
        ["variable-invalid"],
    ),
    ("a boolean that roles would read as no", {"prereqs_manage_firewall": "y"}, ["variable-invalid"]),
    ("a wrong boolean", {"cluster_schedule_on_control_plane": "maybe"}, ["variable-invalid"]),
    ("an expression that fails", {"cluster_service_cidr": "{{ nope }}"}, ["variable-invalid"]),
    ("Unicode digits", {"cluster_pod_cidr": "10.\u0662\u0664\u0664.0.0/16"}, ["malformed-value"]),
    ("100 kB of text", {"cluster_pod_cidr": "1" * 100_000}, ["malformed-value"]),
    ("host bits", {"cluster_service_cidr": "10.96.0.1/12"}, ["malformed-value"]),
    ("pods over the nodes", {"cluster_pod_cidr": "192.0.0.0/16"}, ["pods-overlap-nodes", "public-address-space"]),
    ("another value on one host", {"hosts": {"mini2": {"cluster_name": "other"}}}, ["variable-differs"]),
    ("a DNS domain with an underscore", {"cluster_dns_domain": "fed_cluster.local"}, ["variable-invalid"]),
    ("an endpoint with its port", {"cluster_endpoint": "k8s.lan:6443"}, ["variable-invalid"]),
    ("a proxy without its scheme", {"cluster_http_proxy": "192.168.0.5:3128"}, ["variable-invalid"]),
    ("a proxy that is a number", {"cluster_http_proxy": 3128}, ["variable-invalid"]),
    ("a proxy with a login", {"cluster_https_proxy": "http://anna:secret@proxy:3128"}, ["url-with-login"]),
    (
        "a proxy, and pods that cannot be read",
        {"cluster_http_proxy": "http://192.0.2.5:3128", "cluster_pod_cidr": "10.244.0.1/16"},
        ["malformed-value"],
    ),
    (
        "blanks between exceptions of the proxy",
        {"cluster_http_proxy": "http://192.0.2.5:3128", "cluster_no_proxy": ".lan .home"},
        ["variable-invalid"],
    ),
    ("a name that is no file's", {"cluster_name": "My Home/Lab"}, ["variable-invalid"]),
    (
        "arguments as kubeadm once read them",
        {"control_plane_cluster_configuration": {"controllerManager": {"extraArgs": {"profiling": "false"}}}},
        ["variable-invalid"],
    ),
    ("a slip in a variable's name", {"cluster_pod_cird": "10.0.0.0/16"}, ["variable-unknown"]),
    ("a slip in what to ignore", {"preflight_ignore": ["host-unreachabel"]}, ["variable-invalid"]),
    ("a slip in the roles", {"preflight_roles": ["cluster", "flanel"]}, ["variable-invalid"]),
    ("a mapping for a list of ranges", {"preflight_dhcp_ranges": {"a": "b"}}, ["variable-invalid"]),
    ("a list for a mapping of networks", {"preflight_other_networks": ["10.8.0.0/24"]}, ["variable-invalid"]),
    ("text for a mapping of manifests", {"preflight_manifests": "x"}, ["variable-invalid"]),
    ("a list for a file", {"preflight_report_junit": ["a"]}, ["variable-invalid"]),
    ("words for numbers", {"preflight_url_timeout": "soon", "preflight_min_disk_mib": "much"}, ["variable-invalid"]),
    ("a name for a client of a firewall", {"prereqs_firewall_clients": ["laptop.lan"]}, ["variable-invalid"]),
    ("nested lists for clients", {"prereqs_firewall_clients": [["192.0.2.0/24"]]}, ["variable-invalid"]),
    (
        "a zone in an address",
        {"nfs": {"nfs_server_exports": [{"path": "/srv/nfs", "clients": ["fe80::1%x(rw) *"]}]}},
        ["nfs-export-invalid"],
    ),
    (
        "the world in pieces",
        {"nfs": {"nfs_server_exports": [{"path": "/srv/nfs", "clients": ["0.0.0.0/1", "128.0.0.0/1"]}]}},
        ["nfs-export-world"],
    ),
    ("an export of the system", {"nfs": {"nfs_server_exports": [{"path": "/etc"}]}}, ["nfs-export-system"]),
    (
        "an export to the world",
        {"nfs": {"nfs_server_exports": [{"path": "/srv/nfs", "clients": ["*"]}]}},
        ["nfs-export-world"],
    ),
    (
        "overlapping exports",
        {"nfs": {"nfs_server_exports": [{"path": "/srv/nfs"}, {"path": "/srv/nfs/a"}]}},
        ["nfs-export-overlap"],
    ),
    (
        "a name for a client of an export",
        {"nfs": {"nfs_server_exports": [{"path": "/srv/nfs", "clients": ["mini1.lan"]}]}},
        ["nfs-export-invalid"],
    ),
    (
        "volumes in a home",
        {"local_storage_provisioner": "static", "hosts": {"mini2": {"local_storage_path": "/home/anna"}}},
        ["local-storage-path"],
    ),
    ("volumes in a folder of the system that nobody asked for", {"local_storage_path": "/home"}, []),
    ("text for exports", {"nfs": {"nfs_server_exports": "/srv/nfs"}}, ["variable-invalid"]),
    ("an export without a path", {"nfs": {"nfs_server_exports": [{"clients": ["192.0.2.1"]}]}}, ["variable-invalid"]),
    (
        "an NFS server in the range of the services",
        {"nfs": {"cluster_node_ip": "10.96.0.9"}},
        ["services-overlap-nfs-servers"],
    ),
    (
        "somebody else's NFS server in the range of the pods",
        {"nfs_storage_server": "10.244.3.1", "nfs_storage_provisioner": "static"},
        ["pods-overlap-nfs-servers"],
    ),
    (
        "a class on a server in the range of the services",
        {
            "nfs": {},
            "nfs_storage_provisioner": "static",
            "nfs_storage_classes": [{"name": "nfs"}, {"name": "old", "server": "10.96.0.9"}],
        },
        ["services-overlap-nfs-servers"],
    ),
    ("a slip in a server's variable", {"nfs": {"nfs_server_export": []}}, ["variable-unknown"]),
    ("an unknown provisioner", {"nfs": {}, "nfs_storage_provisioner": "cis"}, ["variable-invalid"]),
    (
        "a login in an address",
        {"kubeadm_apt_repository": "https://anna:secret@192.0.2.9/deb"},
        ["url-with-login"],
    ),
    ("a key id for a fingerprint", {"kubeadm_apt_key_fingerprints": ["08F84AE5"]}, ["variable-invalid"]),
    (
        "a mirror that resolves tags, as an expression",
        {"containerd_registry_mirrors": {"docker.io": [{"url": "http://{{ cluster_name }}:5000", "resolve": True}]}},
        [],
    ),
    ("text for a registry's mirrors", {"containerd_registry_mirrors": {"docker.io": "http://m"}}, ["variable-invalid"]),
    ("a manifest of another content", PIN, ["manifest-mismatch"]),
    ("a manifest that is not there", GONE, ["manifest-unreachable"]),
    (
        "a pool outside of the pods",
        {**CALICO, "calico_pool_cidr": "192.168.0.0/16"},
        ["calico-pool-outside-pods"],
    ),
    ("an unknown encapsulation", {**CALICO, "calico_encapsulation": "geneve"}, ["variable-invalid"]),
    ("a Calico that nobody knows", {**CALICO, "calico_version": "v3.99.0"}, CALICO_UNKNOWN),
    (
        "a Calico without a manifest",
        {**CALICO, "calico_version": "v3.32.9", "calico_manifest": "/nonexistent/calico.yaml"},
        ["manifest-unreachable"],
    ),
    ("a manifest of another Calico", {**CALICO, "calico_version": "v3.32.0"}, ["manifest-mismatch"]),
    (
        "the operator instead of calico.yaml",
        {**CALICO, "calico_manifest": str(ROOT / "LICENSE")},
        ["manifest-mismatch"],
    ),
    ("rules that Calico cannot write", OLD_NFTABLES, ["calico-dataplane-impossible"]),
]


def changed(changes: dict[str, t.Any]) -> dict[str, t.Any]:
    """The good inventory with changes: of hosts, of groups, or of variables of all."""
    cluster = copy.deepcopy(GOOD)
    for name, group in changes.get("children", {}).items():
        if group is None:
            del cluster["children"][name]
        else:
            cluster["children"][name]["hosts"].update(group["hosts"])
    for group in cluster["children"].values():
        for name, values in changes.get("hosts", {}).items():
            if name in group["hosts"]:
                group["hosts"][name].update(values)
    cluster["vars"].update({name: value for name, value in changes.items() if name not in ("children", "hosts", "nfs")})
    return cluster


def with_server(cluster: dict[str, t.Any], server: dict[str, t.Any] | None) -> dict[str, t.Any]:
    """The inventory, with an NFS server that has these variables if there is to be one."""
    if server is None:
        return {"cluster": cluster}
    static = {"nfs_storage_provisioner": "static", **cluster["vars"]}
    return {"cluster": {**cluster, "vars": static}, "nfs_servers": {"hosts": {"nas": {**host(9), **server}}}}


def run(folder: Path, inventory: dict[str, t.Any], *arguments: str) -> tuple[int, str]:
    (folder / "hosts.json").write_text(json.dumps(inventory))
    report = f"preflight_report_json={folder}/report.json"
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "hosts.json", str(ROOT / "site.yml"), "-e", report]
    # What this machine has read before helps nobody here.
    mine = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    environment = {**os.environ, **mine}
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def ids(folder: Path) -> list[str]:
    findings = json.loads((folder / "report.json").read_text())["findings"]
    assert all(finding["fix"] for finding in findings)
    return sorted({finding["id"] for finding in findings} - {"host-unreachable"})


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_bad_input(tmp_path: Path, changes: dict[str, t.Any], expected: list[str]) -> None:
    code, out = run(tmp_path, with_server(changed(changes), changes.get("nfs")))
    assert code == 2, out
    assert ids(tmp_path) == expected, out
    assert "ERROR [host-unreachable] mini2: cannot be reached" in out
    assert "nothing was changed" in out
    assert "Traceback" not in out


def test_a_boolean_from_the_command_line_is_text(tmp_path: Path) -> None:
    run(tmp_path, {"cluster": changed({})}, "-e", "cluster_schedule_on_control_plane=true")
    assert ids(tmp_path) == []


def test_what_is_ignored_is_printed(tmp_path: Path) -> None:
    _, out = run(
        tmp_path,
        {"cluster": changed({"cluster_kubernetes_version": "v1"})},
        "-e",
        "preflight_ignore=kubernetes-version-malformed",
    )
    assert 'IGNORED [kubernetes-version-malformed] cluster_kubernetes_version "v1"' in out


@pytest.mark.parametrize("inventory", [{}, {"cluster": {}}, {"servers": {"hosts": {"mini1": {}}}}])
def test_an_inventory_without_a_cluster(tmp_path: Path, inventory: dict[str, t.Any]) -> None:
    code, out = run(tmp_path, inventory)
    assert code == 2, out
    assert "the inventory has no host in the group cluster" in " ".join(out.split())
