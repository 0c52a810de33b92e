# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of an inventory as the roles will see them, with what is wrong and where it stands."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import trust_as_template
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cluster import (
    Cluster,
    HostVariables,
    origin_of,
    own_address,
    place_of,
    spec_errors,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._roles import ROLES

HOSTS = ("mini1", "mini2")
LOADER = DataLoader()
GROUPS = {"cluster": list(HOSTS), "control_plane": ["mini1"], "workers": ["mini2"]}


class Hostvars(dict[str, dict[str, t.Any]]):
    """What Ansible gives an action."""

    def raw_get(self, host: str) -> dict[str, t.Any]:
        return self[host]


def cluster(
    hosts: t.Mapping[str, dict[str, t.Any]] | None = None,
    groups: dict[str, list[str]] | None = None,
    roles: t.Sequence[str] = ("cluster", "flannel", "nfs_storage"),
    **everywhere: t.Any,
) -> Cluster:
    """Two hosts with addresses, and the variables given: of one host, or of all."""
    found = Hostvars()
    for number, name in enumerate([*HOSTS, *(groups or {}).get("nfs_servers", [])], 1):
        own = {"groups": {**GROUPS, **(groups or {})}, "inventory_dir": "/home/anna", "inventory_hostname": name}
        found[name] = {**own, "ansible_host": f"192.0.2.{number}", **everywhere, **(hosts or {}).get(name, {})}
    return Cluster(list(HOSTS), list(roles), found, {**GROUPS, **(groups or {})}, LOADER)


def template(text: str) -> t.Any:
    return trust_as_template(text)


@pytest.mark.parametrize("target", ["", "127.0.0.1", "::1", "fe80::1"])
def test_no_address_leads_to_another_machine(target: str) -> None:
    assert own_address(target) == ""


def test_what_nobody_has_set_is_the_roles() -> None:
    found = cluster()
    assert (found.problems, found.unknown(), list(found.differing())) == ([], [], [])
    assert (found.value("cluster_cni"), found.value("cluster_kubeconfig")) == (
        "flannel",
        "/home/anna/homelab.kubeconfig",
    )
    assert found.value("cluster_schedule_on_control_plane") is False
    assert found.node_ips == {"mini1": "192.0.2.1", "mini2": "192.0.2.2"}
    assert found.variables["mini1"].get("_cluster_node_ips") == found.node_ips


def test_the_plan() -> None:
    found = cluster(cluster_pod_cidr="10.50.0.0/16", prereqs_sysctls={"vm.swappiness": 1}).plan({"disk_mib": 1})
    assert {
        key: found[key] for key in ("pods", "services", "cni", "limits", "cluster", "control_plane", "workers")
    } == {
        "pods": "10.50.0.0/16",
        "services": "10.96.0.0/12",
        "cni": "flannel",
        "limits": {"disk_mib": 1},
        "cluster": ["mini1", "mini2"],
        "control_plane": ["mini1"],
        "workers": ["mini2"],
    }
    assert found["sysctls"] == {name: {"vm.swappiness": 1} for name in HOSTS}


WRONG: list[tuple[dict[str, t.Any], str, str]] = [
    (
        {"cluster_cni": "flanel"},
        'cluster_cni is "flanel", but must be one of flannel, calico, none',
        "cluster_cni: flannel",
    ),
    ({"cluster_pod_cidr": 10}, "cluster_pod_cidr is the number 10, but must be text", ""),
    (
        {"cluster_dns_domain": template("{{ nope }}")},
        "cluster_dns_domain cannot be evaluated: 'nope' is undefined",
        "correct the expression of cluster_dns_domain",
    ),
]


@pytest.mark.parametrize(("given", "message", "fix"), WRONG)
def test_what_is_wrong_is_told_of_each_host_and_has_no_value(given: dict[str, t.Any], message: str, fix: str) -> None:
    found = cluster(**given)
    assert [(one.host, one.message) for one in found.problems] == [("mini1", message), ("mini2", message)]
    assert not fix or {one.fix for one in found.problems} == {fix}
    assert found.value(next(iter(given))) is None
    assert (
        found.plan({}).keys() & {"cni" if "cluster_cni" in given else "pods" if "cluster_pod_cidr" in given else ""}
        == set()
    )


def test_what_a_default_derives_from_it_is_no_second_mistake() -> None:
    assert [one.variable for one in cluster(hosts={"mini1": {"cluster_name": 5}}).problems] == ["cluster_name"]


def test_only_checked_roles_are_judged() -> None:
    assert cluster(flannel_manifest=5, roles=["cluster"]).problems == []
    assert {one.variable for one in cluster(flannel_manifest=5).problems} == {"flannel_manifest"}


def own(options: dict[str, t.Any]) -> HostVariables:
    return HostVariables("mini1", options, {"b": 1}, {}, LOADER)


def test_a_secret_is_not_shown() -> None:
    found = own({"v": "hunter2"}).problem("v", {"type": "int", "no_log": True})
    assert found
    assert found.message == "v is not what its description asks for (its value is secret and not shown)"


def test_what_is_required() -> None:
    found = own({}).problem("v", {"type": "str", "required": True})
    assert found
    assert (found.message, found.fix) == ("v is required and not set", "set v in the inventory")
    assert own({}).problem("b", {"type": "str", "required": True}) is None


def test_text_for_a_list_is_accepted_where_a_module_splits_it() -> None:
    assert own({"v": "a,b"}).problem("v", {"type": "list"}, strict=False) is None
    found = own({"v": "a,b"}).problem("v", {"type": "list"})
    assert found
    assert found.message == 'v is the text "a,b", but must be a list'


def test_what_ansible_itself_trips_over() -> None:
    option = {"type": "list", "elements": "dict", "options": {"a": {"type": "str", "required": True}}}
    assert spec_errors("v", [{"a": "x"}], option) == []
    assert spec_errors("v", [{}], option) == ["missing required arguments: a found in v"]
    (told,) = spec_errors("v", 5, {**option, "type": "dict"})
    assert told.startswith("a value inside has the wrong type (")


def test_a_slip_in_a_name() -> None:
    found = cluster(hosts={"mini2": {"cluster_pod_cird": "10.0.0.0/16", "flannel_zzzzzzzzzzzz": 1}}).unknown()
    assert [(one.host, one.message, one.fix) for one in found] == [
        ("mini2", "cluster_pod_cird is no option of any role", "did you mean cluster_pod_cidr?"),
        ("mini2", "flannel_zzzzzzzzzzzz is no option of any role", "remove it, or give it a name without this prefix"),
    ]


def test_a_value_of_one_host_alone() -> None:
    (found,) = cluster(hosts={"mini2": {"cluster_name": "other", "cluster_node_ip": "192.0.2.9"}}).differing()
    assert found["message"] == 'cluster_name is not the same for all hosts: "homelab" for mini1; "other" for mini2'
    # Of a value that is wrong somewhere this is not said.
    assert list(cluster(hosts={"mini2": {"cluster_name": 5}}).differing()) == []


def test_where_a_variable_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hosts.yml").write_text("a: 1\nb: text\n")
    loaded = DataLoader().load_from_file(str(tmp_path / "hosts.yml"))
    assert origin_of("b", loaded["b"]) == (f"{tmp_path}/hosts.yml", 2)
    assert place_of("b", loaded["b"]) == f"{tmp_path}/hosts.yml:2"
    monkeypatch.chdir(tmp_path)
    assert place_of("b", loaded["b"]) == "hosts.yml:2"
    assert (origin_of("b", 1), place_of("b", 1)) == (("", 0), "")


def test_addresses_of_servers_of_all_kinds() -> None:
    found = cluster(
        groups={"nfs_servers": ["nas"]},
        hosts={"nas": {"ansible_host": "192.0.2.31"}},
        nfs_storage_server="192.0.2.32",
        nfs_storage_classes=[{"name": "old", "server": "192.0.2.33"}, {"name": "nfs", "server": "nas.lan"}],
        cluster_load_balancer_ranges=["192.0.2.200-192.0.2.210"],
        kubeadm_nameservers=["192.0.2.254"],
        control_plane_kubelet_configuration={"maxPods": 50},
    ).addresses()
    assert found == {
        "pods": "10.244.0.0/16",
        "services": "10.96.0.0/12",
        "load_balancer": ["192.0.2.200-192.0.2.210"],
        "endpoint": "",
        "dns_servers": ["192.0.2.254"],
        "nfs_servers": ["192.0.2.31", "192.0.2.32", "192.0.2.33"],
        "max_pods": 50,
        "node_prefix_length": {},
    }


def test_folders_of_volumes() -> None:
    assert cluster().volume_folders() == {}
    given = {"local_storage_provisioner": "static", "hosts": {"mini2": {"local_storage_path": "/srv/b"}}}
    assert cluster(**given, local_storage_path="/srv/a").volume_folders() == {"mini1": "/srv/a", "mini2": "/srv/b"}
    given["hosts"] = {"mini2": {"local_storage_path": 5}}
    assert cluster(**given, local_storage_path="/srv/a").volume_folders() == {"mini1": "/srv/a"}


def test_pinned_manifests_are_those_of_the_checked_roles() -> None:
    given = {"flannel_manifest": "/x.yml", "flannel_manifest_sha256": "0" * 64, "flannel_version": "v9"}
    assert cluster(**given, roles=["cluster", "flannel"]).manifests() == {
        "flannel": {"url": "/x.yml", "sha256": "0" * 64, "version": "v9"}
    }
    assert cluster(**given, roles=["cluster"]).manifests() == {}


def test_sources_as_each_host_sees_them() -> None:
    url = "https://192.0.2.9/deb"
    values, given = cluster(
        hosts={"mini2": {"kubeadm_apt_repository": url}}, roles=["cluster", "kubeadm"], kubeadm_apt_key_url=5
    ).sources()
    assert (values["mini2"]["kubeadm_apt_repository"], given) == (
        url,
        {"mini1": {}, "mini2": {"kubeadm_apt_repository": url}},
    )
    assert values["mini1"]["kubeadm_apt_repository"].startswith("https://pkgs.k8s.io/")
    assert "kubeadm_apt_key_url" not in values["mini1"]


def test_an_unknown_variable_is_an_error_of_ansible() -> None:
    with pytest.raises(AnsibleError):
        own({"v": template("{{ nope }}")}).get("v")


def test_every_role_is_known() -> None:
    assert [role.name for role in cluster().roles] == sorted(path.name for path in ROLES.iterdir() if path.is_dir())
