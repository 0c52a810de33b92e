# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's half of preflight; documented in plugins/modules/preflight.py."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ansible.constants import config
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import (
    Finding,
    errors,
    ordered,
    render,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico as _objects_calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import block as _address_block
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import inventory as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog.registry import PREFLIGHT_IDS
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import addresses as _preflight_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import facts as _preflight_facts
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import report as _findings_report
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import sources as _preflight_sources
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import storage as _preflight_storage
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import table as _preflight
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight import variables
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.cluster import Cluster, spec_errors
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context, Host

display = Display()

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "hosts": {"type": "list", "elements": "str"},
    "facts": {"type": "dict", "required": True},
    "roles": {"type": "list", "elements": "str", "default": []},
    "ignore": {"type": "list", "elements": "str", "default": []},
    "manifests": {"type": "dict", "default": {}},
    "limits": {"type": "dict", "default": {}},
    "dhcp_ranges": {"type": "list", "elements": "str", "default": []},
    "other_networks": {"type": "dict", "default": {}},
    "report_json": {"type": "path", "default": ""},
    "report_junit": {"type": "path", "default": ""},
}


def readable(arguments: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[Finding]]:
    """The arguments without those of a wrong type, which are findings: nothing may fail before the report."""
    wrong = {
        name: messages
        for name, option in ARGUMENTS.items()
        if name in arguments and name != "facts" and (messages := spec_errors(name, arguments[name], option))
    }
    kept = {name: value for name, value in arguments.items() if name not in wrong}
    return kept, [
        kinds.VARIABLE_INVALID.at(
            subjects=[f"preflight_{name}"],
            problem=f"preflight_{name} is {variables.described(arguments[name])}: {'; '.join(messages)}",
            instead=variables.fix_for(f"preflight_{name}", arguments[name], ARGUMENTS[name]),
        )
        for name, messages in wrong.items()
    ]


def seen(facts: dict[str, t.Any]) -> dict[str, Host]:
    """Registered results of host_facts -> what the checks read; a host that tells no proper facts is one that failed."""
    hosts: dict[str, Host] = {}
    for name, result in facts.items():
        problem = result.get(
            "problem", {"unreachable": result.get("unreachable", False), "message": result.get("msg", "")}
        )
        if "host" not in result:
            hosts[name] = {
                "state": "unreachable" if problem["unreachable"] else "failed",
                "message": problem["message"],
            }
        elif wrong := _preflight_facts.misfit(result["host"]):
            message = f"it told something else than host_facts does: {wrong}"
            hosts[name] = {"state": "failed", "message": message}
        else:
            hosts[name] = {"state": "ok", "facts": dict(result["host"])}
            if "sent" in result:
                hosts[name]["sent"], hosts[name]["received"] = result["sent"], result["received"]
    return hosts


def manifest_finding(name: str, manifest: t.Any) -> Finding | None:
    """What keeps a pinned manifest from being applied later."""
    if not isinstance(manifest, dict) or not all(isinstance(manifest.get(key), str) for key in ("url", "sha256")):
        return kinds.MANIFEST_PIN_INVALID.at(
            subjects=["preflight_manifests"], name=name, value=variables.described(manifest)
        )
    from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.manifest import fetch_manifest

    try:
        text = fetch_manifest(manifest["url"], manifest["sha256"], None)
    except ValueError as exc:
        # Only a failed download has a cause below it; a wrong checksum is fetch_manifest's own judgement.
        kind = kinds.MANIFEST_MISMATCH if exc.__cause__ is None else kinds.MANIFEST_UNREACHABLE
        return kind.at(subjects=[f"{name}_manifest"], name=name, problem=exc)
    reason = _objects_calico.unfit(text, str(manifest.get("version"))) if name == "calico" else ""
    if reason:
        return kinds.CALICO_RELEASE_MISMATCH.at(
            subjects=["calico_version", "calico_manifest"],
            url=manifest["url"],
            version=manifest.get("version"),
            reason=reason,
        )
    return None


def address_findings(plan: dict[str, t.Any], told: t.Collection[str]) -> list[Finding]:
    """The findings of the address plan, without its guess at what the hosts themselves have told."""
    from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.plan import findings

    try:
        known = {"pool-outside-node-networks"} if "load-balancer-network-missing" in told else set()
        return [finding for finding in findings(plan) if finding["id"] not in known]
    except (TypeError, ValueError) as exc:
        return [kinds.ADDRESS_PLAN_INVALID.at(reason=exc)]


