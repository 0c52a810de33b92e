#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall
short_description: Exactly these openings of the collection, in ufw or firewalld
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Adds the openings that are missing and removes those that the collection made and nobody wants any more, in one round trip.
  - In ufw, a rule is the collection's when its comment begins with C(homelab.kubernetes). Other rules are left alone; one that allows the same is enough.
  - In firewalld, the collection has policies of its own (C(homelab-nodes), C(homelab-forward), C(homelab-nfs)) and the zone C(homelab-pods), which holds the
    pods' addresses. A policy or zone that is new, or goes, needs C(firewall-cmd --reload), which also drops what was added without
    C(--permanent); later changes need none.
  - Neither firewall is installed, enabled or disabled.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  backend:
    description: The firewall, which must be active.
    type: str
    choices: [ufw, firewalld]
    required: true
  purpose:
    description: Which of the collection's openings these are; those of the other purpose stay.
    type: str
    choices: [nodes, nfs]
    required: true
  openings:
    description: What to let in. P(homelab.kubernetes.firewall_ports#filter) makes them.
    type: list
    elements: dict
    required: true
    suboptions:
      port:
        description: A port, or a range C(a:b); empty for all.
        type: str
        default: ""
      protocol:
        description: The protocol; V(vrrp) has no ports, and needs ufw 0.36.2.
        type: str
        choices: [tcp, udp, vrrp, any]
        default: any
      source:
        description: Address or network; empty for anybody.
        type: str
        default: ""
      destination:
        description: Address or network; empty for any.
        type: str
        default: ""
      route:
        description: Whether it is traffic that passes through.
        type: bool
        default: false
      comment:
        description: What it is for.
        type: str
        required: true
  pod_cidrs:
    description: Networks that firewalld's zone C(trusted) shall not have as a source any more; there, pods would reach every port of the node.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Let one machine mount NFS shares
  homelab.kubernetes.firewall:
    backend: ufw
    purpose: nfs
    openings:
      - {port: "2049", protocol: tcp, source: 192.168.0.12, comment: NFS}
"""

RETURN = r"""
added:
  description: Rules that came, or would come.
  type: list
  elements: str
  returned: always
removed:
  description: Rules that went, or would go.
  type: list
  elements: str
  returned: always
"""

import os
import re
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files, _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import firewalld as _firewalld
from ansible_collections.homelab.kubernetes.plugins.module_utils._firewall import ufw as _ufw

UFW_RULES = ("/etc/ufw/user.rules", "/etc/ufw/user6.rules")
UFW_DEFAULTS = "/etc/default/ufw"
NFS = "NFS"
_PORT = re.compile(r"[0-9]{1,5}(:[0-9]{1,5})?|")

Change = t.Tuple[t.List[str], t.List[str]]


def checked(one: t.Mapping[str, t.Any]) -> t.Dict[str, t.Any]:
    """An opening whose texts are a port and addresses in their one spelling. Raises ValueError."""
    if not _PORT.fullmatch(one["port"]) or bool(one["port"]) is not (one["protocol"] in ("tcp", "udp")):
        raise ValueError(f'the opening "{one["comment"]}" has the port "{one["port"]}" and protocol {one["protocol"]}')
    ends = {key: _ip.canonical(one[key]) if one[key] else "" for key in ("source", "destination")}
    return {**one, **ends}


def run(module: AnsibleModule, command: t.Sequence[str]) -> str:
    """What a command prints; the module fails when it does."""
    program = module.get_bin_path(command[0], required=True)
    return str(module.run_command([program, *command[1:]], check_rc=True, environ_update={"LC_ALL": "C"})[1])


def in_ufw(module: AnsibleModule, openings: t.Sequence[t.Mapping[str, t.Any]]) -> Change:
    """Add what is missing, then delete what is ours and not wanted: nobody is shut out in between."""
    nfs = module.params["purpose"] == "nfs"
    ipv6 = _ufw.has_ipv6(_files.read(UFW_DEFAULTS) or "")
    wanted = _ufw.wanted_rules(openings, ipv6)
    # Without IPv6, ufw has no command for what its second file holds from better times.
    present = _ufw.present_rules("".join(_files.read(path) or "" for path in (UFW_RULES if ipv6 else UFW_RULES[:1])))
    stale = _ufw.stale_rules(present, wanted, lambda words: (words == NFS) is nfs)
    missing = {rule: comment for rule, comment in wanted.items() if rule not in present}
    if not module.check_mode:
        for rule, comment in missing.items():
            run(module, rule.command(comment=comment))
        for rule in stale:
            run(module, rule.command(delete=True))
    return list(map(str, missing)), list(map(str, stale))


def write(path: str, text: str) -> None:
    """A file of firewalld, whose folders are nobody else's to read."""
    os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
    _files.put(path, text)


def apply(module: AnsibleModule, policies: t.Sequence[_firewalld.Policy], running: t.Mapping[str, t.Set[str]]) -> None:
    """Bring what runs to the rules of the files, with commands where every policy is there and needs only other rules."""
    for policy in policies:
        has = running.get(policy.name, set())
        options = {"add": sorted(policy.rules.keys() - has), "remove": sorted(has - policy.rules.keys())}
        for verb, rules in options.items():
            if rules:
                words = [f"--{verb}-rich-rule={rule}" for rule in rules]
                run(module, ["firewall-cmd", f"--policy={policy.name}", *words])


def zone_change(module: AnsibleModule) -> Change:
    """The sources that the pods' zone lacks and has too many, where these openings concern pods."""
    wanted = set(module.params["pod_cidrs"])
    if module.params["purpose"] != "nodes":
        return [], []
    has = _firewalld.zone_sources(run(module, ["firewall-cmd", "--get-active-zones"]))

    def named(cidrs: t.Iterable[str]) -> t.List[str]:
        return [f"zone {_firewalld.ZONE}: source {cidr}" for cidr in sorted(cidrs)]

    return named(wanted - has), named(has - wanted)


def in_firewalld(module: AnsibleModule, openings: t.Sequence[t.Mapping[str, t.Any]]) -> Change:
    """Compare files and what runs: after a run that was cut off between both, there is still something to do."""
    policies = _firewalld.policies(module.params["purpose"], openings)
    running = _firewalld.running_rules(run(module, ["firewall-cmd", "--list-all-policies"]))
    zone_added, zone_removed = zone_change(module)
    texts = {policy.path: _firewalld.policy_text(policy) for policy in policies}
    if module.params["purpose"] == "nodes":
        texts[_firewalld.ZONE_PATH] = _firewalld.zone_text(module.params["pod_cidrs"])
    stale = _files.differing(texts)
    trusted = _firewalld.trusted_sources(_files.read(_firewalld.TRUSTED) or "", module.params["pod_cidrs"])
    added = [*zone_added, *(rule for p in policies for rule in p.rules.keys() - running.get(p.name, set()))]
    removed = [*zone_removed, *(rule for p in policies for rule in running.get(p.name, set()) - p.rules.keys())]
    if not module.check_mode:
        for path, (_before, text) in stale.items():
            write(path, text)
        for cidr in trusted:
            run(module, ["firewall-cmd", "--permanent", "--zone=trusted", f"--remove-source={cidr}"])
        moved = trusted or zone_added or zone_removed
        if moved or any(bool(policy.rules) is not (policy.name in running) for policy in policies):
            run(module, ["firewall-cmd", "--reload"])
        else:
            apply(module, policies, running)
    files = [path for path in stale if not added and not removed]
    return [*sorted(added), *files], [*sorted(removed), *(f"zone trusted: source {cidr}" for cidr in trusted)]


def main() -> None:
    opening = {
        "port": {"type": "str", "default": ""},
        "protocol": {"type": "str", "choices": ["tcp", "udp", "vrrp", "any"], "default": "any"},
        "source": {"type": "str", "default": ""},
        "destination": {"type": "str", "default": ""},
        "route": {"type": "bool", "default": False},
        "comment": {"type": "str", "required": True},
    }
    module = AnsibleModule(
        argument_spec={
            "backend": {"type": "str", "choices": ["ufw", "firewalld"], "required": True},
            "purpose": {"type": "str", "choices": ["nodes", "nfs"], "required": True},
            "openings": {"type": "list", "elements": "dict", "required": True, "options": opening},
            "pod_cidrs": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    keep = {"ufw": in_ufw, "firewalld": in_firewalld}[module.params["backend"]]
    try:
        added, removed = keep(module, [checked(one) for one in module.params["openings"]])
    except (OSError, ValueError) as exc:
        module.fail_json(msg=f"The openings of {module.params['backend']} could not be kept: {exc}")
    difference = {"before": "\n".join([*removed, ""]), "after": "\n".join([*added, ""])}
    module.exit_json(changed=bool(added or removed), added=added, removed=removed, diff=difference)


if __name__ == "__main__":
    main()
