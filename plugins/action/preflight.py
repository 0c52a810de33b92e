# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of preflight; documented in plugins/modules/preflight.py."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.template import Templar
from ansible.utils.display import Display
from ansible_collections.homelab.kubernetes.plugins.module_utils import _preflight, _preflight_addresses
from ansible_collections.homelab.kubernetes.plugins.module_utils import _preflight_variables as variables
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import (
    Finding,
    error,
    errors,
    ordered,
    render,
)

display = Display()

ROLES = Path(__file__).resolve().parents[2] / "roles"

# What the checks need from the variables of the cluster: key of the plan -> variable.
PLAN = {
    "kubernetes_version": "cluster_kubernetes_version",
    "cni": "cluster_cni",
    "proxy_mode": "cluster_proxy_mode",
    "endpoint": "cluster_endpoint",
    "kubelet_configuration": "control_plane_kubelet_configuration",
    "containerd_source": "containerd_source",
    "manage_hostname": "prereqs_manage_hostname",
}
ADDRESSES = {
    "pods": "cluster_pod_cidr",
    "services": "cluster_service_cidr",
    "load_balancer": "cluster_load_balancer_ranges",
    "endpoint": "cluster_endpoint",
}

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "hosts": {"type": "list", "elements": "str"},
    "facts": {"type": "dict", "required": True},
    "roles": {"type": "list", "elements": "str", "default": []},
    "ignore": {"type": "list", "elements": "str", "default": []},
    "manifests": {"type": "dict", "default": {}},
    "limits": {"type": "dict", "default": {}},
    "dhcp_ranges": {"type": "list", "elements": "str", "default": []},
    "other_networks": {"type": "dict", "default": {}},
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


class Role:
    """Options, defaults and variables of one role of this collection."""

    def __init__(self, name: str, loader: t.Any) -> None:
        def load(path: str) -> dict[str, t.Any]:
            file = ROLES / name / path
            return (loader.load_from_file(str(file), trusted_as_template=True) or {}) if file.is_file() else {}

        specs = load("meta/argument_specs.yml").get("argument_specs", {})
        self.name = name
        self.options: dict[str, dict[str, t.Any]] = specs.get("main", {}).get("options", {})
        self.defaults = load("defaults/main.yml")
        self.vars = load("vars/main.yml")


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
        self.roles = [Role(path.name, loader) for path in sorted(ROLES.iterdir()) if path.is_dir()]
        self.options = {name: option for role in self.roles for name, option in role.options.items()}
        self.checked = [role for role in self.roles if role.name in roles]
        below = {name: value for role in self.roles for name, value in {**role.defaults, **role.vars}.items()}
        nfs = [host for host in groups.get("nfs_servers", []) if host not in hosts]
        self.variables = {
            host: HostVariables(host, hostvars.raw_get(host), below, {"hostvars": hostvars}, loader)
            for host in hosts + nfs
        }
        self.node_ips = {host: self._node_ip(host) for host in self.variables}
        # The derived mapping asks every host for every host; here it is known.
        for host in self.variables.values():
            host.known["_cluster_node_ips"] = self.node_ips
        problems = (
            host.problem(name, option, strict=role.name != "preflight")
            for host in self._cluster_hosts()
            for role in self.checked
            for name, option in role.options.items()
        )
        self.problems = [problem for problem in problems if problem]

    def _cluster_hosts(self) -> list[HostVariables]:
        return [self.variables[host] for host in self.hosts]

    def _node_ip(self, host: str) -> str:
        try:
            return str(self.variables[host].get("cluster_node_ip"))
        except AnsibleError:
            return ""

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
        for host in self._cluster_hosts():
            for name, near in variables.unknown(host.own, self.options, [role.name for role in self.roles]).items():
                key = next(key for key in host.own if key == name)
                # What a task of this collection has set is not the user's.
                if not Path(origin_of(key, None)[0]).resolve().is_relative_to(ROLES):
                    place = place_of(key, host.own[name])
                    fix = f"did you mean {near}?" if near else "remove it, or give it a name without this prefix"
                    result.append(
                        variables.Problem(host.host, str(name), f"{name} is no option of any role", fix, place)
                    )
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
                yield error(
                    "variable-differs",
                    f"{name} is not the same for all hosts: {text}",
                    why="The whole cluster has one value; parts of it would be configured apart.",
                    fix=f"set {name} once, in group_vars of all hosts",
                    subjects=[name],
                )

    def plan(self, limits: dict[str, int]) -> _preflight.Plan:
        """The pure checks' input."""
        values = {key: self.value(name) for key, name in PLAN.items()}
        plan = {key: value for key, value in values.items() if value is not None}
        return t.cast(
            "_preflight.Plan",
            {
                **plan,
                "control_plane": list(self.groups.get("control_plane", [])),
                "workers": list(self.groups.get("workers", [])),
                "cluster": self.hosts,
                "node_ips": {host: self.node_ips[host] for host in self.hosts},
                "limits": limits,
            },
        )

    def addresses(self) -> dict[str, t.Any]:
        """What the variables say about the address plan."""
        nfs = [self.node_ips[name] for name in self.groups.get("nfs_servers", []) if name in self.node_ips]
        return {
            **{key: self.value(name) for key, name in ADDRESSES.items()},
            "nfs_servers": [address for address in map(_preflight.address_of, nfs) if address],
            "max_pods": (self.value("control_plane_kubelet_configuration") or {}).get("maxPods"),
            "node_prefix_length": _preflight_addresses.node_prefix_length(
                self.value("control_plane_cluster_configuration") or {}
            ),
        }

    def manifests(self) -> dict[str, dict[str, str]]:
        """The pinned manifests of the checked roles."""
        wanted = {role.name: (f"{role.name}_manifest", f"{role.name}_manifest_sha256") for role in self.checked}
        pinned = {name: (self.value(url), self.value(sum_)) for name, (url, sum_) in wanted.items()}
        return {name: {"url": url, "sha256": sum_} for name, (url, sum_) in pinned.items() if url and sum_ is not None}


