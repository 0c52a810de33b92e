# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders variables of roles: reads JSON lists of [role, name, variables], one a line, and prints a line of values for each.

A process of its own, because Ansible's loader of collections and pytest's imports do not share one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).parents[3]
init_plugin_loader([str(ROOT / "collections")])
loader = DataLoader()


class HostVars(dict):
    """As Ansible's own, without its magic."""

    raw_get = dict.__getitem__


def rendered(role: str, name: str, given: dict[str, object]) -> object:
    """A variable of a role, or a text with templates, on a host with the variables given; what fails is told."""
    variables = {"ansible_check_mode": False}
    for source in ("cluster/defaults", f"{role}/defaults", f"{role}/vars"):
        path = ROOT / "roles" / source / "main.yml"
        if path.exists():
            variables.update(loader.load_from_file(str(path), trusted_as_template=True) or {})
    variables.update(given, hostvars=HostVars(given.get("hostvars", {})))
    text = trust_as_template(name) if "{{" in name else variables[name]
    try:
        return Templar(loader=loader, variables=variables).template(text)
    except AnsibleError as exc:
        return {"error": str(exc.message)}


for line in sys.stdin:
    print(json.dumps([rendered(*case) for case in json.loads(line)]), flush=True)
