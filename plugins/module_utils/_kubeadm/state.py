# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What kubeadm says and what it leaves on a host, told without guessing."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, ordered, warning
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line, printable

TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
# As an option, as kubeadm prints it and as a field; AES keys in hexadecimal (kubeadm makes those of 32 bytes).
_KEY = re.compile(r"(certificate[-_ ]?key[\"']?\s*[:=]?\s*[\"']?)[0-9a-f]{32,}", re.IGNORECASE)
_PREFLIGHT = re.compile(r"^\s*\[(ERROR|WARNING) ([^\]]+)\]: (.*)$", re.MULTILINE)
# What Flannel and its bridge make on a node, whatever its backend.
_POD_LINK = re.compile(r"cni0|flannel(?:0|-wg(?:-v6)?|(?:-v6)?\.\d+)")
_PHASE = re.compile(r"^\[([a-z0-9-]+)\] ")

State = t.Literal["absent", "partial", "done", "foreign"]
# What a host that is partial needs: to be looked at again, nothing but a note, and so on to a new start.
Repair = t.Literal["", "wait", "finish", "register", "restart"]


class Worker(t.TypedDict):
    """What was seen on a host that should be a worker.

    ``record`` is our own note ("", "started", "complete"); ``control_plane`` the files of a control plane on it; ``kubelet``
    whether it has a node's kubeconfig, ``certificate`` whether the certificate that the kubelet gets after that; ``remains``
    the other files of a join; ``cluster`` whether the CA on the host vouches for this cluster's API ("same", "other",
    "unknown" when nothing answers, "" without a CA); ``node`` what the API said to the host's own credentials ("present",
    "missing", "refused", "unknown").
    """

    record: str
    control_plane: list[str]
    kubelet: bool
    certificate: bool
    remains: list[str]
    cluster: str
    node: str


# What a person does about a complaint of kubeadm's preflight, by the beginning of the check's name; the first match counts.
_FIXES = (
    ("Port-", "see with `ss -ltnp` which program listens there, and stop it or move it"),
    ("FileAvailable-", "the host carries remains of a cluster: if nothing of it is needed, run `kubeadm reset` on it"),
    ("DirAvailable-", "the host carries remains of a cluster: if nothing of it is needed, run `kubeadm reset` on it"),
    ("FileContent-", "let the prereqs role set the kernel parameters, or set this one with sysctl"),
    ("FileExisting-", "install the program that is missing"),
    ("Swap", "switch swap off with `swapoff -a` and take it out of /etc/fstab"),
    ("NumCPU", "give the machine two processors or more"),
    ("Mem", "give the machine more memory"),
    ("CRI", "look at `systemctl status containerd` and `journalctl -u containerd`"),
    ("ImagePull", "look whether the host reaches the registry, or set containerd_registry_mirrors"),
    ("Kubelet", "install a kubelet of the same minor version as kubeadm"),
    ("Hostname", "make the node's name resolve to its address"),
    ("Service-", "enable and start the service"),
)


def redact(text: str) -> str:
    """The text with every bootstrap token and certificate key taken out."""
    return _KEY.sub(r"\1<key>", TOKEN.sub("<token>", text))


def complaints(output: str) -> list[dict[str, str]]:
    """kubeadm's preflight complaints as ``{severity, check, message}``, errors first."""
    found = [{"severity": s.lower(), "check": c, "message": redact(m)} for s, c, m in _PREFLIGHT.findall(output)]
    return sorted(found, key=lambda f: f["severity"])


def findings(output: str, host: str = "") -> list[Finding]:
    """kubeadm's preflight complaints in the shape of every other report."""
    found = []
    for complaint in complaints(output):
        check = complaint["check"]
        fix = next((fix for start, fix in _FIXES if check.startswith(start)), "correct it on the host")
        make = error if complaint["severity"] == "error" else warning
        fix += f"; whoever accepts the risk adds {check} to ignore_preflight_errors"
        name = "kubeadm-" + re.sub(r"[^a-z0-9]+", "-", check.lower()).strip("-")
        found.append(make(name, complaint["message"], fix=fix, why="kubeadm's preflight checks it", host=host))
    return ordered(found)