def seen(facts: dict[str, t.Any]) -> dict[str, _preflight.Host]:
    """Registered results of host_facts -> what the checks read."""
    hosts: dict[str, _preflight.Host] = {}
    for name, result in facts.items():
        problem = result.get(
            "problem", {"unreachable": result.get("unreachable", False), "message": result.get("msg", "")}
        )
        if "host" not in result:
            hosts[name] = {
                "state": "unreachable" if problem["unreachable"] else "failed",
                "message": problem["message"],
            }
        else:
            hosts[name] = {"state": "ok", "facts": dict(result["host"])}
            if "sent" in result:
                hosts[name]["sent"], hosts[name]["received"] = result["sent"], result["received"]
    return hosts


def manifest_finding(name: str, manifest: t.Any) -> Finding | None:
    """What keeps a pinned manifest from being applied later."""
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(key), str) for key in ("url", "sha256")):
        return error(
            "variable-invalid",
            f"preflight_manifests: {name} is {variables.described(manifest)}",
            fix=f"write it as {name}: {{url: ..., sha256: ...}}",
            subjects=["preflight_manifests"],
        )
    from ansible_collections.homelab.kubernetes.plugins.module_utils._manifest import fetch_manifest

    try:
        fetch_manifest(manifest["url"], manifest["sha256"], None)
    except ValueError as exc:
        # Only a failed download has a cause below it; a wrong checksum is fetch_manifest's own judgement.
        unreachable = exc.__cause__ is not None
        return error(
            "manifest-unreachable" if unreachable else "manifest-mismatch",
            str(exc),
            why=f"{name} is installed from this file, and only from the content that was pinned.",
            fix=f"check {name}_manifest and this machine's way out"
            if unreachable
            else f"use the file of {name}_version; or, for a change on purpose, set {name}_manifest_sha256 to the new value",
            subjects=[f"{name}_manifest"],
        )
    return None


def address_findings(plan: dict[str, t.Any]) -> list[Finding]:
    """The findings of the address plan."""
    from ansible_collections.homelab.kubernetes.plugins.module_utils._address_plan import findings

    try:
        return findings(plan)
    except (TypeError, ValueError) as exc:
        return [error("address-plan-invalid", f"the address plan cannot be read: {exc}", fix="correct the value named")]


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


class ActionModule(ActionBase):
    """Judges facts and variables on the control node; opens no connection."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)[1]
        values = task_vars or {}
        groups = values["groups"]
        hosts = list(arguments["hosts"] or groups.get("cluster", []))
        cluster = Cluster(hosts, arguments["roles"], values["hostvars"], groups, self._loader)
        found = self._findings(cluster, seen(arguments["facts"]), arguments)
        self._report(found, arguments["ignore"], len(arguments["facts"]))
        return {**result, "changed": False, "findings": found}

    def _findings(
        self, cluster: Cluster, hosts: dict[str, _preflight.Host], arguments: dict[str, t.Any]
    ) -> list[Finding]:
        # What is no number is already a finding about its variable; the built-in limit stands in for it.
        plan = cluster.plan({key: int(value) for key, value in arguments["limits"].items() if str(value).isdecimal()})
        context = _preflight.Context(plan, hosts)
        asked = cluster.addresses()
        asked["dhcp_ranges"] = arguments["dhcp_ranges"]
        asked["other_networks"] = arguments["other_networks"]
        node_ips = {name: cluster.node_ips[name] for name in cluster.hosts}
        manifests = {**cluster.manifests(), **arguments["manifests"]}
        with ThreadPoolExecutor() as pool:
            missing = [finding for finding in pool.map(manifest_finding, manifests, manifests.values()) if finding]
        return ordered(
            [
                *variables.invalid_findings(cluster.problems, cluster.hosts),
                *variables.unknown_findings(cluster.unknown(), cluster.hosts),
                *cluster.differing(),
                *_preflight.findings(plan, hosts),
                *address_findings(_preflight_addresses.address_plan(asked, node_ips, context.seen)),
                *missing,
            ]
        )

    def _report(self, found: list[Finding], ignore: list[str], hosts: int) -> None:
        """Print everything once, errors in red; the failure itself only counts, because Ansible prints it twice."""
        kept = [finding for finding in found if finding["id"] not in ignore]
        # Ansible may print the task's own headline only with its result, below this.
        display.banner("PREFLIGHT")
        for finding in kept:
            colour = "red" if finding["severity"] == "error" else "yellow"
            display.display("\n".join(render([finding])), color=colour)
        for finding in found:
            if finding["id"] in ignore:
                headline = render([finding])[0].split(" ", 1)[1]
                display.display(f"IGNORED {headline} (preflight_ignore)", color="yellow")
        failed = errors(kept)
        warnings = len(kept) - len(failed)
        if failed:
            ids = ", ".join(dict.fromkeys(finding["id"] for finding in failed))
            raise AnsibleActionFail(
                f"{counted(len(failed), 'error')} and {counted(warnings, 'warning')}, listed above with their fixes; "
                f"nothing was changed. Errors: {ids}"
            )
        display.display(f"{counted(hosts, 'host')} looked at, no error, {counted(warnings, 'warning')}", color="green")
