# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts site.yml off on fresh nodes, in three ways and at points spread over the run, and expects the next run to prove a cluster.

A point cuts one run off: it kills the group of Ansible's processes, kubeadm on a node, or a whole node. One more run of
site.yml must then succeed by itself, its proof included, with no token left and no secret in any log at -vvv, in the process
list, or in a file that others may read. The seed that is printed repeats the same points. The cluster of the last point then
gets a worker later, and loses a node object.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab import KUBECTL, ROOT, Lab, Processes, tried_eyes
from later import later

MODES = ("ansible", "kubeadm", "node", "ansible", "ansible")


@dataclasses.dataclass(frozen=True)
class Topology:
    """The machines of a whole run, its seconds here, the endpoint, and the machines of a cluster that is there before."""

    nodes: tuple[str, ...]
    length: float
    endpoint: str = ""
    before: tuple[str, ...] = ()

    @property
    def joiners(self) -> tuple[str, ...]:
        """Where kubeadm has work to do."""
        return tuple(node for node in self.nodes if node not in self.before)


VIRTUAL_IP = "{{ lab_prefix }}.10"
THREE = ("cp1", "cp2", "cp3", "w1")
TOPOLOGIES = {
    "one": Topology(("cp1", "w1"), 60),
    "ha": Topology(THREE, 200, VIRTUAL_IP),
    "growth": Topology(THREE, 150, VIRTUAL_IP, before=("cp1", "w1")),
}


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


def plan(count: int, topology: Topology, length: float, chance: random.Random) -> list[Point]:
    """Points spread evenly over a run of this length, each at a random place of its part."""
    points = []
    for number in range(count):
        mode = MODES[number % len(MODES)]
        node = chance.choice(topology.joiners if mode == "kubeadm" else topology.nodes)
        delay = (number + chance.random()) * length / count
        if mode == "kubeadm":
            delay = chance.uniform(0, 9 if node.startswith("cp") else 0.3)
        points.append(Point(mode, delay, node))
    return points


def cut(lab: Lab, point: Point, run: subprocess.Popen[bytes]) -> str:
    """Do what a point says; what was done."""
    if point.mode == "ansible":
        os.killpg(run.pid, signal.SIGKILL)
        return "killed"
    if point.mode == "kubeadm":
        script = "pkill -KILL -fx 'kubeadm (init|join).*' && echo killed || echo 'kubeadm had ended'"
        return lab.on(point.node, "sh", "-c", script).strip()
    for verb in ("kill", "start"):
        subprocess.run(["docker", verb, lab.container(point.node)], capture_output=True, check=False)
    return "killed"


def interrupt(lab: Lab, point: Point, log: Path) -> str:
    """Begin site.yml and cut it off at a point; says what happened."""
    run = lab.begin(log, "site.yml")
    if point.mode == "kubeadm":
        while run.poll() is None and not lab.on(point.node, "pgrep", "-fx", "kubeadm (init|join).*"):
            time.sleep(0.1)
    deadline = time.monotonic() + point.delay
    while run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if run.poll() is not None:
        return f"the run had ended before, with {run.returncode}"
    done = cut(lab, point, run)
    at = lab.task()
    try:
        code = run.wait(60)
    except subprocess.TimeoutExpired:
        # It waits for a node that is not to come; nobody would watch that to the end.
        os.killpg(run.pid, signal.SIGKILL)
        code = run.wait()
    return f"{done} in {at}, run ended with {code}"


def repair(lab: Lab, log: Path) -> list[str]:
    """Run site.yml again; says what is wrong afterwards."""
    waiting = lab.command("ansible", "cluster", "-m", "ansible.builtin.wait_for_connection", "-a", "timeout=60")
    subprocess.run(waiting, cwd=ROOT, capture_output=True, check=False)
    code = lab.run(log, "site.yml")
    if code:
        seen = lab.on("cp1", *KUBECTL, "get", "nodes,pods,events", "--all-namespaces", "--output=wide")
        log.with_suffix(".cluster").write_text(seen)
        return [f"site.yml ended with {code}, see {log}"]
    return [f"{token} was left behind" for token in lab.tokens()]


