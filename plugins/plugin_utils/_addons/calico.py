# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Calico's manifest ``calico.yaml`` changed as data, and what its releases can do.

The names of the variables are those of calico/node (docs.tigera.io, "Configuring calico/node") and of Felix, whose
every setting is ``FELIX_`` and its name.
"""

from __future__ import annotations

import copy
import dataclasses
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import POD_NETWORKS
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object, container, find

# Encapsulation -> the modes of the IPv4 pool (IPIP, VXLAN). Those without VXLAN need BGP to tell nodes the routes.
ENCAPSULATIONS = {
    "vxlan": ("Never", "Always"),
    "vxlan_cross_subnet": ("Never", "CrossSubnet"),
    "ipip": ("Always", "Never"),
    "none": ("Never", "Never"),
}
DATAPLANES = ("auto", "nftables", "iptables")
# What calico/node takes where nothing is said, and the longest prefix that a block may have.
BLOCK_SIZES = {4: (26, 32), 6: (122, 128)}
# Upstream looks at cards only; a node's address may as well be on a bond or a bridge of its own.
MTU_CARDS = "^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan|bond|br|lan|team|vmbr)[0-9].*)"
_BIRD_PROBE = re.compile(r"--?bird6?-(live|ready)")
_IPAM = '"type": "calico-ipam"'


@dataclasses.dataclass(frozen=True)
class Release:
    """What a release of Calico can do.

    ``nftables``: whether it writes nftables itself. ``follows``: whether it sees by itself what kube-proxy uses. ``registry``:
    where its images are.
    """

    nftables: bool
    follows: bool
    registry: str = POD_NETWORKS["calico"].registry


# The releases whose manifest was rendered and looked at. Earlier ones were never tried; a newer one is a line here.
RELEASES = {
    "3.28": Release(nftables=False, follows=False, registry="docker.io"),
    "3.29": Release(nftables=True, follows=False, registry="docker.io"),
    "3.30": Release(nftables=True, follows=False, registry="docker.io"),
    "3.31": Release(nftables=True, follows=False),
    "3.32": Release(nftables=True, follows=True),
    "3.33": Release(nftables=True, follows=True),
}


def release(version: str) -> Release:
    """What a version (``v3.33.0``) can do. Raises ValueError for one that is malformed or not known."""
    match = re.fullmatch(r"v([0-9]+\.[0-9]+)\.[0-9]+", version)
    if not match:
        raise ValueError(f'"{version}" is no version of Calico: it is written like v3.33.0')
    if match.group(1) not in RELEASES:
        raise ValueError(f"Calico {version} is none of the releases whose manifest is known: {', '.join(RELEASES)}")
    return RELEASES[match.group(1)]


def registry(version: object) -> str:
    """Where the images of a version are; where those of today's are for one that is not known, which is another finding."""
    try:
        return release(str(version)).registry
    except ValueError:
        return Release.registry


def needs_bgp(encapsulation: str) -> bool:
    """Whether nodes tell each other their routes by BGP."""
    return ENCAPSULATIONS[encapsulation][1] == "Never"


def dataplane(wanted: str, version: str, proxy_mode: str) -> dict[str, str]:
    """Felix' settings for ``auto``, ``nftables`` or ``iptables``; raises ValueError where that cannot work.

    Where iptables is used it is its nftables variant, which every supported system has: two generations of rules in
    one kernel do not see each other.
    """
    able = release(version)
    iptables = {"FELIX_IPTABLESBACKEND": "NFT"}
    if wanted == "nftables":
        if not able.nftables:
            raise ValueError(
                f"calico_dataplane is nftables, but Calico {version} writes iptables rules only; nftables came with v3.29"
            )
        if proxy_mode != "nftables":
            raise ValueError(
                f"calico_dataplane is nftables, but kube-proxy works with {proxy_mode}: Calico's nftables rules need "
                "kube-proxy's to be of the same kind"
            )
        return {"FELIX_NFTABLESMODE": "Enabled"}
    if wanted == "auto":
        return {} if able.follows else iptables
    if wanted != "iptables":
        raise ValueError(f'"{wanted}" is no dataplane; there are {", ".join(DATAPLANES)}')
    return {**iptables, "FELIX_NFTABLESMODE": "Disabled"} if able.nftables else iptables


