# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles would do on systems that no test node runs, rendered from the facts such a host has."""

from __future__ import annotations

import configparser
import functools
import json
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubelet import serving_csr as _serving_csr

ROLES = Path(__file__).parents[2] / "roles"
RENDER = Path(__file__).with_name("render.py")
DEBIAN13 = {
    "os_family": "Debian",
    "distribution": "Debian",
    "distribution_major_version": "13",
    "distribution_release": "trixie",
}
DEBIAN12 = {**DEBIAN13, "distribution_major_version": "12", "distribution_release": "bookworm"}
UBUNTU24 = {**DEBIAN13, "distribution": "Ubuntu", "distribution_major_version": "24", "distribution_release": "noble"}
UBUNTU26 = {**UBUNTU24, "distribution_major_version": "26", "distribution_release": "resolute"}
ROCKY9 = {
    "os_family": "RedHat",
    "distribution": "Rocky",
    "distribution_major_version": "9",
    "distribution_release": "Blue Onyx",
}
NETWORK_MANAGER = "/etc/NetworkManager/conf.d/homelab-calico.conf"
GROUPS = {"cluster": ["cp1", "cp2", "cp3", "w1"], "control_plane": ["cp1", "cp2", "cp3"], "workers": ["w1"]}
ROCKY10 = {**ROCKY9, "distribution_major_version": "10", "distribution_release": "Red Quartz"}


