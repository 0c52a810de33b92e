# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts site.yml off on fresh nodes, in three ways and at points spread over the run, and expects the next run to prove a cluster.

A point cuts one run off: it kills the group of Ansible's processes, kubeadm on a node, or a whole node. One more run of
site.yml must then succeed by itself, its proof included, with no token left and no secret in any log at -vvv, in `ps` on a
node, or in a file that others may read. The seed that is printed repeats the same points.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAB = "interrupt"
NODES = ("cp1", "w1", "w2")
MODES = ("ansible", "kubeadm", "node", "ansible", "ansible")
SECRETS = {
    "a bootstrap token": re.compile(r"\b[a-z0-9]{6}\.(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{16}\b"),
    "a private key": re.compile(r"BEGIN (?:RSA |EC )?PRIVATE KEY|client-key-data: *[A-Za-z0-9+/]{40}"),
    "a certificate key": re.compile(r"certificate[-_ ]?[kK]ey['\": =]+[0-9a-f]{64}\b"),
}
# On a node: a file that others may read and that holds a token with its secret.
READABLE = r"""
import os, re, sys
token = re.compile(rb"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
for top in ("/etc/kubernetes", "/run/homelab.kubernetes", "/home", "/root", "/tmp", "/var/lib/kubelet", "/var/tmp"):
    for folder, _folders, files in os.walk(top):
        for path in (os.path.join(folder, name) for name in files):
            try:
                mode = os.lstat(path).st_mode
                if mode & 0o77 and (mode & 0o170000) == 0o100000 and token.search(open(path, "rb").read(1 << 20)):
                    print(path)
            except OSError:
                pass
"""


@dataclasses.dataclass
class Point:
    """Where and how one run is cut off."""

    mode: str
    delay: float
    node: str

    def __str__(self) -> str:
        return {
            "ansible": f"Ansible after {self.delay:.1f} s",
            "kubeadm": f"kubeadm on {self.node}, {self.delay:.1f} s after it began",
            "node": f"node {self.node} after {self.delay:.1f} s",
        }[self.mode]


def plan(count: int, length: float, chance: random.Random) -> list[Point]:
    """Points spread evenly over a run of this length, each at a random place of its part."""
    points = []
    for number in range(count):
        mode = MODES[number % len(MODES)]
        node = chance.choice(NODES)
        delay = (number + chance.random()) * length / count
        if mode == "kubeadm":
            delay = chance.uniform(0, 9 if node == "cp1" else 0.3)
        points.append(Point(mode, delay, node))
    return points


