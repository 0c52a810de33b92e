# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""All variables of all hosts as the roles will see them, on the control node, without any host."""

from __future__ import annotations

import contextlib
import socket
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.template import Templar
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import (
    firsts,
    primary_address,
    split_addresses,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import inventory as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import addresses as _preflight_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import rules, variables
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import sources as _preflight_sources
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import storage as _preflight_storage
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cards import address_of, is_local
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Plan
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._roles import NAMES, known_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._roles import role as role_of

# What the checks need from the variables of the cluster: key of the plan -> variable.
PLAN = {
    "kubernetes_version": "cluster_kubernetes_version",
    "cni": "cluster_cni",
    "calico_version": "calico_version",
    "calico_encapsulation": "calico_encapsulation",
    "calico_dataplane": "calico_dataplane",
    "calico_pool_cidr": "calico_pool_cidr",
    "calico_wireguard": "calico_wireguard",
    "calico_environment": "calico_environment",
    "proxy_mode": "cluster_proxy_mode",
    "endpoint": "cluster_endpoint",
    "virtual_ip_provider": "virtual_ip_provider",
    "virtual_ip_haproxy_port": "virtual_ip_haproxy_port",
    "pods": "cluster_pod_cidr",
    "services": "cluster_service_cidr",
    "load_balancer": "cluster_load_balancer_ranges",
    "load_balancer_interfaces": "metallb_interfaces",
    "dns_domain": "cluster_dns_domain",
    "cluster_configuration": "control_plane_cluster_configuration",
    "kubelet_configuration": "control_plane_kubelet_configuration",
    "containerd_source": "containerd_source",
    "manage_hostname": "prereqs_manage_hostname",
    "manage_swap": "prereqs_manage_swap",
    "manage_firewall": "prereqs_manage_firewall",
}
ADDRESSES = {
    "pods": "cluster_pod_cidr",
    "services": "cluster_service_cidr",
    "load_balancer": "cluster_load_balancer_ranges",
    "endpoint": "cluster_endpoint",
    "dns_servers": "kubeadm_nameservers",
}


def origin_of(name: t.Any, value: t.Any) -> tuple[str, int]:
    """File (or a description) and line of a variable, where ansible-core knows it; this only makes a message richer."""
    try:
        from ansible._internal._datatag._tags import Origin
    except ImportError:
        return "", 0
    origin = Origin.get_tag(value) or Origin.get_tag(name)
    return (origin.path or origin.description or "", origin.line_num or 0) if origin else ("", 0)


def place_of(name: t.Any, value: t.Any) -> str:
    """The origin of a variable as a person writes it."""
    file, line = origin_of(name, value)
    path = Path(file)
    short = str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
    return f"{short}:{line}" if line else short


def own_address(target: str) -> str:
    """The address from which this machine would reach another one; "" where it has no way, or is it. Nothing is sent."""
    if not target or is_local(target):
        return ""
    try:
        with socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((target, 6443))
            return address_of(str(sock.getsockname()[0])) or ""
    except OSError:
        return ""


def spec_errors(name: str, value: t.Any, option: dict[str, t.Any]) -> list[str]:
    """What Ansible's own validation says."""
    try:
        return list(ArgumentSpecValidator({name: option}).validate({name: value}).error_messages)
    except (AttributeError, TypeError) as exc:
        # It trips over a scalar where a mapping with options of its own belongs.
        return [f"a value inside has the wrong type ({exc})"]


class HostVariables:
    """The variables of one host as the roles will see them."""

    def __init__(
        self, host: str, own: dict[str, t.Any], below: dict[str, t.Any], above: dict[str, t.Any], loader: t.Any
    ) -> None:
        self.host = host
        self.own = own
        self.known = {**below, **own, **above}
        self._templar = Templar(loader=loader, variables=self.known)

    def get(self, name: str) -> t.Any:
        """The value, templated. Raises AnsibleError."""
        return self._templar.template(self.known[name])

    def problem(self, name: str, option: dict[str, t.Any], strict: bool = True) -> variables.Problem | None:
        """What is wrong with what the user set; what a default derives from it is not a second mistake.

        Not strict are variables that go straight into a module, which makes a list of text: ``-e preflight_ignore=a,b``.
        """
        if name not in self.own:
            return self._missing(name) if option.get("required") and name not in self.known else None
        try:
            value = self.get(name)
        except AnsibleError as exc:
            return self._problem(
                name, f"{name} cannot be evaluated: {exc.message}", f"correct the expression of {name}"
            )
        as_list = not strict and option.get("type") == "list" and isinstance(value, str)
        message = None if as_list else variables.type_problem(name, value, option)
        message = message or variables.choice_problem(name, value, option)
        if not message:
            messages = spec_errors(name, value, option)
            message = f"{name} is {variables.described(value)}: {'; '.join(messages)}" if messages else None
        wrong = None if message else rules.broken(name, value)
        if wrong:
            return self._problem(name, *wrong)
        if message and option.get("no_log"):
            message = f"{name} is not what its description asks for (its value is secret and not shown)"
        return self._problem(name, message, variables.fix_for(name, value, option)) if message else None

    def _missing(self, name: str) -> variables.Problem:
        return variables.Problem(self.host, name, f"{name} is required and not set", f"set {name} in the inventory")

    def _problem(self, name: str, message: str, fix: str) -> variables.Problem:
        own_name = next((key for key in self.own if key == name), name)
        return variables.Problem(self.host, name, message, fix, place_of(own_name, self.own.get(name)))


class Cluster:
    """All hosts' variables, and what they say together."""

    def __init__(
        self, hosts: list[str], roles: list[str], hostvars: t.Any, groups: dict[str, list[str]], loader: t.Any
    ) -> None:
        self.hosts = hosts
        self.groups = groups
        self.roles = [role_of(name, loader) for name in NAMES]
        self.options = {name: option for role in self.roles for name, option in role.options.items()}
        self.checked = [role for role in self.roles if role.name in roles]
        nfs = [host for host in groups.get("nfs_servers", []) if host not in hosts]
        known = known_addresses([*hosts, *nfs], hostvars)
        self.node_ips = {host: ",".join(known.get(host, [""])) for host in [*hosts, *nfs]}
        # The derived mappings ask every host for every host; here they are known.
        nodes = {host: known[host] for host in hosts if host in known}
        above = {"hostvars": hostvars, "_cluster_node_addresses": nodes, "_cluster_node_ips": firsts(nodes)}
        below = {name: value for role in self.roles for name, value in role.below.items()}
        self.variables = {
            host: HostVariables(host, hostvars.raw_get(host), below, above, loader) for host in [*hosts, *nfs]
        }
        problems = (
            host.problem(name, option, strict=role.name != "preflight")
            for host in self.variables.values()
            for role in self.checked
            if host.host in hosts or role.name in ("cluster", "nfs_server")
            for name, option in role.options.items()
        )
        self.problems = [problem for problem in problems if problem]

    def _cluster_hosts(self) -> list[HostVariables]:
        return [self.variables[host] for host in self.hosts]

    def value(self, name: str) -> t.Any:
        """A cluster-wide value as the first host sees it, None when it is unknown or wrong."""
        if not self.hosts or any(problem.variable == name for problem in self.problems):
            return None
        first = self.variables[self.hosts[0]]
        # The role of this variable may not be among those checked.
        if name not in first.known or first.problem(name, self.options.get(name, {"type": "raw"})):
            return None
        try:
            return first.get(name)
        except AnsibleError:
            return None

    def unknown(self) -> list[variables.Problem]:
        """Variables of the inventory and the command line that look like ours and are not."""
        result = []
        for host in self.variables.values():
            for name, near in variables.unknown(host.own, self.options, [role.name for role in self.roles]).items():
                place = place_of(next(key for key in host.own if key == name), host.own[name])
                fix = f"did you mean {near}?" if near else "remove it, or give it a name without this prefix"
                result.append(variables.Problem(host.host, str(name), f"{name} is no option of any role", fix, place))
        return result

    def differing(self) -> t.Iterator[Finding]:
        """Cluster-wide variables that hosts disagree about."""
        names = next((set(role.options) for role in self.roles if role.name == "cluster"), set()) - {"cluster_node_ip"}
        invalid = {problem.variable for problem in self.problems}
        for name in sorted(names - invalid):
            if not any(name in host.own for host in self._cluster_hosts()):
                continue
            values: dict[str, list[str]] = {}
            for host in self._cluster_hosts():
                values.setdefault(variables.shown(host.get(name)), []).append(host.host)
            if len(values) > 1:
                text = "; ".join(f"{value} for {', '.join(hosts)}" for value, hosts in values.items())
                yield kinds.VARIABLE_DIFFERS.at(subjects=[name], name=name, text=text)

    def _each(self, name: str, kind: type) -> dict[str, t.Any]:
        """A value that hosts may have of their own, without those that are wrong or cannot be evaluated."""
        result: dict[str, t.Any] = {}
        if any(problem.variable == name for problem in self.problems):
            return result
        for host in self._cluster_hosts():
            with contextlib.suppress(AnsibleError):
                result[host.host] = host.get(name)
        return {host: value for host, value in result.items() if isinstance(value, kind)}

    def _firewalls(self) -> dict[str, dict[str, t.Any]]:
        """Whom each host's firewall lets in, and from where this machine would reach each control plane."""
        if not variables.yes(self.value("prereqs_manage_firewall")):
            return {}
        control_node = {}
        for name in set(self.groups.get("control_plane", [])) & set(self.hosts):
            target = str(self.value("cluster_endpoint") or "") or primary_address(self.node_ips[name])
            own = own_address(address_of(target) or "")
            control_node.update({name: own} if own else {})
        # What is wrong is a finding of its own; what a host's cards say stands in for an empty list.
        clients = self._each("prereqs_firewall_clients", list) and self._each("_prereqs_firewall_clients", list)
        return {"firewall_clients": clients, "control_node": control_node}

    def plan(self, limits: dict[str, int]) -> Plan:
        """The pure checks' input."""
        values = {key: self.value(name) for key, name in PLAN.items()}
        plan = {key: value for key, value in values.items() if value is not None}
        return t.cast(
            "Plan",
            {
                **plan,
                "control_plane": list(self.groups.get("control_plane", [])),
                "workers": list(self.groups.get("workers", [])),
                "cluster": self.hosts,
                "node_ips": {host: self.node_ips[host] for host in self.hosts},
                "sysctls": self._each("prereqs_sysctls", dict),
                "containerd_config": self._each("containerd_config", dict),
                **self._firewalls(),
                "limits": limits,
            },
        )

    def addresses(self) -> dict[str, t.Any]:
        """What the variables say about the address plan."""
        servers = [name for name in self.groups.get("nfs_servers", []) if name in self.node_ips]
        nfs = [address for name in servers for address in split_addresses(self.node_ips[name])]
        # Servers that somebody else keeps.
        items = [*(self.value("nfs_storage_classes") or []), *(self.value("nfs_storage_volumes") or [])]
        nfs += [str(self.value("nfs_storage_server") or ""), *(str(item.get("server") or "") for item in items)]
        return {
            **{key: self.value(name) for key, name in ADDRESSES.items()},
            "nfs_servers": list(dict.fromkeys(address for address in map(address_of, nfs) if address)),
            "max_pods": (self.value("control_plane_kubelet_configuration") or {}).get("maxPods"),
            "node_prefix_length": _preflight_addresses.node_prefix_length(
                self.value("control_plane_cluster_configuration") or {}
            ),
        }

    def storage(self) -> tuple[dict[str, _preflight_storage.Server], list[str]]:
        """What is asked of NFS servers, and which nodes mount; what cannot be evaluated is another finding."""
        servers: dict[str, _preflight_storage.Server] = {}
        wrong = {problem.host for problem in self.problems if problem.variable.startswith("nfs_server_")}
        for name in sorted({*self.groups.get("nfs_servers", [])} - wrong):
            host = self.variables[name]
            try:
                exports, allow, versions = map(
                    host.get, ("_nfs_server_exports", "nfs_server_allow", "nfs_server_versions")
                )
            except AnsibleError:
                continue
            servers[name] = {"exports": exports, "allow": allow, "versions": versions}
        if not self.value("nfs_storage_server"):
            return servers, []
        wanted = (host for host in self._cluster_hosts() if variables.yes(host.get("nfs_storage_client")))
        return servers, [host.host for host in wanted]

    def volume_folders(self) -> dict[str, str]:
        """Where nodes keep volumes on their own disks, if they do; what cannot be evaluated is another finding."""
        if self.value("local_storage_provisioner") not in ("local_path", "static"):
            return {}
        name = "local_storage_path"
        option = self.options[name]
        good = (host for host in self._cluster_hosts() if not host.problem(name, option))
        return {host.host: str(host.get(name)) for host in good}

    def sources(self) -> tuple[dict[str, dict[str, t.Any]], dict[str, dict[str, t.Any]]]:
        """Where packages, images and manifests come from, as each host sees it; and of these, what the user has set.

        What cannot be evaluated or has a wrong type is another finding.
        """
        names = {name for role in self.checked for name in role.options}
        manifests = {name for name in names if name.endswith("_manifest")}
        wrong = {(problem.host, problem.variable) for problem in self.problems}

        def known(host: HostVariables, wanted: t.Iterable[str]) -> dict[str, t.Any]:
            found = {}
            for name in sorted(names.intersection(wanted) & host.known.keys()):
                with contextlib.suppress(AnsibleError):
                    if (host.host, name) not in wrong:
                        found[name] = host.get(name)
            return found

        hosts = self._cluster_hosts()
        values = {host.host: known(host, _preflight_sources.VARIABLES) for host in hosts}
        addresses = manifests.union(_preflight_sources.ADDRESSES)
        return values, {host.host: known(host, addresses & host.own.keys()) for host in hosts}

    def manifests(self) -> dict[str, dict[str, str]]:
        """The pinned manifests of the checked roles, with their versions; a role with several names a folder and its files."""
        pinned: dict[str, dict[str, str]] = {}
        for role in self.checked:
            url, sha256 = self.value(f"{role.name}_manifest"), self.value(f"{role.name}_manifest_sha256")
            files = self.value(f"{role.name}_manifest_files") if url else None
            version = self.value(f"{role.name}_version")
            if url and sha256 is not None:
                pinned[role.name] = {"url": url, "sha256": sha256, "version": version}
            pinned.update(
                {
                    f"{role.name} {file}": {"url": f"{url}/{file}", "sha256": sum_, "version": version}
                    for file, sum_ in (files or {}).items()
                }
            )
        return pinned


__all__ = ("Cluster", "spec_errors")
