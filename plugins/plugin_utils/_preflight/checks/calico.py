# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What Calico cannot do as it was asked for, and what another pod network left on a host."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._cni import OURS, POD_NETWORKS
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import facts as _host
from ansible_collections.homelab.kubernetes.plugins.module_utils._inventory import split_addresses
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons import calico as _objects_calico
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address.values import network
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._catalog import cni as kinds
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Context
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.variables import yes

# An encapsulation, and the kernel module behind it.
_IPIP = "ipip"


def _running(context: Context) -> t.Set[str]:
    """The pod networks of clusters that run here."""
    return {facts["running_cluster"].get("cni", "") for facts in context.seen.values()} - {""}


def check_cni_remains(context: Context) -> t.Iterable[Finding]:
    """Another network's configuration or devices; on nodes of a running cluster that is running-cluster-differs."""
    wanted = context.plan.get("cni", "")
    if wanted not in OURS:
        return
    for name, facts in context.seen.items():
        for other in sorted(set(OURS) - {wanted} - _running(context)):
            files = [path for path in facts["remains"] if _host.cni_of([path]) == other]
            names = [interface["name"] for interface in facts["interfaces"]]
            links = [link for link in names if POD_NETWORKS[other].makes(link)]
            if not files and not links:
                continue
            remove = [f"rm {' '.join(files)}"] if files else []
            remove += [f"ip link delete {link}" for link in links]
            yield kinds.CNI_REMAINS.at(
                name,
                subjects=["cluster_cni"],
                other=other,
                wanted=wanted,
                remains=", ".join([*files, *links]),
                remove=" && ".join(remove),
            )


def check_calico(context: Context) -> t.Iterable[Finding]:
    """Everything about Calico, where it is the pod network."""
    if context.plan.get("cni") == "calico":
        yield from _version(context.plan)
        yield from _pool(context.plan)
        yield from _kernel(context)
        yield from _firewall(context)
        yield from _encapsulation(context)


def _version(plan: t.Mapping[str, t.Any]) -> t.Iterable[Finding]:
    """The release, and whether it can write the rules asked for."""
    version, wanted = plan.get("calico_version"), plan.get("calico_dataplane")
    if not isinstance(version, str):
        return
    try:
        _objects_calico.release(version)
    except ValueError as exc:
        yield kinds.CALICO_VERSION_UNSUPPORTED.at(subjects=["calico_version"], reason=exc)
        return
    try:
        _objects_calico.dataplane(str(wanted), version, str(plan.get("proxy_mode", "nftables")))
    except ValueError as exc:
        if wanted in _objects_calico.DATAPLANES:
            yield kinds.CALICO_DATAPLANE_IMPOSSIBLE.at(subjects=["calico_dataplane"], problem=exc)


def _parts(text: t.Any) -> t.List[str]:
    """The parts of ``a,b``."""
    return split_addresses(str(text))


def _pool(plan: t.Mapping[str, t.Any]) -> t.Iterable[Finding]:
    """The pools lie within the pod range, wherever they are given."""
    environment = plan.get("calico_environment") or {}
    given = {"calico_pool_cidr": plan.get("calico_pool_cidr")}
    names = ("CALICO_IPV4POOL_CIDR", "CALICO_IPV6POOL_CIDR")
    given.update({f"calico_environment.{name}": environment[name] for name in names if environment.get(name)})
    try:
        pods = list(map(network, _parts(plan.get("pods"))))
    except ValueError:
        return  # the address plan says so
    for place, text in given.items():
        if not text:
            continue
        known: dict[str, t.Any] = {"subjects": [place.split(".", maxsplit=1)[0]], "place": place, "pods": plan["pods"]}
        try:
            pools = list(map(network, _parts(text)))
        except ValueError as exc:
            yield kinds.CALICO_POOL_INVALID.at(**known, pool=text, problem=exc)
            continue
        for pool in pools:
            if not any(pool in range_ for range_ in pods):
                yield kinds.CALICO_POOL_OUTSIDE_PODS.at(**known, pool=pool)


def _kernel(context: Context) -> t.Iterable[Finding]:
    """Modules for what is not usual; VXLAN's is among the usual ones."""
    wanted = {
        _IPIP: context.plan.get("calico_encapsulation") == _IPIP,
        "wireguard": yes(context.plan.get("calico_wireguard", False)),
    }
    fixes = {_IPIP: "calico_encapsulation: vxlan", "wireguard": "calico_wireguard: false"}
    for name, facts in context.seen.items():
        for module in (module for module, on in wanted.items() if on):
            if facts["kernel_modules"].get(module) == "absent":
                yield kinds.CALICO_MODULE_MISSING.at(name, kernel=facts["kernel"], module=module, instead=fixes[module])


def _firewall(context: Context) -> t.Iterable[Finding]:
    """IP-in-IP is a protocol of its own, which the firewalls' usual rules cannot name."""
    for name, facts in context.seen.items():
        if context.plan.get("calico_encapsulation") == _IPIP and facts["firewalls"]:
            yield kinds.CALICO_IPIP_FIREWALL.at(
                name, subjects=["calico_encapsulation"], firewalls=", ".join(facts["firewalls"])
            )


def _encapsulation(context: Context) -> t.Iterable[Finding]:
    """A pool that exists keeps its encapsulation, whatever the manifest says later."""
    wanted = str(context.plan.get("calico_encapsulation", ""))
    for name, facts in context.seen.items():
        if facts["running_cluster"].get("cni") != "calico" or wanted not in _objects_calico.ENCAPSULATIONS:
            continue
        tunnelled = context.network.device in {interface["name"] for interface in facts["interfaces"]}
        if tunnelled != (not _objects_calico.needs_bgp(wanted)):
            ipip, vxlan = _objects_calico.ENCAPSULATIONS[wanted]
            yield kinds.CALICO_POOL_DIFFERS.at(
                name,
                subjects=["calico_encapsulation"],
                wanted=wanted,
                with_or_without="with" if tunnelled else "without",
                ipip=ipip,
                vxlan=vxlan,
            )


__all__ = ("check_calico", "check_cni_remains")