def address_changes(plan: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """Variables that make the address plan consistent, and the lines to copy; nothing when it is, or cannot be read."""
    try:
        return _address_block.changes(plan), _address_block.inventory_block(plan)
    except (TypeError, ValueError):
        return {}, []


def unknown_names(arguments: dict[str, t.Any], roles: t.Collection[str]) -> list[Finding]:
    """Names in lists of names that nothing has."""
    return [
        *variables.unknown_names("preflight_ignore", "id of a finding", arguments["ignore"], PREFLIGHT_IDS),
        *variables.unknown_names("preflight_roles", "role of this collection", arguments["roles"], roles),
    ]


def selinux(hosts: t.Mapping[str, Host]) -> str:
    """Where SELinux is on and in which mode: roles leave it as it is, so a person should know."""
    modes: dict[str, list[str]] = {}
    for name, host in hosts.items():
        mode = host["facts"]["selinux"] if host["state"] == "ok" else "disabled"
        if mode != "disabled":
            modes.setdefault(mode, []).append(name)
    return "; ".join(f"SELinux {mode} on {', '.join(names)}" for mode, names in sorted(modes.items()))


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


class ActionModule(ActionBase):
    """Judges facts and variables on the control node; opens no connection."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        self._task.args, wrong = readable(dict(self._task.args))
        arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)[1]
        values = task_vars or {}
        groups = values["groups"]
        names = list(arguments["hosts"] or groups.get("cluster", []))
        cluster = Cluster(names, arguments["roles"], values["hostvars"], groups, self._loader)
        hosts = seen(arguments["facts"])
        addresses = self._addresses(cluster, hosts, arguments)
        told = {problem.variable for problem in cluster.problems}
        found = self._findings(cluster, hosts, addresses, arguments)
        found = ordered([*found, *(finding for finding in wrong if told.isdisjoint(finding["subjects"]))])
        proposal, block = address_changes(addresses)
        self._print(found, arguments["ignore"], block)
        self._write(found, proposal, arguments)
        self._judge(found, arguments["ignore"], hosts)
        return {**result, "changed": False, "findings": found, "proposal": proposal}

    def _addresses(self, cluster: Cluster, hosts: dict[str, Host], arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        asked = cluster.addresses()
        asked["dhcp_ranges"] = arguments["dhcp_ranges"]
        asked["other_networks"] = arguments["other_networks"]
        node_ips = {name: cluster.node_ips[name] for name in cluster.hosts}
        context = Context({}, {name: host for name, host in hosts.items() if name in node_ips})
        return _preflight_addresses.address_plan(asked, node_ips, context.seen)

    def _storage(self, cluster: Cluster, hosts: dict[str, Host]) -> tuple[t.Any, ...]:
        servers, clients = cluster.storage()
        return servers, hosts, cluster.hosts, clients

    def _findings(
        self,
        cluster: Cluster,
        hosts: dict[str, Host],
        addresses: dict[str, t.Any],
        arguments: dict[str, t.Any],
    ) -> list[Finding]:
        # What is no number is already a finding about its variable; the built-in limit stands in for it.
        plan = cluster.plan({key: int(value) for key, value in arguments["limits"].items() if str(value).isdecimal()})
        manifests = {**cluster.manifests(), **arguments["manifests"]}
        with ThreadPoolExecutor() as pool:
            missing = [finding for finding in pool.map(manifest_finding, manifests, manifests.values()) if finding]
        nodes = {name: host for name, host in hosts.items() if name in cluster.hosts}
        seen_wrong = _preflight.findings(plan, nodes)
        return ordered(
            [
                *variables.invalid_findings(cluster.problems, cluster.hosts),
                *variables.unknown_findings(cluster.unknown(), cluster.hosts),
                *unknown_names(arguments, [role.name for role in cluster.roles]),
                *cluster.differing(),
                *seen_wrong,
                *address_findings(addresses, {finding["id"] for finding in seen_wrong}),
                *_preflight_sources.findings(*cluster.sources(), hosts),
                *_preflight_storage.findings(*self._storage(cluster, hosts)),
                *_preflight_storage.folder_findings(cluster.volume_folders()),
                *missing,
            ]
        )

    def _print(self, found: list[Finding], ignore: list[str], block: list[str]) -> None:
        """Everything once, errors in red, and the way out of a bad address plan in one piece."""
        # Ansible's own output may print the task's headline only with its result, below this.
        if "progress" not in str(config.get_config_value("DEFAULT_STDOUT_CALLBACK")):
            display.banner("PREFLIGHT")
        for finding in found:
            if finding["id"] not in ignore:
                colour = "red" if finding["severity"] == "error" else "yellow"
                display.display("\n".join(render([finding])), color=colour)
        for finding in found:
            if finding["id"] in ignore:
                headline = render([finding])[0].split(" ", 1)[1]
                display.display(f"IGNORED {headline} (preflight_ignore)", color="yellow")
        if block:
            display.display("An address plan that works, to copy into group_vars of the inventory:", color="green")
            display.display("\n".join(map(one_line, block)))

    def _write(self, found: list[Finding], proposal: dict[str, t.Any], arguments: dict[str, t.Any]) -> None:
        """The report as files, also and above all when it ends badly."""
        ignored, hosts = arguments["ignore"], arguments["facts"]
        reports = {
            "report_json": _findings_report.as_json(found, ignored=ignored, hosts=hosts, proposal=proposal),
            "report_junit": _findings_report.as_junit(found, name="preflight", ignored=ignored, hosts=hosts),
        }
        for name, text in reports.items():
            if arguments[name]:
                try:
                    Path(arguments[name]).write_text(text, encoding="utf-8")
                except OSError as exc:
                    raise AnsibleActionFail(f"preflight_{name}: the report cannot be written: {exc}") from exc

    def _judge(self, found: list[Finding], ignore: list[str], hosts: dict[str, Host]) -> None:
        """Fail or say that all is well; the failure itself only counts, because Ansible prints it twice."""
        kept = [finding for finding in found if finding["id"] not in ignore]
        failed = errors(kept)
        warnings = len(kept) - len(failed)
        if failed:
            ids = ", ".join(dict.fromkeys(finding["id"] for finding in failed))
            raise AnsibleActionFail(
                f"{counted(len(failed), 'error')} and {counted(warnings, 'warning')}, listed above with their fixes; "
                f"nothing was changed. Errors: {ids}"
            )
        text = f"{counted(len(hosts), 'host')} looked at, no error, {counted(warnings, 'warning')}"
        display.display(one_line("; ".join(filter(None, (text, selinux(hosts))))), color="green")
