# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles would do on systems that no test node runs, rendered from the facts such a host has."""

from __future__ import annotations

import configparser
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubelet import serving_csr as _serving_csr
from ansible_collections.homelab.kubernetes.tests.unit.roles.rendering_of_tests import (
    DEBIAN12,
    DEBIAN13,
    ROCKY9,
    ROCKY10,
    UBUNTU24,
    UBUNTU26,
    render,
)

ROLES = Path(__file__).parents[3] / "roles"
NETWORK_MANAGER = "/etc/NetworkManager/conf.d/homelab-calico.conf"
GROUPS = {"cluster": ["cp1", "cp2", "cp3", "w1"], "control_plane": ["cp1", "cp2", "cp3"], "workers": ["w1"]}


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
    [("1.35.9", "3.10.1"), ("1.36.4", "3.10.2"), ("1.37.2", "3.10.2"), ("1.38.0", "3.10.2")],
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
        ({}, ["kubeadm=1.37.2-*", "kubelet=1.37.2-*", "kubectl=1.37.2-*", "cri-tools"]),
        (
            {"kubeadm": "1.37.2-1.1", "kubelet": "1.37.2-1.1", "kubectl": "1.36.4-1.1", "cri-tools": "1.36.0-1.1"},
            ["kubectl=1.37.2-*"],
        ),
        (
            {
                "kubeadm": "1.37.2-150500.1.1",
                "kubelet": "1.37.2-150500.1.1",
                "kubectl": "1.37.2-150500.1.1",
                "cri-tools": "1",
            },
            [],
        ),
    ],
)
def test_kubernetes_packages(installed: dict[str, str], missing: list[str]) -> None:
    host = {"host": {"installed": installed}}
    assert render("kubeadm", ROCKY9, "_kubeadm_missing", __preflight_host=host) == [missing]


@pytest.mark.parametrize("version", ["1.36.4", "1.37.2"])
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


@pytest.mark.parametrize(
    ("mode", "more"),
    [("nftables", ["nf_tables"]), ("iptables", []), ("ipvs", ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"])],
)
def test_kernel_modules_of_every_proxy_mode(mode: str, more: list[str]) -> None:
    given = {"prereqs_proxy_mode": mode, "prereqs_modules": ["mine"]}
    wanted = ["overlay", "br_netfilter", "nf_conntrack", *more, "mine"]
    assert render("prereqs", DEBIAN13, "_prereqs_modules", **given) == [wanted]


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
    assert render("prereqs", UBUNTU24, *names, prereqs_cni="calico", __preflight_host=host) == [
        NETWORK_MANAGER,
        expected,
    ]


def test_what_network_manager_is_told() -> None:
    """Word for word, because another order of the same names would reload it on every node that has the file."""
    (task,) = (
        task
        for task in yaml.safe_load((ROLES / "prereqs/tasks/main.yml").read_text())
        if "NetworkManager" in task["name"]
    )
    (content,) = render("prereqs", ROCKY9, task["ansible.builtin.copy"]["content"], prereqs_cni="calico")
    assert content == (
        "# Written by homelab.kubernetes: changes here are overwritten.\n[keyfile]\n"
        "unmanaged-devices=interface-name:cali*;interface-name:tunl*;interface-name:vxlan.calico;"
        "interface-name:vxlan-v6.calico;interface-name:wireguard.cali;interface-name:wg-v6.cali\n"
    )


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


@pytest.mark.parametrize(
    ("name", "variables", "expected"),
    [
        ("a", {"ansible_host": "192.168.0.1"}, ("192.168.0.1", "192.168.0.1")),
        (
            "a",
            {"ansible_host": "10.0.0.1", "cluster_node_ip": "192.168.0.1, fd00::1"},
            ("192.168.0.1, fd00::1", "192.168.0.1,fd00::1"),
        ),
        ("a", {"ansible_host": "10.0.0.1", "cluster_node_ip": ""}, ("", "10.0.0.1")),
        ("192.168.0.1", {}, ("192.168.0.1", "192.168.0.1")),
    ],
)
def test_a_node_is_where_the_inventory_says(name: str, variables: dict[str, str], expected: tuple[str, str]) -> None:
    """Also a host that is no node, as an NFS server is none: Ansible evaluates the default before the role runs."""
    given = {"inventory_hostname": name, "hostvars": {name: variables}, "groups": {"cluster": []}, **variables}
    assert tuple(render("cluster", DEBIAN13, "cluster_node_ip", "_cluster_node_ip", **given)) == expected


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
        assert (ROLES / role / "tasks" / file).is_file()


def included(role: Path) -> t.Iterator[tuple[str, str]]:
    """(file, text) of whatever a role includes by a name that is computed."""
    for path in sorted(role.glob("tasks/*.yml")):
        for task in yaml.safe_load(path.read_text()) or []:
            for keyword in ("include_tasks", "import_tasks", "include_role", "include_vars"):
                given = task.get(f"ansible.builtin.{keyword}")
                given = given.get("file", given) if isinstance(given, dict) else given
                yield from ((path.name, text) for text in [str(given)] if given and "{{" in text)


def test_includes_are_computed_from_a_table_only() -> None:
    found = [text for role in sorted((ROLES).iterdir()) for _file, text in included(role)]
    assert found == ["{{ _containerd_tasks }}", "{{ _kubeadm_tasks }}"]


@pytest.mark.parametrize("role", ["prereqs", "nfs_server"])
def test_a_host_names_no_firewall_of_its_own(role: str) -> None:
    (task,) = (
        task
        for task in yaml.safe_load((ROLES / role / "tasks/main.yml").read_text())
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