def run_point(lab: Lab, topology: Topology, number: int, point: Point) -> list[str]:
    """One point on fresh nodes, or on a cluster that is to grow."""
    for node in (*topology.nodes, "w2"):
        subprocess.run(["docker", "rm", "--force", "--volumes", lab.container(node)], capture_output=True, check=False)
    if topology.before:
        lab.is_of(topology.before)
        lab.play("molecule/shared/create.yml")
        lab.play("site.yml")
    lab.is_of(topology.nodes, topology.endpoint)
    lab.play("molecule/shared/create.yml")
    logs = lab.work / f"{number}-cut-off.log", lab.work / f"{number}-again.log"
    began = time.monotonic()
    happened = interrupt(lab, point, logs[0])
    middle = time.monotonic()
    wrong = repair(lab, logs[1])
    seconds = f"{middle - began:.0f} s, then {time.monotonic() - middle:.0f} s"
    wrong += lab.told(*logs)
    print(f"{number:3} {point}: {happened}; {seconds}: {'; '.join(wrong) or 'a proven cluster'}", flush=True)
    return wrong


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/interrupt", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=3)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the points to run, all without it")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--topology", choices=TOPOLOGIES, default="one", help="growth: one control plane becomes three")
    parser.add_argument("--length", type=float, help="seconds that a whole run takes here")
    parser.add_argument("--prefix", default="172.28.4", help="first three numbers of the nodes' addresses")
    parser.add_argument("--name", default="interrupt", help="name of the nodes' network")
    parser.add_argument("--work", type=Path, help="where logs stay; a temporary folder is removed when all went well")
    parser.add_argument("--keep", action="store_true", help="leave the nodes of the last point running")
    return parser.parse_args()


def points(lab: Lab, given: argparse.Namespace, topology: Topology) -> bool:
    """All points, then what happens later to a cluster of one control plane; whether all went well."""
    length = given.length or topology.length
    planned = list(enumerate(plan(given.points, topology, length, random.Random(given.seed)), 1))
    chosen = [(number, point) for number, point in planned if not given.only or number in given.only]
    good = 0
    wrong = ["nothing was run"]
    for number, point in chosen:
        wrong = run_point(lab, topology, number, point)
        good += not wrong
    print(f"{good} of {len(chosen)} converged with one rerun", flush=True)
    # Its nodes are there and whole, or nothing more can be seen on them.
    if not wrong and given.topology == "one":
        wrong = later(lab)
    return not wrong and good == len(chosen)


def main() -> int:
    given = options()
    work = given.work or Path(tempfile.mkdtemp(prefix="interrupt-"))
    work.mkdir(parents=True, exist_ok=True)
    lab = Lab(given.name, given.prefix, work)
    topology = TOPOLOGIES[given.topology]
    lab.is_of(topology.nodes, topology.endpoint)
    print(f"{given.points} points, seed {given.seed}, logs in {work}", flush=True)
    watch = Processes(lab)
    blind = ["the test did not come to its end"]
    try:
        lab.play("molecule/shared/destroy.yml")
        lab.play("molecule/shared/create.yml")
        blind = tried_eyes(lab)
        watch.start()
        good = points(lab, given, topology)
    finally:
        watch.over.set()
        if not given.keep:
            lab.is_of((*topology.nodes, "w2"))
            lab.play("molecule/shared/destroy.yml")
    for line in (*blind, *sorted(watch.found)):
        print(line)
    print(
        f"no secret in {watch.samples} looks at the process list" if not watch.found else "secrets in the process list"
    )
    if good and not (blind or watch.found) and not given.work:
        shutil.rmtree(work)
    return 0 if good and not (blind or watch.found) else 1


if __name__ == "__main__":
    sys.exit(main())
