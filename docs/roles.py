# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the README and the metadata of every role, and the index of all variables, from the argument specs: `make docs`.

With --check it only tells which file differs.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import yaml

ROLES = Path(__file__).parents[1] / "roles"
INDEX = Path(__file__).parent / "reference/variables.md"
INTRODUCTION = """# Variables

All variables of all roles, with their defaults. Set them in `group_vars` of the inventory, or for one host in `hosts.yml`. The name of a
role leads to its README, which has types, choices and the whole description. Preflight reports a name that is not in this list.

Most people set a few of [cluster](../../roles/cluster/README.md) and none of the others.
"""


def sentences(text: str | list[str]) -> str:
    """A description as one paragraph."""
    return text if isinstance(text, str) else " ".join(text)


def markup(text: str) -> str:
    """Ansible's C() and V() as Markdown code."""
    for mark in ("C(", "V(", "O("):
        while mark in text:
            before, rest = text.split(mark, 1)
            inner, after = rest.split(")", 1)
            text = f"{before}`{inner}`{after}"
    return text


def default_of(name: str, option: dict[str, t.Any], defaults: dict[str, t.Any]) -> str:
    """The default as a person would write it."""
    value = defaults.get(name, option.get("default"))
    if value is None:
        return "required" if option.get("required") else ""
    return "`" + yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n...\n").strip() + "`"


def read(role: Path) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The argument spec of a role, and its defaults."""
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    file = role / "defaults/main.yml"
    return spec, yaml.safe_load(file.read_text()) or {} if file.exists() else {}


def row(name: str, option: dict[str, t.Any], defaults: dict[str, t.Any]) -> str:
    """A variable in a line: a computed or long default and the rest of the description are in the role's README."""
    told, value = option["description"], default_of(name, option, defaults)
    value = "computed" if "{{" in value else value if len(value) < 60 else "a long one"
    first = markup(told if isinstance(told, str) else told[0]).split(". ")[0].rstrip(".")
    return f"| `{name}` | {value} | {first} |"


def index(roles: t.Iterable[Path]) -> str:
    """The page of all variables."""
    lines = [INTRODUCTION]
    for role in roles:
        spec, defaults = read(role)
        lines += [f"## [{role.name}](../../roles/{role.name}/README.md)", "", f"{spec['short_description']}.", ""]
        lines += ["| variable | default | |", "|---|---|---|"]
        lines += [*(row(name, option, defaults) for name, option in spec.get("options", {}).items()), ""]
    return "\n".join([*lines, "Made from the argument specs by `make docs`.", ""])


def readme(role: Path) -> str:
    """The whole README of a role."""
    spec, defaults = read(role)
    lines = [f"# {role.name}", "", f"{spec['short_description']}.", ""]
    lines += [f"- {markup(line)}" for line in spec.get("description", [])]
    lines += ["", "| variable | type | default | |", "|---|---|---|---|"]
    for name, option in spec.get("options", {}).items():
        choices = f" ({', '.join(map(str, option['choices']))})" if "choices" in option else ""
        kind = option["type"] + (f" of {option['elements']}" if "elements" in option else "")
        value = default_of(name, option, defaults).replace("|", "\\|")
        lines.append(f"| `{name}` | {kind}{choices} | {value} | {markup(sentences(option['description']))} |")
    return "\n".join([*lines, "", "Made from `meta/argument_specs.yml` by `make docs`.", ""])


def metadata(role: Path) -> str:
    """What Galaxy shows of a role. There are no dependencies: playbooks say what runs before what."""
    spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    return f"""# SPDX-License-Identifier: GPL-3.0-or-later
---
# Made from argument_specs.yml by `make docs`.
galaxy_info:
  author: homelab.kubernetes contributors
  description: {spec["short_description"]}
  license: GPL-3.0-or-later
  min_ansible_version: "2.19"
dependencies: []
"""


def main() -> int:
    """Write or compare all of them."""
    stale = []
    roles = sorted(path for path in ROLES.iterdir() if path.is_dir())
    texts = {INDEX: index(roles)}
    for role in roles:
        texts |= {role / "README.md": readme(role), role / "meta/main.yml": metadata(role)}
    for file, text in texts.items():
        if not file.exists() or file.read_text() != text:
            stale.append(str(file.relative_to(ROLES.parent)))
            if "--check" not in sys.argv:
                file.write_text(text)
    if stale and "--check" in sys.argv:
        print(f"these differ from the argument specs: {', '.join(stale)}; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
