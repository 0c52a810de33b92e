# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A running cluster gets another endpoint, step by step.

kubeadm rewrites nothing that exists (https://github.com/kubernetes/kubeadm/issues/1955). Every step can be read from the host
or from the API, and its own file is the last thing that a host moves, so whatever cuts this off, the next run goes on. The old
address answers all the time.
"""

from __future__ import annotations

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
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.certificates import FOLDER
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import init_configuration
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.endpoint import (
    same,
    server,
    with_endpoint,
    with_folder,
    with_server,
)

# Seconds until an address that the control planes keep has come up, and until an API server shows its new certificate: it looks
# at the file when that changes, and once a minute.
PATIENCE = 90
# Where pods and nodes that come later learn the endpoint: namespace, ConfigMap, key.
KUBECONFIGS = (("kube-public", "cluster-info", "kubeconfig"), ("kube-system", "kube-proxy", "kubeconfig.conf"))
ANNOTATION = "homelab.kubernetes/endpoint"


def elsewhere(path: str, endpoint: str) -> str:
    """Where a kubeconfig of this host still points, "" when that is the endpoint or there is none."""
    has = server(_files.read(path) or "")
    return has if has and not same(has, endpoint) else ""


def control_plane(node: t.Mapping[str, str], endpoint: str, names: t.Sequence[str], lock: int) -> None:
    """Move a control plane, and what the cluster itself knows. ``node`` has name and address. Raises ValueError.

    Nothing is changed before something answers at the endpoint.
    """
    _await(lambda: host.vouches(endpoint) == "same", f"no API of this cluster answers at {endpoint}")
    text = _configuration()
    wanted = with_endpoint(text, endpoint, names)
    own = node["address"]
    name = endpoint.rpartition(":")[0].strip("[]")
    if not _shown(own, name):
        _certificate(node, wanted, lock)
        _await(lambda: _shown(own, name), f"the API server at {own}:6443 shows no certificate for {name}")
    _await(lambda: _ready(endpoint), f"the API at {endpoint} is not ready")
    if text != wanted:
        _patch("configmap/kubeadm-config", "kube-system", {"data": {"ClusterConfiguration": wanted}})
    for namespace, kept, key in KUBECONFIGS:
        _kubeconfig(namespace, kept, key, endpoint)
    for path in (host.SUPER_ADMIN, host.ADMIN):
        if elsewhere(path, endpoint):
            _files.replace(path, with_server(_files.read(path) or "", endpoint), mode=0o600)


def unfinished(endpoint: str) -> bool:
    """Whether the kubelet of this host reports elsewhere, or stands still since it was moved."""
    command = ["systemctl", "is-active", "--quiet", "kubelet"]
    return bool(elsewhere(host.KUBELET, endpoint)) or bool(
        subprocess.run(command, env=host.ENVIRONMENT, check=False).returncode
    )


def node(endpoint: str) -> None:
    """Move the kubelet of a worker; its pods go on. Raises ValueError when the endpoint is none of its cluster's.

    A kubelet that stands still says that this was cut off.
    """
    if elsewhere(host.KUBELET, endpoint):
        if host.vouches(endpoint) != "same":
            raise ValueError(
                f"the node on this host reports to {host.kubelet_endpoint()}, and no API of its cluster answers at "
                f"{endpoint} from here, so it was not moved there. Look whether {endpoint} can be reached from this host."
            )
        _service("stop")
        _files.replace(host.KUBELET, with_server(_files.read(host.KUBELET) or "", endpoint), mode=0o600)
    _service("start")


def _service(verb: str) -> None:
    done = subprocess.run(
        ["systemctl", verb, "kubelet"], capture_output=True, text=True, env=host.ENVIRONMENT, check=False
    )
    if done.returncode != 0:
        raise ValueError(f"systemctl {verb} kubelet failed: {done.stderr.strip()}")


def _await(condition: t.Callable[[], bool], otherwise: str) -> None:
    """Wait until something is so. Raises ValueError."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() >= deadline:
            raise ValueError(
                f"{otherwise}, after {PATIENCE} s of waiting; the cluster keeps the endpoint that it has, which still answers. Look "
                "whether the address is there (`ip address`, `journalctl -u keepalived`) or the balancer lets it through, then run "
                "the playbook again."
            )
        time.sleep(1)


def _shown(address: str, name: str) -> bool:
    """Whether the API server at an address shows a certificate that is good for a name."""
    try:
        context = ssl.create_default_context(cafile=host.CA)
        with (
            socket.create_connection((address, 6443), timeout=5) as raw,
            context.wrap_socket(raw, server_hostname=name),
        ):
            return True
    except OSError:
        return False


def _ready(endpoint: str) -> bool:
    """Whether the API is ready there, and its certificate good for that."""
    try:
        with open_url(f"https://{endpoint}/readyz", ca_path=host.CA, **{**host.PLAIN, "timeout": 5}) as answer:
            return bool(answer.status == 200)
    except (OSError, ssl.SSLError, urllib.error.URLError):
        return False


def _configuration() -> str:
    """The ClusterConfiguration that the cluster keeps. Raises ValueError."""
    told = host.kubectl("get", "--namespace=kube-system", "configmap/kubeadm-config", "--output=json")
    return str(json.loads(told)["data"]["ClusterConfiguration"])


def _certificate(node: t.Mapping[str, str], configuration: str, lock: int) -> None:
    """Make the certificate of the API server anew, beside the old one, and put it in its place.

    kubeadm leaves one alone that exists, or stops where a name is missing in it.
    """
    os.makedirs(host.PRIVATE, mode=0o700, exist_ok=True)
    folder = tempfile.mkdtemp(dir=host.PRIVATE, prefix="kubeadm-")
    try:
        for name in ("ca.crt", "ca.key"):
            shutil.copy2(f"{FOLDER}/{name}", folder)
        own = init_configuration(node["name"], node["address"], False, [])
        with host.private_file(with_folder(configuration, folder) + "---\n" + json.dumps(own) + "\n") as path:
            command = ["kubeadm", "init", "phase", "certs", "apiserver", "--config", path]
            host.run(command, "kubeadm init phase certs apiserver", lock)
        for name, mode in (("apiserver.key", 0o600), ("apiserver.crt", 0o644)):
            _files.replace(f"{FOLDER}/{name}", _files.read(f"{folder}/{name}") or "", mode=mode)
    finally:
        shutil.rmtree(folder)


def _patch(what: str, namespace: str, change: t.Mapping[str, t.Any]) -> None:
    host.kubectl("patch", what, f"--namespace={namespace}", "--type=merge", f"--patch={json.dumps(change)}")


def _kubeconfig(namespace: str, name: str, key: str, endpoint: str) -> None:
    """Move a kubeconfig that the cluster keeps for others, and whoever has read it. A cluster without kube-proxy has none for it."""
    get = ("get", f"--namespace={namespace}", "--ignore-not-found", "--output=json")
    told = host.kubectl(*get, f"configmap/{name}")
    text = str(json.loads(told)["data"].get(key, "")) if told else ""
    if text and not same(server(text), endpoint):
        _patch(f"configmap/{name}", namespace, {"data": {key: with_server(text, endpoint)}})
    if told and host.kubectl(*get, f"daemonset/{name}"):
        # It reads the file at its start alone; the pods of a template that stays the same stay too.
        annotated = {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: endpoint}}}}}
        _patch(f"daemonset/{name}", namespace, annotated)


__all__ = ("control_plane", "elsewhere", "node", "unfinished")