class Lab:
    """Nodes of this test's own."""

    def __init__(self, name: str, prefix: str, work: Path) -> None:
        self.name, self.work = name, work
        self.variables = work / "vars.yml"
        self.variables.write_text(
            json.dumps(
                {
                    "lab_name": name,
                    "lab_prefix": prefix,
                    "lab_ssh": str(work / "ssh"),
                    "cluster_kubeconfig": str(work / "kubeconfig"),
                }
            )
        )

    def container(self, node: str) -> str:
        return f"homelab-{self.name}-{node}"

    def command(self, program: str, *arguments: str) -> list[str]:
        return [program, "--inventory=inventories/lab", f"--extra-vars=@{self.variables}", *arguments]

    def play(self, playbook: str) -> None:
        """A playbook that has to succeed."""
        done = subprocess.run(
            self.command("ansible-playbook", playbook), cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{playbook} failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")

    def start(self, log: Path) -> subprocess.Popen[bytes]:
        """site.yml in a group of processes of its own."""
        with log.open("wb") as stream:
            return subprocess.Popen(
                self.command("ansible-playbook", "-vvv", "site.yml"),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def on(self, node: str, *command: str) -> str:
        """Output of a command on a node, "" when it fails."""
        docker = ["docker", "exec", self.container(node), *command]
        return subprocess.run(docker, capture_output=True, text=True, check=False).stdout

    def tokens(self) -> str:
        """Names of the tokens in the cluster, after kubeadm's own has had time to expire."""
        for _attempt in range(15):
            found = self.on(
                "cp1",
                "kubectl",
                "--kubeconfig=/etc/kubernetes/admin.conf",
                "--namespace=kube-system",
                "get",
                "secrets",
                "--output=name",
                "--field-selector=type=bootstrap.kubernetes.io/token",
            )
            if not found:
                return ""
            time.sleep(1)
        return found


class Processes(threading.Thread):
    """Reads the command lines on all nodes while runs go on. The nodes are containers, so this machine sees them all."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.found: set[str] = set()
        self.samples = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.3):
            text = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True, check=False).stdout
            self.samples += 1
            self.found |= {f"{what} in ps" for what in secrets_in(text)}


def secrets_in(text: str) -> list[str]:
    """What a text tells that it should not."""
    return [what for what, pattern in SECRETS.items() if pattern.search(text)]


def interrupt(lab: Lab, point: Point, log: Path) -> str:
    """Begin site.yml and cut it off at a point; says what happened."""
    run = lab.start(log)
    if point.mode == "kubeadm":
        while run.poll() is None and not lab.on(point.node, "pgrep", "-fx", "kubeadm (init|join).*"):
            time.sleep(0.1)
    deadline = time.monotonic() + point.delay
    while run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if run.poll() is not None:
        return f"the run had ended before, with {run.returncode}"
    if point.mode == "ansible":
        os.killpg(run.pid, signal.SIGKILL)
    elif point.mode == "kubeadm":
        lab.on(point.node, "pkill", "-KILL", "-fx", "kubeadm (init|join).*")
    else:
        for verb in ("kill", "start"):
            subprocess.run(["docker", verb, lab.container(point.node)], capture_output=True, check=False)
    at = next(
        (line for line in reversed(log.read_text(errors="replace").splitlines()) if line.startswith("TASK")), "start"
    )
    try:
        code = run.wait(60)
    except subprocess.TimeoutExpired:
        # It waits for a node that is not to come; nobody would watch that to the end.
        os.killpg(run.pid, signal.SIGKILL)
        code = run.wait()
    return f"in {at.strip(' *')}, run ended with {code}"


def repair(lab: Lab, log: Path) -> list[str]:
    """Run site.yml again; says what is wrong afterwards."""
    waiting = lab.command("ansible", "cluster", "-m", "ansible.builtin.wait_for_connection", "-a", "timeout=60")
    subprocess.run(waiting, cwd=ROOT, capture_output=True, check=False)
    code = lab.start(log).wait()
    wrong = [f"site.yml ended with {code}, see {log}"] if code else []
    tokens = lab.tokens()
    if tokens:
        wrong.append(f"tokens left behind: {tokens.split()}")
    for node in NODES:
        wrong += [
            f"{node}: others may read a token in {path}" for path in lab.on(node, "python3", "-c", READABLE).split()
        ]
        left = lab.on(node, "find", "/run/homelab.kubernetes", "-name", "kubeadm-*").split()
        wrong += [f"{node}: {path} was left behind" for path in left]
    return wrong


def run_point(lab: Lab, number: int, point: Point) -> list[str]:
    """One point on fresh nodes."""
    lab.play("molecule/shared/destroy.yml")
    lab.play("molecule/shared/create.yml")
    logs = lab.work / f"{number}-cut-off.log", lab.work / f"{number}-again.log"
    began = time.monotonic()
    happened = interrupt(lab, point, logs[0])
    middle = time.monotonic()
    wrong = repair(lab, logs[1])
    for log in logs:
        wrong += [f"{what} in {log}" for what in secrets_in(log.read_text(errors="replace"))]
    seconds = f"{middle - began:.0f} s, then {time.monotonic() - middle:.0f} s"
    print(f"{number:3} {point}: {happened}; {seconds}: {'; '.join(wrong) or 'a proven cluster'}", flush=True)
    return wrong


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/interrupt", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=3)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the points to run, all without it")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--length", type=float, default=80, help="seconds that a whole run takes here")
    parser.add_argument("--prefix", default="172.28.4", help="first three numbers of the nodes' addresses")
    parser.add_argument("--name", default=LAB, help="name of the nodes' network")
    parser.add_argument("--work", type=Path, help="where logs stay; a temporary folder is removed when all went well")
    parser.add_argument("--keep", action="store_true", help="leave the nodes of the last point running")
    return parser.parse_args()


def main() -> int:
    given = options()
    work = given.work or Path(tempfile.mkdtemp(prefix="interrupt-"))
    work.mkdir(parents=True, exist_ok=True)
    lab = Lab(given.name, given.prefix, work)
    print(f"{given.points} points, seed {given.seed}, logs in {work}", flush=True)
    watch = Processes()
    watch.start()
    ran = bad = 0
    try:
        for number, point in enumerate(plan(given.points, given.length, random.Random(given.seed)), 1):
            if not given.only or number in given.only:
                ran += 1
                bad += bool(run_point(lab, number, point))
    finally:
        watch.over.set()
        if not given.keep:
            lab.play("molecule/shared/destroy.yml")
    for line in sorted(watch.found):
        print(line)
    print(f"{ran - bad} of {ran} converged with one rerun; ps looked at {watch.samples} times")
    return 1 if bad or watch.found else 0


if __name__ == "__main__":
    sys.exit(main())
