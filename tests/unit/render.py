# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders variables of roles: reads a JSON list of [role, name, variables] and prints the values.

A process of its own, because Ansible's loader of collections and pytest's imports do not share one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

ROOT = Path(__file__).parents[2]
init_plugin_loader([str(ROOT / "collections")])
loader = DataLoader()
values = []
for role, name, given in json.load(sys.stdin):
    variables = {"ansible_check_mode": False}
    for source in ("cluster/defaults", f"{role}/defaults", f"{role}/vars"):
        path = ROOT / "roles" / source / "main.yml"
        if path.exists():
            variables.update(loader.load_from_file(str(path), trusted_as_template=True) or {})
    variables.update(given)
    values.append(Templar(loader=loader, variables=variables).template(variables[name]))
json.dump(values, sys.stdout)