@functools.cache
def renderer() -> subprocess.Popen[str]:
    """Started once, because Ansible takes longer to load than to render; it ends with its input."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, RENDER], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def render(role: str, facts: dict[str, str], *names: str, **given: t.Any) -> list[t.Any]:
    """Variables of a role as a host with these facts sees them."""
    cases = [[role, name, {"ansible_facts": facts, **given}] for name in names]
    process = renderer()
    process.stdin.write(json.dumps(cases) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return list(json.loads(line))


@pytest.mark.parametrize(
    ("facts", "repository", "suite", "usable"),
    [
        (DEBIAN12, "https://download.docker.com/linux/debian", "bookworm", False),
        (DEBIAN13, "https://download.docker.com/linux/debian", "trixie", True),
        (UBUNTU24, "https://download.docker.com/linux/ubuntu", "noble", True),
        (UBUNTU26, "https://download.docker.com/linux/ubuntu", "resolute", True),
        (ROCKY9, "https://download.docker.com/linux/rhel", "9", False),
        (ROCKY10, "https://download.docker.com/linux/rhel", "10", False),
    ],
)
def test_containerd_comes_from(facts: dict[str, str], repository: str, suite: str, usable: bool) -> None:
    names = ("containerd_repository", "containerd_repository_suite", "_containerd_in_distribution")
    assert render("containerd", facts, *names) == [repository, suite, usable]


@pytest.mark.parametrize(
    ("version", "image"),
    [("1.35.9", "3.10.1"), ("1.36.4", "3.10.2"), ("1.37.1", "3.10.2"), ("1.38.0", "3.10.2")],
)
def test_the_pause_image_is_kubeadms(version: str, image: str) -> None:
    found = render("containerd", DEBIAN13, "containerd_sandbox_image", cluster_kubernetes_version=version)
    assert found == [f"registry.k8s.io/pause:{image}"]


@pytest.mark.parametrize(
    ("facts", "installed", "missing"),
    [
        (UBUNTU24, {}, ["ca-certificates", "kmod"]),
        (UBUNTU24, {"kmod": "31", "ca-certificates": "20240203"}, []),
        (ROCKY9, {"kmod": "28", "ca-certificates": "2024"}, []),
        (ROCKY10, {"kmod": "31", "ca-certificates": "2024"}, ["kernel-modules-extra-6.12.0-55.el10"]),
    ],
)
def test_packages(facts: dict[str, str], installed: dict[str, str], missing: list[str]) -> None:
    host = {"host": {"installed": installed, "kernel": "6.12.0-55.el10"}}
    assert render("prereqs", facts, "_prereqs_packages_missing", __preflight_host=host) == [missing]


@pytest.mark.parametrize(
    ("installed", "missing"),
    [
        ({}, ["kubeadm=1.37.1-*", "kubelet=1.37.1-*", "kubectl=1.37.1-*", "cri-tools"]),
        (
            {"kubeadm": "1.37.1-1.1", "kubelet": "1.37.1-1.1", "kubectl": "1.36.4-1.1", "cri-tools": "1.36.0-1.1"},
            ["kubectl=1.37.1-*"],
        ),
        (
            {
                "kubeadm": "1.37.1-150500.1.1",
                "kubelet": "1.37.1-150500.1.1",
                "kubectl": "1.37.1-150500.1.1",
                "cri-tools": "1",
            },
            [],
        ),
    ],
)
def test_kubernetes_packages(installed: dict[str, str], missing: list[str]) -> None:
    host = {"host": {"installed": installed}}
    assert render("kubeadm", ROCKY9, "_kubeadm_missing", __preflight_host=host) == [missing]


@pytest.mark.parametrize("version", ["1.36.4", "1.37.1"])
def test_the_package_source_is_that_of_the_minor(version: str) -> None:
    minor = version.rsplit(".", 1)[0]
    source = f"https://pkgs.k8s.io/core:/stable:/v{minor}"
    names = ("kubeadm_apt_repository", "kubeadm_rpm_repository")
    assert render("kubeadm", UBUNTU24, *names, cluster_kubernetes_version=version) == [f"{source}/deb", f"{source}/rpm"]


@pytest.mark.parametrize(
    ("role", "given", "keys"),
    [
        ("kubeadm", {}, ["DE15B14486CD377B9E876E1A234654DA9A296436"]),
        ("kubeadm", {"kubeadm_apt_repository": "https://mirror/deb"}, []),
        ("kubeadm", {"kubeadm_apt_repository": "http://pkgs.k8s.io/core:/stable:/v1.37/deb"}, []),
        ("containerd", {}, ["9DC858229FC7DD38854AE2D88D81803C0EBFCD88"]),
        ("containerd", {"containerd_repository": "https://mirror/linux/debian"}, []),
    ],
)
def test_upstreams_keys_are_known_and_no_mirrors(role: str, given: dict[str, str], keys: list[str]) -> None:
    assert render(role, DEBIAN13, f"{role}_apt_key_fingerprints", **given) == [keys]


@pytest.mark.parametrize(
    ("facts", "cni", "services", "expected"),
    [
        (ROCKY9, "calico", ["NetworkManager", "firewalld"], True),
        (UBUNTU24, "calico", ["NetworkManager"], True),
        (ROCKY9, "flannel", ["NetworkManager"], False),
        (DEBIAN13, "calico", ["kubelet"], False),
    ],
)
def test_network_manager_keeps_away_from_calico(
    facts: dict[str, str], cni: str, services: list[str], expected: bool
) -> None:
    host = {"host": {"services": services}}
    assert render("prereqs", facts, "_prereqs_unmanaged_devices", prereqs_cni=cni, __preflight_host=host) == [expected]


@pytest.mark.parametrize(("w1", "nodes"), [({}, ["cp1", "w1"]), ({"nfs_storage_client": False}, ["cp1"])])
def test_storage_is_proven_on_the_clients(w1: dict[str, bool], nodes: list[str]) -> None:
    given = {"groups": {"cluster": ["cp1", "w1"]}, "hostvars": {"cp1": {}, "w1": w1}}
    assert render("verify", DEBIAN13, "_verify_storage_nodes", **given) == [nodes]


@pytest.mark.parametrize(
    ("server", "client", "paths"),
    [("", True, []), ("192.0.2.5", True, ["/srv/nfs/kubernetes"]), ("192.0.2.5", False, []), ("192.0.2.5", "no", [])],
)
def test_a_node_mounts_what_the_cluster_stores_on(server: str, client: bool | str, paths: list[str]) -> None:
    storage = {
        "provisioner": "csi",
        "server": server,
        "share": "/srv/nfs/kubernetes",
        "mount_options": [],
        "volumes": [],
    }
    given = {
        "nfs_storage_server": server,
        "nfs_storage_client": client,
        "_nfs_storage_wanted": {**storage, "classes": []},
    }
    enabled, shares = render("nfs_client", DEBIAN13, "nfs_client_enabled", "nfs_client_shares", **given)
    assert (enabled, [share["path"] for share in shares]) == (bool(paths), paths)


@pytest.mark.parametrize(("interfaces", "more"), [([], {}), (["eno1", "br0"], {"interfaces": ["eno1", "br0"]})])
def test_load_balancer_addresses_are_announced_on(interfaces: list[str], more: dict[str, list[str]]) -> None:
    pool, announcement = render("metallb", DEBIAN13, "_metallb_pool", metallb_interfaces=interfaces)[0]
    assert pool["spec"] == {"addresses": []}
    assert announcement["spec"] == {"ipAddressPools": ["homelab"], **more}


def test_sysctls_of_both_families() -> None:
    ipv4, both = (
        render("prereqs", DEBIAN13, "_prereqs_sysctls", prereqs_pod_cidr=pods)[0]
        for pods in ("10.244.0.0/16", "10.244.0.0/16,fd00:10:244::/56")
    )
    assert {name for name in ipv4 if "ipv6" in name} == set()
    assert {name: both[name] for name in both if name not in ipv4} == {
        "net.ipv6.conf.all.forwarding": 1,
        "net.ipv6.conf.default.forwarding": 1,
        # kube-proxy has no IPv6 where all is off, and devices of the pod network have none where the default is.
        "net.ipv6.conf.all.disable_ipv6": 0,
        "net.ipv6.conf.default.disable_ipv6": 0,
    }


@pytest.mark.parametrize(("files", "expected"), [([], False), (["/x"], False), ([NETWORK_MANAGER], True)])
def test_network_manager_reads_what_an_earlier_run_wrote(files: list[str], expected: bool) -> None:
    host = {"host": {"services": ["NetworkManager"], "unread": files}}
    names = ("_prereqs_network_manager", "_prereqs_network_manager_unread")
    assert render("prereqs", UBUNTU24, *names, __preflight_host=host) == [NETWORK_MANAGER, expected]


TIMER = "homelab-kubelet-csr.timer"


@pytest.mark.parametrize(
    ("given", "services", "expected"),
    [
        ({}, ["kubelet"], ["absent", False, {"serverTLSBootstrap": False}]),
        ({}, ["kubelet", TIMER], ["absent", True, {"serverTLSBootstrap": False}]),
        ({}, None, ["absent", False, {"serverTLSBootstrap": False}]),
        ({"metrics_server_enabled": True}, None, ["present", False, {"serverTLSBootstrap": True}]),
        (
            {"control_plane_kubelet_configuration": {"serverTLSBootstrap": True}},
            [TIMER],
            ["absent", True, {"serverTLSBootstrap": True}],
        ),
    ],
)
def test_kubelets_ask_for_certificates_while_somebody_approves(
    given: dict[str, t.Any], services: list[str] | None, expected: list[t.Any]
) -> None:
    seen = {} if services is None else {"__preflight_host": {"host": {"services": services}}}
    names = ("_kubelet_certificates_state", "_kubelet_certificates_left", "_kubelet_certificates_settings")
    # Of three control planes one could not be looked at, and one had nothing to tell.
    hosts = {"cp1": seen, "cp2": {"__preflight_host": {"problem": {}}}, "cp3": {}, "w1": {}}
    found = render("kubelet_certificates", UBUNTU24, *names, groups=GROUPS, hostvars=hosts, **given)
    assert found == expected


def test_the_approver_may_list_and_approve_kubelets_serving_certificates_only() -> None:
    (objects,) = render("kubelet_certificates", UBUNTU24, "_kubelet_certificates_objects")
    account, role, binding = objects
    assert (account["metadata"]["name"], account["metadata"]["namespace"]) == ("homelab-kubelet-csr", "kube-system")
    group = {"apiGroups": ["certificates.k8s.io"]}
    assert role["rules"] == [
        {**group, "resources": ["certificatesigningrequests"], "verbs": ["get", "list"]},
        {**group, "resources": ["certificatesigningrequests/approval"], "verbs": ["update"]},
        {**group, "resources": ["signers"], "resourceNames": [_serving_csr.SIGNER], "verbs": ["approve"]},
    ]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    subject = {"kind": "ServiceAccount", **{key: account["metadata"][key] for key in ("name", "namespace")}}
    assert binding["subjects"] == [subject]


def test_only_the_token_is_made_by_root() -> None:
    files = yaml.safe_load((ROLES / "kubelet_certificates/vars/main.yml").read_text())["_kubelet_certificates_files"]
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(files["/etc/systemd/system/homelab-kubelet-csr.service"])
    service = unit["Service"]
    assert (service["DynamicUser"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "yes", "strict")
    assert service["ExecStartPre"].startswith("+")
    assert service["ExecStartPre"].endswith("/prepare.py")
    assert service["ExecStart"].endswith("/approve.py")
    assert not service["ExecStart"].startswith("+")
    programs = {Path(path).name for path in files if path.startswith("/usr/local/lib/homelab.kubernetes/")}
    assert programs == {"serving_csr.py", "prepare.py", "approve.py", "nodes.json"}


@pytest.mark.parametrize(
    ("waiting", "per_node", "asking"),
    [
        ([], False, []),
        # One asks for all of them, and it may be a node already.
        (["w3"], False, ["w1", "w2", "w3"]),
        ([], True, []),
        (["w2", "w3"], True, ["w2", "w3"]),
    ],
)
def test_a_token_is_asked_for_where_somebody_waits(waiting: list[str], per_node: bool, asking: list[str]) -> None:
    names = ["w1", "w2", "w3"]
    found = {name: {"__workers_found": {"needs_token": name in waiting}} for name in names}
    given = {"hostvars": found, "ansible_play_hosts": names, "workers_token_per_node": per_node}
    wanted = [
        name
        for name in names
        if render("workers", DEBIAN13, "_workers_token_wanted", inventory_hostname=name, **given)[0]
    ]
    assert wanted == asking


@pytest.mark.parametrize(("count", "last"), [(5, "/srv/volumes/5"), ("2", "/srv/volumes/2"), (0, "/srv/volumes")])
def test_folders_of_volumes_are_made_until_the_last_is_there(count: int | str, last: str) -> None:
    given = {"local_storage_path": "/srv/volumes", "local_storage_volumes": count}
    assert render("local_storage", DEBIAN13, "_local_storage_last", **given) == [last]


NODES = {
    "cp1": {"ansible_host": "192.168.0.11"},
    "cp2": {"ansible_host": "192.168.0.12"},
    "w1": {"ansible_host": "192.168.0.21"},
}
GROUPS = {"cluster": list(NODES), "control_plane": ["cp1", "cp2"], "workers": ["w1"]}
CARDS = [{"name": "eno1", "addresses": ["192.168.0.11/24"]}, {"name": "eno2", "addresses": ["10.3.0.11/16"]}]


def openings(name: str, **given: t.Any) -> set[str]:
    """What a node lets in, on lines."""
    host = {"host": {"interfaces": CARDS}}
    addresses = {node: [variables["ansible_host"]] for node, variables in NODES.items()}
    variables = {
        "inventory_hostname": name,
        "groups": GROUPS,
        "__preflight_host": host,
        "_cluster_node_addresses": addresses,
        "_cluster_virtual_ip": "",
        **given,
    }
    (found,) = render("prereqs", DEBIAN13, "_prereqs_openings", **variables)
    return {f"{item['source']}>{item['destination']} {item['port'] or item['protocol']}" for item in found}


def test_openings_of_a_control_plane() -> None:
    api = {f"{source}> {port}" for port in ("6443", "30000:32767") for source in ("192.168.0.0/24", "10.244.0.0/16")}
    nodes = {f"192.168.0.{number}> {port}" for number in (12, 21) for port in ("10250", "8472")}
    pods = {"10.244.0.0/16> 10250", "10.244.0.0/16> any", "192.168.0.0/24>10.244.0.0/16 any"}
    assert openings("cp1") == api | nodes | pods | {"192.168.0.12> 2379:2380"}
    virtual = openings("cp1", _cluster_virtual_ip="192.168.0.10") - openings("cp1")
    assert virtual == {"192.168.0.12> vrrp"}
    assert openings("w1", _cluster_virtual_ip="192.168.0.10") == openings("w1")


def test_openings_for_load_balancers_and_for_whom_the_user_names() -> None:
    found = openings("cp1", prereqs_load_balancer_ranges=["10.3.0.200-10.3.0.219"])
    assert {"10.3.0.0/16> 6443", "10.3.0.0/16>10.244.0.0/16 any", "192.168.0.21> 7946"} <= found
    found = openings("w1", prereqs_firewall_clients=["0.0.0.0/0"])
    assert {"0.0.0.0/0> 30000:32767", "0.0.0.0/0>10.244.0.0/16 any"} <= found
    assert not any("2379" in opening or "6443" in opening for opening in found)


VIRTUAL_IP = {
    "inventory_hostname": "cp1",
    "groups": GROUPS,
    "_cluster_node_addresses": {
        "cp1": ["192.168.0.11", "fd00::11"],
        "cp2": ["192.168.0.12", "fd00::12"],
        "w1": ["192.168.0.21"],
    },
    "__preflight_host": {
        "host": {
            "installed": {},
            "packages_known": True,
            "interfaces": [
                {"name": "eno2", "addresses": ["10.3.0.11/16"]},
                {"name": "eno1", "addresses": ["192.168.0.11/24", "fd00::11/64"]},
            ],
        }
    },
}


@pytest.mark.parametrize(
    ("endpoint", "given", "expected"),
    [
        ("", {}, ""),
        ("192.168.0.11", {}, ""),
        ("192.168.0.21", {}, ""),
        ("k8s.home.lan", {}, ""),
        ("192.168.0.10", {}, "192.168.0.10"),
        ("192.168.0.10", {"virtual_ip_provider": "keepalived"}, "192.168.0.10"),
        ("192.168.0.10", {"virtual_ip_provider": "none"}, ""),
        ("FD00:0::10", {}, "fd00::10"),
    ],
)
def test_the_cluster_has_an_address_that_moves(endpoint: str, given: dict[str, str], expected: str) -> None:

    text = yaml.safe_load((ROLES / "cluster/vars/main.yml").read_text())["_cluster_virtual_ip"]
    assert render("cluster", DEBIAN13, text, cluster_endpoint=endpoint, **VIRTUAL_IP, **given) == [expected]


@pytest.mark.parametrize(
    ("facts", "installed", "packages"),
    [
        (DEBIAN13, {}, ["curl", "keepalived"]),
        (DEBIAN13, {"curl": "8.14.1-2"}, ["keepalived"]),
        (DEBIAN13, {"curl": "8.14.1-2", "keepalived": "1:2.3.3-1"}, []),
        (ROCKY9, {"curl": "7.76.1-31.el9"}, ["keepalived"]),
        (ROCKY10, {"curl-minimal": "8.9.1-5.el10"}, ["keepalived"]),
        (ROCKY10, {"keepalived": "2.2.8-6.el10"}, ["curl"]),
    ],
)
def test_packages_of_the_virtual_ip(facts: dict[str, str], installed: dict[str, str], packages: list[str]) -> None:
    host = {"host": {"installed": installed, "packages_known": True}}
    assert render("virtual_ip", facts, "_virtual_ip_packages_missing", __preflight_host=host) == [packages]


KEEPALIVED = """\
global_defs {
    enable_script_security
    script_user nobody
}