def families(pools: str) -> dict[int, str]:
    """``10.244.0.0/16,fd00:10:244::/56`` -> {4: ..., 6: ...}; raises ValueError."""
    ranges = [_ip.network(part) for part in split_addresses(pools)]
    result: dict[int, str] = {network.version: str(network) for network in ranges}
    if len(result) != len(ranges):
        raise ValueError(f"{pools} has two ranges of one family; Calico's first pools are one of each")
    return result


def block_sizes(node_blocks: t.Mapping[int, int]) -> dict[int, int]:
    """Prefix lengths of the blocks that nodes take addresses from.

    Calico's usual ones, but never larger than the share of the range that the address plan counts for a node
    (``node_blocks``): every node gets at least one.
    """
    return {
        family: min(max(usual, node_blocks.get(family, 0)), longest) for family, (usual, longest) in BLOCK_SIZES.items()
    }


def _pools(ranges: t.Mapping[int, str], encapsulation: str, sizes: t.Mapping[int, int]) -> dict[str, str]:
    """The variables of the first pools. They are read once: a pool that exists is not changed any more."""
    ipip, vxlan = ENCAPSULATIONS[encapsulation]
    result = {
        "IP": "autodetect" if 4 in ranges else "none",
        "CALICO_IPV4POOL_IPIP": ipip,
        "CALICO_IPV4POOL_VXLAN": vxlan,
        "CALICO_IPV6POOL_VXLAN": vxlan if 6 in ranges else "Never",
    }
    for family, network in ranges.items():
        result[f"CALICO_IPV{family}POOL_CIDR"] = network
        result[f"CALICO_IPV{family}POOL_BLOCK_SIZE"] = str(sizes[family])
        # The address of the card that the kubelet told the API server: cluster_node_ip.
        result[f"IP{'6' if family == 6 else ''}_AUTODETECTION_METHOD"] = "kubernetes-internal-ip"
    if 6 in ranges:
        result |= {"IP6": "autodetect", "FELIX_IPV6SUPPORT": "true", "CALICO_IPV6POOL_NAT_OUTGOING": "true"}
    if 4 not in ranges:
        result["CALICO_ROUTER_ID"] = "hash"
    return result


def _felix(ranges: t.Mapping[int, str], wireguard: bool) -> dict[str, str]:
    """Felix' settings: nothing is reported to anybody, and pods' packets fit through the node's cards."""
    result = {"FELIX_USAGEREPORTINGENABLED": "false", "FELIX_MTUIFACEPATTERN": MTU_CARDS}
    if wireguard:
        result |= {f"FELIX_WIREGUARDENABLED{'V6' if family == 6 else ''}": "true" for family in ranges}
    return result


def _set(daemon: Object, values: t.Mapping[str, str | None]) -> None:
    """Sets variables of a container in place, the manifest's order kept; None removes one."""
    kept = [entry for entry in daemon["env"] if entry["name"] not in values]
    daemon["env"] = kept + [{"name": name, "value": value} for name, value in values.items() if value is not None]


def _without_bird(daemon: Object) -> None:
    for probe in ("livenessProbe", "readinessProbe"):
        command = daemon[probe]["exec"]["command"]
        daemon[probe]["exec"]["command"] = [word for word in command if not _BIRD_PROBE.fullmatch(word)]


def _ask_soon(part: Object) -> None:
    """Asks for readiness every second until it is there once, instead of every ten: a fresh run waits for it."""
    part["startupProbe"] = {
        "exec": copy.deepcopy(part["readinessProbe"]["exec"]),
        "periodSeconds": 1,
        "timeoutSeconds": 10,
        "failureThreshold": 120,
    }


