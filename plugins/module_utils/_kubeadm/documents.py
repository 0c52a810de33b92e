# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""kubeadm's configuration documents, made from the cluster's variables and the user's own settings.

Fields follow https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import primary_address, split_addresses

API_VERSION = "kubeadm.k8s.io/v1beta4"
CRI_SOCKET = "unix:///run/containerd/containerd.sock"
RESOLVER = "/etc/kubernetes/resolv.conf"

Document = t.Dict[str, t.Any]


def _is_argument_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, dict) and {"name", "value"} == set(v) for v in value)


def merge(base: t.Mapping[str, t.Any], user: t.Mapping[str, t.Any], path: str = "") -> Document:
    """``base`` with ``user``'s settings laid over it; neither is changed.

    Mappings merge key by key. Arguments (lists of name and value, as v1beta4 has them) merge by name. Any other list or
    value of the user replaces ours. Raises ValueError when the user gives arguments as a mapping, v1beta3's shape.
    """
    result = dict(base)
    for key, value in user.items():
        place = f"{path}.{key}" if path else key
        if key.lower().endswith("extraargs") and isinstance(value, t.Mapping):
            first = next(iter(value), "name")
            raise ValueError(
                f"{place} is a mapping, which kubeadm's v1beta4 configuration no longer reads; write a list: "
                f"[{{name: {first}, value: {value.get(first, 'value')!r}}}]"
            )
        mine = result.get(key)
        if isinstance(value, t.Mapping):
            result[key] = merge(mine if isinstance(mine, t.Mapping) else {}, value, place)
        elif mine and _is_argument_list(mine) and _is_argument_list(value):
            named = {v["name"] for v in value}
            result[key] = [v for v in mine if v["name"] not in named] + list(value)
        else:
            result[key] = value
    return result


def node_registration(
    name: str, address: str, *, ignore_preflight_errors: t.Sequence[str] = (), schedulable: bool | None = None
) -> Document:
    """``nodeRegistration`` of a host; ``address`` is one, or an IPv4 and an IPv6 one separated by a comma.

    ``schedulable`` is told for control planes only, where no taint means an empty list.
    """
    registration: Document = {
        "name": name,
        "criSocket": CRI_SOCKET,
        "kubeletExtraArgs": [{"name": "node-ip", "value": ",".join(split_addresses(address))}],
    }
    if ignore_preflight_errors:
        registration["ignorePreflightErrors"] = list(ignore_preflight_errors)
    if schedulable:
        registration["taints"] = []
    return registration


def init_configuration(name: str, address: str, schedulable: bool, ignore: t.Sequence[str]) -> Document:
    """The first control plane. kubeadm insists on a token; ours are made when a node joins, so this one dies at once."""
    return {
        "apiVersion": API_VERSION,
        "kind": "InitConfiguration",
        "bootstrapTokens": [{"description": "made by kubeadm init, never used", "ttl": "1s"}],
        "localAPIEndpoint": {"advertiseAddress": primary_address(address), "bindPort": 6443},
        "nodeRegistration": node_registration(name, address, ignore_preflight_errors=ignore, schedulable=schedulable),
    }


def cluster_configuration(cluster: t.Mapping[str, t.Any]) -> Document:
    """What all nodes agree on; ``cluster`` has name, version, endpoint, sans, pods, services, dns_domain."""
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterConfiguration",
        "clusterName": cluster["name"],
        "kubernetesVersion": f"v{cluster['version']}",
        "controlPlaneEndpoint": cluster["endpoint"],
        "networking": {
            "podSubnet": cluster["pods"],
            "serviceSubnet": cluster["services"],
            "dnsDomain": cluster["dns_domain"],
        },
        "apiServer": {"certSANs": sorted(set(cluster["sans"]))},
    }


def kubelet_configuration() -> Document:
    """The systemd driver is said aloud because containerd 1.7 cannot be asked for it."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDriver": "systemd",
        "resolvConf": RESOLVER,
    }


def kube_proxy_configuration(mode: str) -> Document:
    """The mode is always explicit: kubeadm's own default is going to change. ipvs needs strict ARP for MetalLB."""
    document: Document = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": mode,
    }
    if mode == "ipvs":
        document["ipvs"] = {"strictARP": True}
    return document


def init_documents(
    cluster: t.Mapping[str, t.Any], node: t.Mapping[str, t.Any], user: t.Mapping[str, t.Any]
) -> list[Document]:
    """All documents of ``kubeadm init``, the user's settings (init, cluster, kubelet, kube_proxy) merged last."""
    made = {
        "init": init_configuration(node["name"], node["address"], node["schedulable"], node["ignore_preflight_errors"]),
        "cluster": cluster_configuration(cluster),
        "kubelet": kubelet_configuration(),
        "kube_proxy": kube_proxy_configuration(cluster["proxy_mode"]),
    }
    return [merge(document, user.get(key) or {}, key) for key, document in made.items()]


def join_configuration(
    node: t.Mapping[str, t.Any],
    discovery: t.Mapping[str, t.Any],
    user: t.Mapping[str, t.Any],
    *,
    control_plane: bool = False,
) -> Document:
    """The JoinConfiguration of a worker or a further control plane; ``discovery`` has endpoint, token and ca_cert_hash."""
    own = {"localAPIEndpoint": {"advertiseAddress": primary_address(node["address"]), "bindPort": 6443}}
    return merge(
        {
            "apiVersion": API_VERSION,
            "kind": "JoinConfiguration",
            "discovery": {
                "bootstrapToken": {
                    "apiServerEndpoint": discovery["endpoint"],
                    "token": discovery["token"],
                    "caCertHashes": [discovery["ca_cert_hash"]],
                }
            },
            "nodeRegistration": node_registration(
                node["name"],
                node["address"],
                ignore_preflight_errors=node["ignore_preflight_errors"],
                schedulable=node.get("schedulable"),
            ),
            **({"controlPlane": own} if control_plane else {}),
        },
        user,
    )


def text(documents: t.Iterable[t.Mapping[str, t.Any]]) -> str:
    """Documents as a file that kubeadm reads: JSON, because that is YAML too, and a host has a library for it.

    No line within a document begins with ``---``, which parts them.
    """
    return "---\n".join(json.dumps(document, indent=2, ensure_ascii=False) + "\n" for document in documents)


__all__ = ("Document", "init_configuration", "init_documents", "join_configuration", "merge", "text")
