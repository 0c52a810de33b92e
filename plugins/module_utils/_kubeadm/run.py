# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Running kubeadm and reading the host, shared by the modules around it."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import typing as t
import urllib.error

from ansible.module_utils.urls import open_url
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni, _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import CRI_SOCKET, text
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.endpoint import server
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import (
    failure,
    findings,
    phases,
    pod_links,
    redact,
    trouble,
    unhealthy,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._text import printable

ADMIN = "/etc/kubernetes/admin.conf"
# May do everything from the API's first moment on; kubeadm gives admin.conf its rights later. Some remove it.
SUPER_ADMIN = "/etc/kubernetes/super-admin.conf"
RECORD = "/etc/kubernetes/homelab.kubernetes.json"
CA = "/etc/kubernetes/pki/ca.crt"
KUBELET = "/etc/kubernetes/kubelet.conf"
# Holds the token of a join until the kubelet has its certificate.
BOOTSTRAP = "/etc/kubernetes/bootstrap-kubelet.conf"
# Flannel's word for the pod range of this node; in memory, as are the links that have it.
LEASE = _cni.POD_NETWORKS["flannel"].lease
KUBELET_CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem"
# In memory, root's alone: the lock of whoever works with kubeadm here, and files with secrets while a command reads them.
PRIVATE = "/run/homelab.kubernetes"
# OpenSSL's codes for a certificate that another CA signed (X509_V_ERR_*, openssl/x509_vfy.h), and for a wrong time.
FOREIGN_SIGNATURE = (7, 18, 19, 20, 21)
WRONG_TIME = (9, 10)
# How the API is asked: by itself, with no login of root's and nowhere else.
PLAIN = {"timeout": 10, "use_proxy": False, "use_netrc": False, "follow_redirects": "none"}
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}


def record() -> dict[str, t.Any]:
    """Our own note on this host, {} when there is none that can be read."""
    return _kubeadm_note.parse(_files.read(RECORD) or "")


def note(**entries: t.Any) -> None:
    """Add to our note on this host."""
    _files.replace(RECORD, json.dumps({**record(), **entries}, indent=2, sort_keys=True) + "\n", mode=0o600)


class KubeadmError(ValueError):
    """A command of kubeadm that failed, with its complaints."""

    def __init__(self, message: str, complaints: list[Finding]) -> None:
        super().__init__(message)
        self.findings = complaints


@contextlib.contextmanager
def locked(seconds: float = 600) -> t.Iterator[int]:
    """Work with kubeadm on this host alone; the lock is the open file that run() hands to kubeadm.

    When the control node is cut off, what it started goes on here. Whoever comes next waits for its end, and only then
    looks at what there is. Files with secrets that a killed predecessor left are removed.
    """
    os.makedirs(PRIVATE, mode=0o700, exist_ok=True)
    handle = os.open(f"{PRIVATE}/lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise ValueError(
                        f"an earlier run has been working with kubeadm on this host for more than {seconds:.0f} s; "
                        "see `ps -ef | grep kubeadm` there, and end it or wait, then run again"
                    ) from None
                time.sleep(0.5)
        for path in glob.glob(f"{PRIVATE}/kubeadm-*"):
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def private_file(content: str) -> t.Iterator[str]:
    """A file in memory for the time of a command: 0600, and gone afterwards whatever happens."""
    os.makedirs(PRIVATE, mode=0o700, exist_ok=True)
    handle, path = tempfile.mkstemp(dir=PRIVATE, prefix="kubeadm-", suffix=".yaml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        yield path
    finally:
        os.unlink(path)


class Ran(t.NamedTuple):
    """What a command of kubeadm did."""

    phases: list[dict[str, t.Any]]
    findings: list[Finding]


def run(command: t.Sequence[str], label: str, lock: int) -> Ran:
    """Run kubeadm: its phases with their seconds, and its warnings. Raises KubeadmError with what it complained about.

    The command holds the lock too, should this process be killed.
    """
    lines: list[tuple[float, str]] = []
    with subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
        pass_fds=(lock,),
    ) as process:
        for line in t.cast("t.IO[str]", process.stdout):
            lines.append((time.monotonic(), line))
    output = "".join(line for _at, line in lines)
    if process.returncode != 0:
        raise KubeadmError(failure(label, output + _kubelet_words(output)), findings(output))
    return Ran(phases(lines, time.monotonic()), findings(output))


