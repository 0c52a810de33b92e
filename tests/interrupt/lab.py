# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of this test's own, and eyes for secrets where none may be seen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Made-up ones, which the eyes are tried with.
PLANTED = "plant3.0123456789abcdef"
KUBECTL = ("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf")
SECRETS = {
    "a bootstrap token": re.compile(r"\b[a-z0-9]{6}\.(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{16}\b"),
    "a private key": re.compile(r"BEGIN (?:RSA |EC )?PRIVATE KEY|client-key-data: *[A-Za-z0-9+/]{40}"),
    "a certificate key": re.compile(r"certificate[-_ ]?[kK]ey['\": =]+[0-9a-f]{64}\b"),
}
# On a node: files that others than root may read and that hold a token with its secret, or a key.
READABLE = r"""
import os, re
secret = re.compile(rb"\b[a-z0-9]{6}\.(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{16}\b|PRIVATE KEY-----\n|client-key-data: *[A-Za-z0-9+/]{40}")
for top in ("/etc/kubernetes", "/run/homelab.kubernetes", "/home", "/root", "/tmp", "/var/lib/kubelet/pki", "/var/log", "/var/tmp"):
    for folder, _folders, files in os.walk(top):
        for path in (os.path.join(folder, name) for name in files):
            try:
                mode = os.lstat(path).st_mode
                if mode & 0o77 and (mode & 0o170000) == 0o100000 and secret.search(open(path, "rb").read(1 << 22)):
                    print(path)
            except OSError:
                pass
"""


def secrets_in(text: str) -> list[str]:
    """What a text tells that it should not."""
    return [what for what, pattern in SECRETS.items() if pattern.search(text)]


class Lab:
    """Nodes with names and addresses of the lab's inventory, in a network of their own."""

    def __init__(self, name: str, prefix: str, work: Path) -> None:
        self.name, self.work = name, work
        self.nodes: tuple[str, ...] = ()
        self.inventory = work / "inventory"
        self.inventory.mkdir(exist_ok=True)
        if not (self.inventory / "group_vars").exists():
            (self.inventory / "group_vars").symlink_to(ROOT / "inventories/lab/group_vars")
        self.variables = work / "vars.yml"
        self.own = {"lab_name": name, "lab_prefix": prefix}
        self.own |= {"lab_ssh": str(work / "ssh"), "cluster_kubeconfig": str(work / "kubeconfig")}

    def is_of(self, nodes: tuple[str, ...], endpoint: str = "") -> None:
        """Which hosts the inventory names, cp for control planes and w for workers, and where the API is reached."""
        self.nodes = nodes
        self.variables.write_text(json.dumps({**self.own, "cluster_endpoint": endpoint}))
        first = {"cp": 10, "w": 20}
        number = {node: first[node[:-1]] + int(node[-1]) for node in nodes}
        hosts = {node: {"ansible_host": f"{{{{ lab_prefix }}}}.{number[node]}"} for node in nodes}
        groups = {
            "control_plane": {"hosts": {node: host for node, host in hosts.items() if node.startswith("cp")}},
            "workers": {"hosts": {node: host for node, host in hosts.items() if node.startswith("w")}},
        }
        (self.inventory / "hosts.yml").write_text(json.dumps({"cluster": {"children": groups}}))

    def container(self, node: str) -> str:
        return f"homelab-{self.name}-{node}"

    def command(self, program: str, *arguments: str) -> list[str]:
        return [program, f"--inventory={self.inventory}", f"--extra-vars=@{self.variables}", *arguments]

    def play(self, playbook: str) -> None:
        """A playbook that has to succeed."""
        done = subprocess.run(
            self.command("ansible-playbook", playbook), cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{playbook} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")

    def begin(self, log: Path, playbook: str, **environment: str) -> subprocess.Popen[bytes]:
        """A playbook at -vvv in a group of processes of its own."""
        own = {"HOMELAB_PROGRESS_LOG_FOLDER": str(self.work / "runs"), "INTERRUPT_LAB": self.name, **environment}
        with log.open("wb") as stream:
            return subprocess.Popen(
                self.command("ansible-playbook", "-vvv", playbook),
                cwd=ROOT,
                env={**os.environ, **own},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, log: Path, playbook: str) -> int:
        """The exit status of a playbook at -vvv with Ansible's own output, which tells more than a person sees."""
        return self.begin(log, playbook, ANSIBLE_STDOUT_CALLBACK="default").wait()

    def task(self) -> str:
        """The task that the newest run is in, from the log that the collection itself keeps of a run."""
        newest = max(self.work.glob("runs/*.log"), key=lambda log: log.stat().st_mtime, default=None)
        text = newest.read_text(errors="replace") if newest else ""
        tasks: list[str] = re.findall(r"(?m)TASK \[(.+?)\] ?\**$", text)
        return tasks[-1] if tasks else "the start"

    def on(self, node: str, *command: str) -> str:
        """Output of a command on a node, "" when it fails."""
        docker = ["docker", "exec", self.container(node), *command]
        return subprocess.run(docker, capture_output=True, text=True, check=False).stdout

    def kubectl(self, *arguments: str) -> str:
        """Output of kubectl on the control plane. An API server that is busy is asked again; raises CalledProcessError in the end."""
        command = ["docker", "exec", self.container("cp1"), *KUBECTL, *arguments]
        for _attempt in range(5):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if not done.returncode:
                return done.stdout
            time.sleep(3)
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)

    def tokens(self, but: t.Sequence[str] = (), wait: int = 15) -> list[str]:
        """Names of other tokens in the cluster, after those that have expired have had seconds to go away."""
        secrets = (
            "--namespace=kube-system get secrets --output=name --field-selector=type=bootstrap.kubernetes.io/token"
        )
        deadline = time.monotonic() + wait
        while True:
            found = [name for name in self.kubectl(*secrets.split()).split() if name not in but]
            if not found or time.monotonic() >= deadline:
                return found
            time.sleep(1)

    def told(self, *logs: Path) -> list[str]:
        """What logs and files on the nodes tell that they should not."""
        runs = self.work.glob("runs/*.log")
        wrong = [f"{what} in {log}" for log in (*logs, *runs) for what in secrets_in(log.read_text(errors="replace"))]
        for node in self.nodes:
            wrong += [
                f"{node}: others may read a secret in {path}"
                for path in self.on(node, "python3", "-c", READABLE).split()
            ]
            left = self.on(node, "find", "/run/homelab.kubernetes", "-name", "kubeadm-*").split()
            wrong += [f"{node}: {path} was left behind" for path in left]
        return wrong