def phases(lines: t.Iterable[tuple[float, str]], end: float) -> list[dict[str, t.Any]]:
    """Seconds per phase from output lines with the time each appeared; a phase lasts until the next begins."""
    starts: list[tuple[str, float]] = []
    for at, line in lines:
        match = _PHASE.match(line)
        if match and (not starts or starts[-1][0] != match.group(1)):
            starts.append((match.group(1), at))
    ends = [at for _name, at in starts[1:]] + [end]
    return [{"name": name, "seconds": round(until - at, 1)} for (name, at), until in zip(starts, ends)]


def pod_links(links: t.Iterable[str]) -> list[str]:
    """Those of a host's network links that hold the pod range which Flannel once got for it."""
    return sorted(link for link in links if _POD_LINK.fullmatch(link))


def control_plane_state(record: str, remains: t.Sequence[str], healthy: bool) -> State:
    """The state of a host that should carry a control plane.

    ``record`` is our own note on the host ("", "started" or "complete"), ``remains`` are the files of a control plane
    found there, ``healthy`` whether its API answers. A run that was cut off leaves "started": only then may anything be
    taken back. A healthy cluster without our note is one made by hand: it is adopted. A note without remains is old.
    """
    if record == "started":
        return "partial"
    if not remains:
        return "absent"
    return "done" if record == "complete" or healthy else "foreign"


# What kubeadm init makes, as kind/namespace/name; the static pods end with the node's name.
_MADE = re.compile(
    r"Namespace//(default|kube-node-lease|kube-public|kube-system)"
    r"|Pod/kube-system/(etcd|kube-apiserver|kube-controller-manager|kube-scheduler|kube-proxy|coredns)-.+"
    r"|Deployment/kube-system/coredns|DaemonSet/kube-system/kube-proxy"
    r"|Service/(default/kubernetes|kube-system/kube-dns)"
    r"|ConfigMap/(kube-system|kube-public|kube-node-lease)/.+|ConfigMap/.+/kube-root-ca\.crt"
    r"|Secret/kube-system/(bootstrap-token-.+|kubeadm-certs)"
)


def strangers(objects: t.Iterable[str]) -> list[str]:
    """Which objects of a cluster (as kind/namespace/name) kubeadm did not make: the work of people, and all nodes beside the first."""
    listed = list(objects)
    nodes = [name for name in listed if name.startswith("Node//")]
    others = [name for name in listed if name not in nodes and not _MADE.fullmatch(name)]
    return (nodes if len(nodes) > 1 else []) + others


def start_repair(*, ready: bool, same: bool, used: bool) -> t.Literal["finish", "restart", "stop"]:
    """How a start of ours that was never noted as finished goes on.

    ``ready`` says whether its API answers, ``same`` whether the settings that are wanted are those it began with, ``used``
    whether the cluster holds more than kubeadm makes, or shows that it lived on. What is used is finished as it began, or
    left to a person; only what nobody has used is begun again.
    """
    if used:
        return "finish" if ready else "stop"
    return "finish" if ready and same else "restart"


def skipped_phases(configuration: str) -> list[str]:
    """The phases that kubeadm's configuration file leaves out; as an option they would be given all together or not at all.

    The file is JSON as documents.text() writes it; earlier releases wrote YAML, with the list as lines.
    """
    match = re.search(r'(?m)^(?:  ")?skipPhases"?:\s*(?:\[([^]]*)\]|((?:^[ ]*- +\S+\n?)+))', configuration)
    return re.findall(r"[a-z][\w/-]*", match.group(1) or match.group(2) or "") if match else []


