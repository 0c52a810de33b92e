# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a cluster later: a worker is added when every token has expired, and a node is deleted by mistake."""

from __future__ import annotations

import re
import time

from lab import Lab

FIRST, NEW = ("cp1", "w1"), "w2"
# Whoever is in this group may not ask for a kubelet's certificate.
OTHERS = "system:bootstrappers:others"


def changed(log: str) -> dict[str, int]:
    """How many tasks changed each host, from the end of Ansible's own output."""
    recap = log[log.rfind("PLAY RECAP") :]
    return {host: int(count) for host, count in re.findall(r"(?m)^(\S+)\s+: ok=\d+\s+changed=(\d+)", recap)}


def daemons(lab: Lab) -> dict[str, str]:
    """Number and start of the kubelet and containerd of the nodes that were there first."""
    ps = ("ps", "-C", "kubelet,containerd", "-o", "pid=,lstart=,comm=")
    return {node: lab.on(node, *ps) for node in FIRST}


def step(lab: Lab, playbook: str, name: str, touched: tuple[str, ...], kept: str) -> list[str]:
    """A playbook that may change some hosts only, and leaves no token and no secret; says what is wrong."""
    log = lab.work / f"{name.replace(' ', '-')}.log"
    began = time.monotonic()
    code = lab.run(log, playbook)
    seconds = time.monotonic() - began
    counts = changed(log.read_text(errors="replace"))
    wrong = [f"{playbook} ended with {code}, see {log}"] if code else []
    wrong += [f"{host} was changed" for host in lab.nodes if counts.get(host) and host not in touched]
    wrong += [f"{touched[0]} was not changed"] if not counts.get(touched[0]) else []
    wrong += [f"{token} was left behind" for token in lab.tokens(but=[kept])]
    wrong += lab.told(log)
    print(f"    {name}: {seconds:.1f} s, changed {counts}: {'; '.join(wrong) or 'a proven cluster'}", flush=True)
    return wrong


def later(lab: Lab) -> list[str]:
    """On a finished cluster of two; says what is wrong."""
    lab.is_of((*FIRST, NEW))
    lab.play("molecule/shared/create.yml")
    # All that remains is a token of a person's, with which no node can join.
    expired = lab.on("cp1", "kubeadm", "token", "create", "--ttl=1s")
    person = lab.on("cp1", "kubeadm", "token", "create", "--ttl=24h", f"--groups={OTHERS}", "--description=mine")
    token = f"secret/bootstrap-token-{person[:6]}"
    if not expired or token not in lab.tokens(wait=0):
        print("later: the tokens of a person could not be made", flush=True)
        return ["no token"]
    time.sleep(2)
    before = daemons(lab)
    wrong = step(lab, "playbooks/add_node.yml", "a worker is added", (NEW, "cp1"), token)
    after = daemons(lab)
    wrong += [
        f"a daemon of {node} began anew: {before[node]} {after[node]}" for node in FIRST if before[node] != after[node]
    ]
    wrong += [] if token in lab.tokens(wait=0) else ["the token of a person is gone"]
    lab.kubectl("delete", "node", "w1")
    wrong += step(lab, "site.yml", "a node was deleted", ("w1", "cp1"), token)
    print(f"later: {'; '.join(wrong) or 'no daemon of another node began anew, no token was left behind'}", flush=True)
    return wrong