class Processes(threading.Thread):
    """Reads the command lines of the nodes and of Ansible, as ps does, while runs go on.

    The nodes are containers, so this machine sees them all. What others do on it is none of our business.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__(daemon=True)
        self.lab = lab
        self.found: set[str] = set()
        self.samples = 0
        self.over = threading.Event()

    def ours(self, process: Path) -> bool:
        """Whether a process is in a node of ours or belongs to a run of ours."""
        try:
            groups = re.findall(r"[0-9a-f]{64}", (process / "cgroup").read_text())
            marked = f"INTERRUPT_LAB={self.lab.name}\0".encode() in (process / "environ").read_bytes()
        except OSError:
            return True
        names = ["docker", "inspect", "--format={{.Name}}", *groups[:1]]
        name = subprocess.run(names, capture_output=True, text=True, check=False).stdout.strip() if groups else ""
        return marked or name.startswith(f"/homelab-{self.lab.name}-")

    def look(self) -> None:
        """One sample."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            told = secrets_in(line)
            if told and self.ours(process):
                self.found |= {f"{what} in the process list: {line.split()[:3]}" for what in told}
        self.samples += 1

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.look()


def tried_eyes(lab: Lab) -> list[str]:
    """Plants secrets on a node, and tells where they were not seen."""
    lab.on("cp1", "sh", "-c", f"echo {PLANTED} > /tmp/planted; nohup sleep 3 {PLANTED} > /dev/null 2>&1 &")
    plant = ["docker", "exec", "-d", lab.container("cp1"), "sh", "-c", f": {PLANTED}; sleep 5; :"]
    subprocess.run(plant, capture_output=True, check=False)
    time.sleep(0.5)
    eyes = Processes(lab)
    eyes.look()
    blind = [] if eyes.found else ["a token on a node's command line was not seen"]
    if "cp1: others may read a secret in /tmp/planted" not in lab.told():
        blind.append("a token in a file that others may read was not seen")
    lab.on("cp1", "rm", "/tmp/planted")
    time.sleep(5)
    return blind