def worker_state(seen: Worker) -> tuple[State, Repair]:
    """The state of a host that should be a worker, and the smallest step that makes it one."""
    if seen["control_plane"]:
        return "foreign", ""
    if not seen["kubelet"]:
        if not seen["remains"]:
            return "absent", ""
        strange = seen["cluster"] in ("other", "unknown") and not seen["record"]
        return ("foreign", "") if strange else ("partial", "restart")
    if seen["record"] == "started":
        return "partial", _join_repair(seen)
    if seen["cluster"] == "other" or seen["node"] == "refused":
        return "foreign", ""
    return ("partial", "register") if seen["node"] == "missing" else ("done", "")


def _join_repair(seen: Worker) -> Repair:
    """How a join of ours goes on that was cut off after the kubelet had begun.

    kubeadm may have finished without us, and pods may run here since. So only the cluster's own API, for which the host's CA
    vouches, can say that the node is lost; an API that is away, or a stranger's certificate at its address, says nothing.
    The kubelet writes its kubeconfig before it asks for the certificate: without one it never was a node.
    """
    if not seen["certificate"]:
        return "restart"
    steps: dict[str, Repair] = {"present": "finish", "missing": "register", "refused": "restart"}
    return steps.get(seen["node"], "wait") if seen["cluster"] == "same" else "wait"


# Errors of the API and of TLS as kubeadm and kubectl word them, with what they mean for a person.
_TROUBLE = (
    (
        r"admin\.conf: permission denied|error loading config file|invalid configuration|server localhost:8080 was refused",
        "/etc/kubernetes/admin.conf cannot be read, or is empty. Remove it and make it anew with "
        "`kubeadm init phase kubeconfig admin`",
    ),
    (
        r"x509: certificate has expired or is not yet valid|certificate is not yet valid",
        "a certificate is outside its time. Compare `date` on this host and on the control plane, and look at "
        "`kubeadm certs check-expiration` on the control plane; `kubeadm certs renew all` renews all but the CA",
    ),
    (
        r"connection refused|was refused - did you|no route to host|i/o timeout|EOF\b|Client\.Timeout",
        "the API is down or cannot be reached from here. Look at `crictl ps -a` and `journalctl -u kubelet` on the "
        "control plane, and whether port 6443 is open",
    ),
    (
        r"x509: certificate signed by unknown authority",
        "the API shows a certificate of another cluster's CA than this host knows. Look whether the endpoint is the right one",
    ),
    (
        r"admin\.conf: no such file",
        "/etc/kubernetes/admin.conf is not there, so this host is no finished control plane. Run site.yml first",
    ),
    (
        r"\(InternalError\)|[Ii]nternal error occurred|server is currently unable|etcdserver:",
        "the API answers with an error of its own (500 or 503), mostly because etcd is not well. Look at "
        "`crictl logs` of etcd and kube-apiserver on the control plane",
    ),
    (
        r"You must be logged in|\(Unauthorized\)|: Unauthorized",
        "the API does not accept these credentials. Make admin.conf anew with `kubeadm init phase kubeconfig admin`",
    ),
)


def trouble(text: str) -> str:
    """The cause in a person's words with the way out and the line it was told from, "" when the text names none."""
    for pattern, cause in _TROUBLE:
        match = re.search(rf"(?m)^.*(?:{pattern}).*$", text)
        if match:
            return f"{cause}. ({one_line(redact(match.group(0)).strip()[:300])})"
    return ""


def failure(command: str, output: str) -> str:
    """One message out of a failed kubeadm run: its own errors, or the end of what it printed."""
    found = [f"{c['check']}: {c['message']}" for c in complaints(output) if c["severity"] == "error"]
    if found:
        return f"{command} refused this host:\n" + "\n".join(f"  - {one_line(line)}" for line in found)
    cause = trouble(output)
    if cause:
        return f"{command} failed: {cause}"
    tail = [line for line in printable(redact(output)).split("\n") if line.strip()][-12:]
    return f"{command} failed:\n" + "\n".join(f"  {line}" for line in tail)


__all__ = (
    "Repair",
    "State",
    "Worker",
    "complaints",
    "control_plane_state",
    "failure",
    "findings",
    "phases",
    "pod_links",
    "redact",
    "skipped_phases",
    "start_repair",
    "strangers",
    "trouble",
    "worker_state",
)