vrrp_script api_server {
    script "/usr/libexec/keepalived/homelab-api-server"
    interval 1
    timeout 3
    fall 2
    rise 2
}

vrrp_instance homelab {
    state BACKUP
    nopreempt
    version 3
    interface eno1
    virtual_router_id ROUTER
    priority 200
    advert_int 0.5
    garp_master_delay 1
    garp_master_refresh 60
    unicast_src_ip SOURCE
    track_src_ip
    check_unicast_src
    unicast_peer {
PEERS
    }
    track_script {
        api_server
    }
    virtual_ipaddress {
        ADDRESS
    }
}
"""


def without_check(text: str) -> str:
    """The configuration of a host that is alone, and has nobody to give the address to."""
    text = re.sub(r"vrrp_script .*?\n}\n\n", "", text, flags=re.DOTALL)
    return re.sub(r"    track_script .*?    }\n", "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("address", "control_planes", "values"),
    [
        (
            "192.168.0.10",
            ["cp1", "cp2", "w1"],
            {
                "ROUTER": "10",
                "SOURCE": "192.168.0.11",
                # keepalived reads the first of a line and says nothing of the others.
                "PEERS": "        192.168.0.12\n        192.168.0.21",
                "ADDRESS": "192.168.0.10/32",
            },
        ),
        (
            "fd00::10",
            ["cp1", "cp2"],
            {"ROUTER": "16", "SOURCE": "fd00::11", "PEERS": "        fd00::12", "ADDRESS": "fd00::10/128"},
        ),
        (
            "192.168.0.10",
            ["cp1"],
            {
                "ROUTER": "10",
                "SOURCE": "192.168.0.11",
                "PEERS": "        127.0.0.1",
                "ADDRESS": "192.168.0.10/32",
            },
        ),
        (
            "fd00::10",
            ["cp1"],
            {"ROUTER": "16", "ADDRESS": "fd00::10/128"},
        ),
    ],
)
def test_what_keepalived_is_told(address: str, control_planes: list[str], values: dict[str, str]) -> None:
    given = {**VIRTUAL_IP, "groups": {**GROUPS, "control_plane": control_planes}, "_cluster_virtual_ip": address}
    template = (ROLES / "virtual_ip/templates/keepalived.conf.j2").read_text()
    (text,) = render("virtual_ip", DEBIAN13, template, **given)
    assert text.startswith(HEADER + f"# {address} is where the API is reached.")
    wanted = KEEPALIVED if len(control_planes) > 1 else without_check(KEEPALIVED)
    if "PEERS" not in values:
        wanted = re.sub(r"    unicast_src_ip .*?    }\n", "", wanted, flags=re.DOTALL)
    for name, value in values.items():
        wanted = wanted.replace(name, value)
    told = "".join(line + "\n" for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert told == wanted


def test_the_check_of_an_api_server_trusts_nobody_else() -> None:
    script = (ROLES / "virtual_ip/files/homelab-api-server").read_text()
    assert script.startswith("#!/bin/sh\n" + HEADER)
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=True).returncode == 0
    words = shlex.split(script, comments=True)
    assert words[-1] == "https://kubernetes:6443/readyz"
    assert words[words.index("--cacert") + 1] == "/etc/kubernetes/pki/ca.crt"
    assert words[words.index("--resolve") + 1] == "kubernetes:6443:127.0.0.1"
    assert words[words.index("--max-time") + 1] == "2"


@pytest.mark.parametrize(
    ("clients", "sources"),
    [([], ["192.168.0.11", "192.168.0.12", "192.168.0.21"]), (["10.0.0.0/8"], ["10.0.0.0/8"]), (["*"], [""])],
)
def test_openings_for_nfs(clients: list[str], sources: list[str]) -> None:
    given = {"groups": GROUPS, "hostvars": NODES, "_cluster_node_ips": {n: v["ansible_host"] for n, v in NODES.items()}}
    exports = [{"path": "/srv/nfs", "clients": clients}]
    (found,) = render("nfs_server", DEBIAN13, "_nfs_server_openings", nfs_server_exports=exports, **given)
    assert found == [{"source": source, "port": "2049", "protocol": "tcp", "comment": "NFS"} for source in sources]


UNKNOWN = "The filter plugin 'ansible.builtin.mandatory' failed: this host is of neither family that is known, Debian and RedHat"


@pytest.mark.parametrize("family", ["/tmp/x", "../../x", "Suse", "debian", ""])
@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("containerd", "_containerd_tasks"),
        ("kubeadm", "_kubeadm_tasks"),
        ("prereqs", "_prereqs_packages_missing"),
        ("virtual_ip", "_virtual_ip_packages_missing"),
        ("nfs_server", "_nfs_server_missing"),
        ("nfs_client", "_nfs_client_missing"),
    ],
)
def test_a_host_names_no_file_of_the_control_node(role: str, name: str, family: str) -> None:
    """What a host says of itself is believed where it is one of two words."""
    facts = {**DEBIAN13, "os_family": family}
    (found,) = render(role, facts, name, __preflight_host={"host": {"installed": {}, "kernel": "6.12"}})
    assert found == {"error": UNKNOWN}


@pytest.mark.parametrize("role", ["containerd", "kubeadm"])
def test_the_tasks_of_a_family(role: str) -> None:
    for facts, file in ((DEBIAN12, "debian.yml"), (UBUNTU26, "debian.yml"), (ROCKY9, "redhat.yml")):
        assert render(role, facts, f"_{role}_tasks") == [file]
        assert (RENDER.parents[2] / "roles" / role / "tasks" / file).is_file()


def included(role: Path) -> t.Iterator[tuple[str, str]]:
    """(file, text) of whatever a role includes by a name that is computed."""
    for path in sorted(role.glob("tasks/*.yml")):
        for task in yaml.safe_load(path.read_text()) or []:
            for keyword in ("include_tasks", "import_tasks", "include_role", "include_vars"):
                given = task.get(f"ansible.builtin.{keyword}")
                yield from ((path.name, text) for text in [str(given)] if given and "{{" in text)


def test_includes_are_computed_from_a_table_only() -> None:
    found = [text for role in sorted((RENDER.parents[2] / "roles").iterdir()) for _file, text in included(role)]
    assert found == ["{{ _containerd_tasks }}", "{{ _kubeadm_tasks }}"]


@pytest.mark.parametrize("role", ["prereqs", "nfs_server"])
def test_a_host_names_no_firewall_of_its_own(role: str) -> None:
    (task,) = (
        task
        for task in yaml.safe_load((RENDER.parents[2] / "roles" / role / "tasks/main.yml").read_text())
        if "homelab.kubernetes.firewall" in task
    )
    host = {"host": {"firewalls": ["/tmp/x", "../x", "firewalld", "ufw.yml"]}}
    assert render(role, DEBIAN13, task["loop"], __preflight_host=host) == [["firewalld"]]


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("192.168.0.11", "192.168.0.11:6443"),
        ("api.home.arpa", "api.home.arpa:6443"),
        ("mini1", "mini1:6443"),
        ("fd00:1::11", "[fd00:1::11]:6443"),
        # The usual spelling, which is the only one that kubeadm's files and ours can be compared in.
        ("FD00:1:0::11", "[fd00:1::11]:6443"),
    ],
)
def test_endpoint(host: str, endpoint: str) -> None:
    assert render("cluster", DEBIAN13, "_cluster_endpoint", _cluster_endpoint_host=host) == [endpoint]
