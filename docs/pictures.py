# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the terminal pictures in docs/pictures from real runs: `make pictures`.

preflight.svg is preflight.yml with a wrong inventory, in a network of its own, so that nothing of this machine is in it.
summary.svg is verify.yml on the lab, which must be up; a file that holds the output of a run may be given instead.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs/pictures"
WIDTH = 100
HOME = "/home/you"
THEME = TerminalTheme(
    (13, 17, 23),
    (201, 209, 217),
    [(72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34), (88, 166, 255), (188, 140, 255), (57, 197, 207)],
    [
        (110, 118, 129),
        (255, 161, 152),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
    ],
)
# Rich's own frame without the fonts that it would have a browser fetch.
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
line-height: {line_height}px; white-space: pre; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
# One machine that answers and one that is switched off, and three mistakes that people make.
WRONG = {
    "hosts.yml": """\
cluster:
  children:
    control_plane:
      hosts: {mini1: {ansible_host: 192.168.0.11}}
    workers:
      hosts: {mini2: {ansible_host: 192.168.0.12}}
""",
    "host_vars/mini1.yml": f"""\
ansible_connection: local
ansible_python_interpreter: {sys.executable}
""",
    "group_vars/all/main.yml": """\
cluster_pod_cidr: 10.96.0.0/16
cluster_load_balancer_ranges: [192.168.0.12-192.168.0.29]
cluster_kubernetes_verison: "1.37.1"
""",
    # What is true of the machine that takes the picture, and not of the mistakes.
    "group_vars/all/machine.yml": """\
preflight_urls: []
preflight_package_urls: {}
preflight_peers: false
preflight_manifests: {}
control_plane_kubelet_configuration: {failCgroupV1: false}
""",
}
# A network like a home's, as root of a user namespace: one interface, one address, a router that nobody needs to be.
NETWORK = """
hostname mini1
ip link add eth0 type veth peer name lan && ip link set lan up && ip link set lo up
ip address add 192.168.0.11/24 dev eth0 && ip link set eth0 up && ip route add default via 192.168.0.1
exec "$@"
"""


def plain(line: str) -> str:
    """A line without colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def screen(output: str, begin: str) -> list[str]:
    """The lines of a run from the last phase of this name to the word of how it ended. Raises ValueError where there is none.

    Ansible's table of hosts and the name of the log follow there and are left out: they are wider than the picture.
    """
    lines = output.splitlines()
    starts = [at for at, line in enumerate(lines) if re.match(rf"\[\d+:\d\d\] ({begin}):", plain(line))]
    if not starts:
        raise ValueError(f"the output has no phase {begin}")
    ends = [at for at in range(starts[-1] + 1, len(lines)) if re.match(r"\[\d+:\d\d\] (done|FAILED)", plain(lines[at]))]
    if not ends:
        raise ValueError(f"the output ends before the run does: {plain(lines[-1])}")
    return lines[starts[-1] : ends[0] + 1]


def clean(lines: t.Iterable[str], places: t.Mapping[str, str]) -> list[str]:
    """The lines as they would be at your home: folders of this machine have other names, the longest first.

    Raises ValueError where one is left.
    """
    kept = []
    for line in lines:
        for place in sorted(places, key=len, reverse=True):
            line = line.replace(place, places[place])
        kept.append(line)
    left = [plain(line) for line in kept if re.search(r"/(?:home/(?!you/)|root/|tmp/|work/)", plain(line))]
    if left:
        raise ValueError(f"a path of this machine is left: {left[0]}")
    return kept


def folded(lines: t.Iterable[str], console: Console) -> t.Iterator[Text]:
    """The lines cut at blanks where they are too wide, what follows indented a little more."""
    for line in lines:
        text = Text.from_ansi(line)
        indent = " " * (len(text.plain) - len(text.plain.lstrip()) + 4)
        first = text.wrap(console, WIDTH)[0]
        yield first
        rest = text[len(first.plain.rstrip()) :]
        rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
        yield from (Text(indent) + part for part in rest.wrap(console, WIDTH - len(indent)) if part.plain.strip())


def svg(command: str, lines: t.Iterable[str], name: str) -> str:
    """A command and what it printed, as a picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "green"), (command, "bold")))
    for text in folded(lines, console):
        console.print(text)
    return console.export_svg(title="", theme=THEME, code_format=FRAME, unique_id=name)


def run(*command: str, folder: Path = ROOT, env: t.Mapping[str, str] | None = None) -> str:
    """What a program prints, in colour."""
    more = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_FORCE_COLOR": "1",
        "HOMELAB_PROGRESS_LIVE": "never",
        **(env or {}),
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def preflight() -> str:
    """A failing preflight."""
    with tempfile.TemporaryDirectory() as work:
        for name, text in WRONG.items():
            file = Path(work) / "inventories/mine" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        apart = ["unshare", "--user", "--map-root-user", "--net", "--uts", "sh", "-c", NETWORK, "sh"]
        play = [
            sys.executable,
            "-m",
            "ansible",
            "playbook",
            f"{ROOT}/playbooks/preflight.yml",
            "-i",
            "inventories/mine",
        ]
        output = run(*apart, *play, folder=Path(work), env={"HOMELAB_PROGRESS_LOG_FOLDER": ""})
        # Ansible finds the clone as an installed collection, by a link back to it.
        itself = f"{ROOT}/collections/ansible_collections/homelab/kubernetes"
        places = dict.fromkeys([work, str(ROOT), itself], f"{HOME}/homelab.kubernetes")
        lines = clean(screen(output, "Preflight"), places)
    return svg("ansible-playbook playbooks/preflight.yml -i inventories/mine", lines, "preflight")


def summary(file: str) -> str:
    """The last screen of a run: of the given file, or of verify.yml on the lab."""
    command, inventory = "ansible-playbook site.yml -i inventories/lab", "inventories/lab"
    if not file:
        command = f"ansible-playbook playbooks/verify.yml -i {inventory}"
    output = Path(file).read_text() if file else run(sys.executable, "-m", "ansible", "playbook", *command.split()[1:])
    # Wherever the clone of that run was.
    clones = dict.fromkeys(
        re.findall(r"/\S+?/inventories(?=/)", plain(output)), f"{HOME}/homelab.kubernetes/inventories"
    )
    return svg(command, clean(screen(output, "Verify|Proof"), clones), "summary")


def main() -> int:
    """Take both; a lab that is not up keeps its old picture."""
    PICTURES.joinpath("preflight.svg").write_text(preflight())
    try:
        PICTURES.joinpath("summary.svg").write_text(summary(*sys.argv[1:2] or [""]))
    except ValueError as exc:
        print(f"summary.svg stays as it was, because {exc}; `make lab` starts the lab")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
