# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What kubeadm says and what it leaves on a host, told without guessing."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import kubeadm as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import POD_NETWORKS
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, Severity, ordered
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import one_line, printable

TOKEN = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b")
# As an option, as kubeadm prints it and as a field; AES keys in hexadecimal (kubeadm makes those of 32 bytes).
_KEY = re.compile(r"(certificate[-_ ]?key[\"']?\s*[:=]?\s*[\"']?)[0-9a-f]{32,}", re.IGNORECASE)
_PREFLIGHT = re.compile(r"^\s*\[(ERROR|WARNING) ([^\]]+)\]: (.*)$", re.MULTILINE)
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
        kind = next(kind for start, kind in kinds.COMPLAINTS.items() if check.startswith(start))
        name = "kubeadm-" + re.sub(r"[^a-z0-9]+", "-", check.lower()).strip("-")
        severity: Severity = "error" if complaint["severity"] == "error" else "warning"
        found.append(kind._replace(id=name, severity=severity).at(host, check=check, message=complaint["message"]))
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
    """Those of a host's network links that hold the pod range which Flannel once got for it, whatever its backend."""
    return sorted(filter(POD_NETWORKS["flannel"].makes, links))


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


class Joiner(t.TypedDict):
    """What was seen on a host that should be a further control plane.

    ``record`` is our own note ("", "started" by an init, "joining", "complete"); ``remains`` the files of a control plane or a
    node; ``cluster`` whether the CA on the host vouches for the cluster's API ("same", "other", "unknown", "" without a CA);
    ``ready`` whether its own API answers; ``member`` what its own etcd says of it ("voter", "learner", "missing", "unknown").
    """

    record: str
    remains: list[str]
    cluster: str
    ready: bool
    member: str


def joiner_state(seen: Joiner) -> tuple[State, Repair]:
    """The state of a host that should be a further control plane, and the smallest step that makes it one.

    A join of ours that was cut off is finished where everything of it runs and votes: only the note is missing. In any other
    case nothing on the host is of worth, because etcd gives it a copy of everything again.
    """
    if seen["record"] == "joining":
        return "partial", "finish" if seen["ready"] and seen["member"] == "voter" else "restart"
    if not seen["remains"]:
        return "absent", ""
    if seen["record"] == "started" or seen["cluster"] == "other":
        return "foreign", ""
    return ("done" if seen["record"] == "complete" or seen["ready"] else "foreign"), ""


# kubeadm names the address too when it only begins to wait.
_UNHEALTHY = r"The kubelet is not healthy|'curl -sSL http://\S+:10248/|dial tcp \S+:10248:"

# Errors of the API and of TLS as kubeadm and kubectl word them, with what they mean for a person.
# Who refused comes first: the kubelet's port, a name server and a proxy are none of the API's.
# The kubelet's own last words, which failure() gets along, say more than that it is not healthy.
_TROUBLE = (
    (r"inotify_init: too many open files", kinds.INOTIFY_EXHAUSTED),
    (r'"command failed" err="failed to run Kubelet: ', kinds.KUBELET_STOPS),
    (_UNHEALTHY, kinds.KUBELET_UNHEALTHY),
    (r"proxyconnect tcp: ", kinds.PROXY_REFUSES),
    (r"lookup (?P<name>\S+?)(?: on \S+)?: ", kinds.NAME_UNRESOLVED),
    (
        r"admin\.conf: permission denied|error loading config file|invalid configuration|server localhost:8080 was refused",
        kinds.ADMIN_CONF_UNREADABLE,
    ),
    (r"x509: certificate has expired or is not yet valid|certificate is not yet valid", kinds.CERTIFICATE_TIME),
    (r"connection refused|was refused - did you|no route to host|i/o timeout|EOF\b|Client\.Timeout", kinds.API_AWAY),
    (r"x509: certificate signed by unknown authority", kinds.CA_UNKNOWN),
    (r"admin\.conf: no such file", kinds.ADMIN_CONF_MISSING),
    (r"\(InternalError\)|[Ii]nternal error occurred|server is currently unable|etcdserver:", kinds.API_INTERNAL),
    (r"You must be logged in|\(Unauthorized\)|: Unauthorized", kinds.CREDENTIALS_REFUSED),
)


def unhealthy(output: str) -> bool:
    """Whether kubeadm waited in vain for the kubelet of its host."""
    return bool(re.search(_UNHEALTHY, output))


def trouble(text: str) -> str:
    """The cause in a person's words with the way out and the line it was told from, "" when the text names none."""
    for pattern, kind in _TROUBLE:
        match = re.search(rf"(?m)^.*(?:{pattern}).*$", text)
        if match:
            found = kind.at(**match.groupdict())
            return f"{found['message']}. {found['fix']}. ({one_line(redact(match.group(0)).strip()[:300])})"
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
    "Joiner",
    "Repair",
    "State",
    "Worker",
    "complaints",
    "control_plane_state",
    "failure",
    "findings",
    "joiner_state",
    "phases",
    "pod_links",
    "redact",
    "skipped_phases",
    "start_repair",
    "strangers",
    "trouble",
    "unhealthy",
    "worker_state",
)