def _endpoint(host_and_port: str) -> Object:
    """Lets Calico ask the API where kubelets do. The manifest's containers read it if it is there.

    Otherwise they use the service's address, fail on a node whose kube-proxy has not begun, and begin anew 10 or 20 s later.
    """
    host, port = host_and_port.rsplit(":", 1)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kubernetes-services-endpoint", "namespace": "kube-system"},
        "data": {"KUBERNETES_SERVICE_HOST": host.strip("[]"), "KUBERNETES_SERVICE_PORT": port},
    }


def _assign_families(config: Object, ranges: t.Mapping[int, str]) -> None:
    """Lets pods have addresses of just these families. The text holds placeholders and is no JSON yet."""
    if list(ranges) == [4]:
        return
    text = config["cni_network_config"]
    if text.count(_IPAM) != 1:
        raise ValueError("the manifest's cni_network_config does not name calico-ipam; its layout is not known")
    flags = "".join(f', "assign_ipv{family}": "{str(family in ranges).lower()}"' for family in (4, 6))
    config["cni_network_config"] = text.replace(_IPAM, _IPAM + flags)


def calico(
    manifest: t.Sequence[Object],
    *,
    version: str,
    pools: str,
    encapsulation: str = "vxlan",
    dataplane_wanted: str = "auto",
    proxy_mode: str = "nftables",
    node_blocks: t.Mapping[int, int] | None = None,
    mtu: int = 0,
    wireguard: bool = False,
    endpoint: str = "",
    environment: t.Mapping[str, str | None] | None = None,
) -> list[Object]:
    """Calico for one cluster: copies of the manifest's objects, changed.

    ``mtu`` 0 lets every node find its own. ``endpoint`` is the API's host and port. ``environment`` comes last and wins.
    Raises ValueError for a value that cannot work with this version, or a manifest of another layout, as the operator's.
    """
    if encapsulation not in ENCAPSULATIONS:
        raise ValueError(f'"{encapsulation}" is no encapsulation; there are {", ".join(ENCAPSULATIONS)}')
    ranges, bgp = families(pools), needs_bgp(encapsulation)
    objects = [*([_endpoint(endpoint)] if endpoint else []), *copy.deepcopy(list(manifest))]
    config = find(objects, "ConfigMap", "calico-config")["data"]
    config.update(calico_backend="bird" if bgp else "vxlan", veth_mtu=str(mtu))
    _assign_families(config, ranges)
    daemon = container(find(objects, "DaemonSet", "calico-node"), "calico-node")
    variables: dict[str, str | None] = {
        "CLUSTER_TYPE": "k8s,bgp" if bgp else "k8s",
        **_pools(ranges, encapsulation, block_sizes(node_blocks or {})),
        **_felix(ranges, wireguard),
        **dataplane(dataplane_wanted, version, proxy_mode),
        **(environment or {}),
    }
    _set(daemon, variables)
    if not bgp:
        _without_bird(daemon)
    _ask_soon(daemon)
    _ask_soon(container(find(objects, "Deployment", "calico-kube-controllers"), "calico-kube-controllers"))
    return objects


def images(text: str) -> list[str]:
    """The images that a manifest's text names, each once."""
    return sorted(set(re.findall(r"^\s*image:\s*[\"']?([^\s\"']+)", text, re.MULTILINE)))


def unfit(text: str, version: str) -> str:
    """Why the text of a manifest is not the one of a version; "" when it is, or names its images by digest."""
    if not re.search(r"^  name: calico-node$", text, re.MULTILINE):
        return "it has no DaemonSet calico-node: only calico.yaml is known here, not the operator's manifest"
    other = [name for name in images(text) if "@" not in name and not name.endswith(f":{version}")]
    return f"it runs {', '.join(other)} and not {version}" if other else ""


__all__ = (
    "DATAPLANES",
    "ENCAPSULATIONS",
    "RELEASES",
    "block_sizes",
    "calico",
    "dataplane",
    "families",
    "images",
    "needs_bgp",
    "release",
    "unfit",
)