def join(document: t.Mapping[str, t.Any], patience: float, lock: int) -> Ran:
    """Run kubeadm join; for so many seconds a node of this name, which the cluster still holds to be alive, is waited out."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with private_file(text([document])) as path:
                return run(["kubeadm", "join", "--config", path], "kubeadm join", lock)
        except KubeadmError as exc:
            if "already exists in the cluster" not in str(exc) or time.monotonic() >= deadline:
                raise
            run(["kubeadm", "reset", "--force"], "kubeadm reset", lock)
            time.sleep(5)


def _kubelet_words(output: str) -> str:
    """What the kubelet logged last, "" unless kubeadm waited for it in vain: it alone knows why."""
    if not unhealthy(output):
        return ""
    command = ["journalctl", "--unit=kubelet", "--lines=100", "--output=cat", "--no-pager"]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False).stdout


def kubectl(*arguments: str, stdin: str | None = None, kubeconfig: str = ADMIN) -> str:
    """Output of kubectl on this control plane. Raises ValueError with its error."""
    done = subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, "--request-timeout=20s", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    if done.returncode != 0:
        text = redact(done.stderr.strip() or done.stdout.strip())
        raise ValueError(trouble(text) or printable(text))
    return done.stdout


def api_ready(address: str, seconds: float = 0) -> bool:
    """Whether the API server at an address of this host says that it is ready, asked until the seconds are over."""
    if not os.path.exists(CA):
        return False
    host = f"[{address}]" if ":" in address else address
    deadline = time.monotonic() + seconds
    while True:
        try:
            with open_url(f"https://{host}:6443/readyz", ca_path=CA, **{**PLAIN, "timeout": 5}) as answer:
                if answer.status == 200:
                    return True
        except (OSError, ssl.SSLError, urllib.error.URLError):
            pass
        if time.monotonic() >= deadline:
            return False
        time.sleep(1)


def forget_pods() -> None:
    """Take away all pods of this host; its kubelet must not be running."""
    crictl = ["crictl", "--runtime-endpoint", CRI_SOCKET, "--timeout", "30s"]
    # What it cannot take away, the kubelet tries again.
    subprocess.run([*crictl, "rmp", "--all", "--force"], capture_output=True, env=ENVIRONMENT, check=False)


def forget_pod_range() -> None:
    """Take away what Flannel made for a pod range that this host had as another node; no pod may be running.

    The bridge would keep its old address, and no pod could be connected to it. Calico looks after its own links.
    """
    if not os.path.exists(LEASE):
        return
    for link in pod_links(os.listdir("/sys/class/net")):
        subprocess.run(["ip", "link", "delete", link], capture_output=True, env=ENVIRONMENT, check=False)
    os.unlink(LEASE)


def vouches(endpoint: str) -> str:
    """Whether the CA on this host signed the API at an endpoint: "same", "other", "unknown", or "" without a CA.

    Raises ValueError when the time on either side is so wrong that nobody can tell.
    """
    if not os.path.exists(CA):
        return ""
    host, _colon, port = endpoint.rpartition(":")
    try:
        context = ssl.create_default_context(cafile=CA)
        context.check_hostname = False
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5) as raw, context.wrap_socket(raw):
            return "same"
    except ssl.SSLCertVerificationError as exc:
        if exc.verify_code in WRONG_TIME:
            raise ValueError(
                f"the certificate of the API at {endpoint} is outside its time as this host's clock sees it "
                f"({time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC): {exc.verify_message}. Set the clock, or renew "
                "the certificates with `kubeadm certs renew all` on the control plane"
            ) from exc
        return "other" if exc.verify_code in FOREIGN_SIGNATURE else "unknown"
    except (OSError, ValueError):
        return "unknown"


def node_object(endpoint: str, name: str) -> str:
    """What the API says to this host's own credentials about its node: "present", "missing", "refused" or "unknown"."""
    try:
        url, mine = f"https://{endpoint}/api/v1/nodes/{name}", {"ca_path": CA, "client_cert": KUBELET_CLIENT}
        with open_url(url, **PLAIN, **mine):
            return "present"
    except urllib.error.HTTPError as exc:
        return {404: "missing", 401: "refused", 403: "refused"}.get(exc.code, "unknown")
    except OSError:
        return "unknown"


def kubelet_endpoint() -> str:
    """Host and port of the API that the node on this host belongs to, "" when there is none."""
    return server(_files.read(KUBELET) or "")


__all__ = (
    "ADMIN",
    "BOOTSTRAP",
    "CA",
    "KUBELET",
    "SUPER_ADMIN",
    "KubeadmError",
    "Ran",
    "api_ready",
    "forget_pod_range",
    "forget_pods",
    "join",
    "kubectl",
    "kubelet_endpoint",
    "locked",
    "node_object",
    "note",
    "private_file",
    "record",
    "run",
    "vouches",
)
