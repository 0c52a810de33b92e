# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the variables of the inventory make necessary: which add-ons and roles, and what hosts are asked before a run.

Variables may still be wrong here, of any type: nothing below fails before the report says so. ``Get`` gives the value of a
variable as the roles will see it, None where it is not set or cannot be evaluated.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import OURS, POD_NETWORKS
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd.config import registry_urls
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.probe import Peer
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _ports
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import virtual_ip as _virtual_ip
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import yes
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._roles import Get

Groups = t.Mapping[str, t.Sequence[str]]

# Roles whose variables are checked in every cluster, in the order of the report.
ALWAYS = (
    "cluster",
    "preflight",
    "prereqs",
    "containerd",
    "kubeadm",
    "virtual_ip",
    "control_plane",
    "workers",
    "placement",
    "local_storage",
    "kubelet_certificates",
    "verify",
)
REGISTRIES = {
    **{name: network.registry for name, network in POD_NETWORKS.items()},
    "metallb": "quay.io",
    "metrics_server": "registry.k8s.io",
}
UPSTREAM_RUNTIME = "https://download.docker.com/"


def addons(get: Get) -> list[str]:
    """The roles of the pod network, the load balancer and figures that the variables call for."""
    cni = get("cluster_cni")
    found = [cni] if cni in OURS else []
    found += ["metallb"] if get("cluster_load_balancer_ranges") else []
    return found + (["metrics_server"] if yes(get("metrics_server_enabled")) else [])


def roles(get: Get, groups: Groups) -> list[str]:
    """Every role that the variables of the cluster call for."""
    servers = bool(groups.get("nfs_servers"))
    storage = ["nfs_server"] * servers + ["nfs_client", "nfs_storage"] * (servers or bool(get("nfs_storage_server")))
    return [*ALWAYS, *addons(get), *storage]


def environment(get: Get) -> dict[str, str] | None:
    """The proxy for whatever is asked; none where its variables or the address plan cannot be read."""
    found = get("_cluster_environment")
    return found if isinstance(found, dict) else None


def registries(get: Get) -> list[str]:
    """Where the images of the cluster come from upstream."""
    names = {**REGISTRIES, "calico": calico.registry(get("calico_version"))}
    found = ["registry.k8s.io", *(names[addon] for addon in addons(get))]
    return found + (["docker.io"] if get("local_storage_provisioner") == "local_path" else [])


def urls(get: Get) -> list[str]:
    """Addresses of registries that every node must reach: the user's mirrors, else upstream. A wrong proxy is not tried."""
    if environment(get) is None:
        return []
    return registry_urls(registries(get), get("containerd_registry_mirrors") or {})


def package_urls(get: Get) -> dict[str, list[str]]:
    """Addresses of package keys that nodes must reach, by family. An address made of a wrong version is not tried, nor a wrong proxy."""
    keys: dict[str, list[str]] = {"deb": [], "rpm": []}
    if environment(get) is None:
        return keys
    if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", str(get("cluster_kubernetes_version") or "")):
        keys["deb"].append(f"{get('kubeadm_apt_repository')}/Release.key")
        keys["rpm"].append(f"{get('kubeadm_rpm_repository')}/repodata/repomd.xml.key")
    if get("containerd_source") == "docker":
        # The default names the host's distribution, which nobody has asked yet.
        repository = get("containerd_repository")
        runtime = f"{repository}/gpg" if repository else UPSTREAM_RUNTIME
        keys = {family: [*found, runtime] for family, found in keys.items()}
    return {family: [url for url in found if re.match("https?://", url)] for family, found in keys.items()}


def paths(get: Get, host: str, groups: Groups) -> list[str]:
    """Directories that an NFS server is to export, as far as they can be read."""
    exports = get("nfs_server_exports") if host in groups.get("nfs_servers", []) else []
    found = [item.get("path") for item in exports if isinstance(item, dict)] if isinstance(exports, list) else []
    return [path for path in found if isinstance(path, str)]


def virtual_ip(get: Get, host: str, groups: Groups, node_ips: t.Mapping[str, str]) -> str:
    """The address that a control plane is going to keep with the others, and that nobody else may have; "" for none."""
    provider = str(get("virtual_ip_provider") or "")
    endpoint = str(get("cluster_endpoint") or "") if host in groups.get("control_plane", []) else ""
    return _virtual_ip.virtual_address(endpoint, {name: [address] for name, address in node_ips.items()}, provider)


def api_ports(get: Get) -> list[int]:
    """The ports of control planes at which the API is reached beside its own; what is no port is another finding."""
    port = get("_cluster_endpoint_port")
    return [port] if isinstance(port, int) and 0 < port < 2**16 else []


def peers(get: Get, host: str, groups: Groups, node_ips: t.Mapping[str, str]) -> dict[str, Peer]:
    """The other nodes' ports that a node will need; nothing for a host that is none."""
    cni = get("cluster_cni")
    if host not in groups.get("cluster", []):
        return {}
    return _ports.node_peers(
        host,
        node_ips,
        control_plane=groups.get("control_plane", []),
        cni=cni if cni in OURS else "none",
        encapsulation=str(get("calico_encapsulation") or "vxlan"),
        load_balancer="metallb" in addons(get),
        api_ports=api_ports(get),
    )


__all__ = (
    "Get",
    "Groups",
    "addons",
    "api_ports",
    "environment",
    "package_urls",
    "paths",
    "peers",
    "registries",
    "roles",
    "urls",
    "virtual_ip",
)
