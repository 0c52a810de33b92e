# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the texts of /proc, /sys and /etc say about a host. Only parsing: the module reads the files."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note

TCP_LISTEN = "0A"
UDP_UNCONNECTED = "07"

# The kernel option that means "built in" where a kernel has no list of its built-in modules, as in a container.
KERNEL_OPTIONS = {
    "br_netfilter": "CONFIG_BRIDGE_NETFILTER",
    "ip_vs": "CONFIG_IP_VS",
    "nf_conntrack": "CONFIG_NF_CONNTRACK",
    "nf_tables": "CONFIG_NF_TABLES",
    "nft_fib": "CONFIG_NFT_FIB",
    "nft_fib_ipv4": "CONFIG_NFT_FIB_IPV4",
    "nft_masq": "CONFIG_NFT_MASQ",
    "nft_numgen": "CONFIG_NFT_NUMGEN",
    "nfs": "CONFIG_NFS_FS",
    "nfsd": "CONFIG_NFSD",
    "overlay": "CONFIG_OVERLAY_FS",
    **{key: option for network in _cni.POD_NETWORKS.values() for key, option in network.modules.items()},
    **{key: option for network in _cni.POD_NETWORKS.values() for key, option in network.more_modules.items()},
}


class Listener(t.NamedTuple):
    """A socket that waits for others; ``inode`` leads to its process, 0 is the kernel itself."""

    proto: str
    address: str
    port: int
    inode: int


def os_release(text: str) -> dict[str, str]:
    """id, version_id, codename and pretty name from os-release(5)."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    values = {key.strip(): value.strip().strip("\"'") for key, value in pairs}
    return {
        "id": values.get("ID", ""),
        "version_id": values.get("VERSION_ID", ""),
        "codename": values.get("VERSION_CODENAME", ""),
        "pretty": values.get("PRETTY_NAME", ""),
    }


# os-release's ID -> how Ansible's own facts name the distribution.
DISTRIBUTIONS = {
    "almalinux": "AlmaLinux",
    "centos": "CentOS",
    "debian": "Debian",
    "rhel": "RedHat",
    "rocky": "Rocky",
    "ubuntu": "Ubuntu",
}


def ansible_facts(release: t.Mapping[str, str]) -> dict[str, str]:
    """What Ansible's setup would tell of the distribution, out of ``os_release``: a second look at the host saved."""
    distribution = DISTRIBUTIONS.get(release["id"], release["id"])
    return {
        "distribution": distribution,
        "distribution_major_version": release["version_id"].split(".")[0],
        "distribution_release": release["codename"],
        "os_family": "Debian" if distribution in ("Debian", "Ubuntu") else "RedHat",
    }


def socket_address(text: str) -> tuple[str, int]:
    """``0100007F:1F90`` -> ("127.0.0.1", 8080); the kernel prints addresses as little-endian 32-bit words."""
    words, _colon, port = text.partition(":")
    raw = b"".join(bytes.fromhex(words[i : i + 8])[::-1] for i in range(0, len(words), 8))
    return str(ipaddress.ip_address(raw)), int(port, 16)


def listeners(text: str, proto: str) -> list[Listener]:
    """Listening sockets of /proc/net/{tcp,tcp6,udp,udp6}; ``proto`` is tcp or udp."""
    wanted = TCP_LISTEN if proto == "tcp" else UDP_UNCONNECTED
    result = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9 and fields[3] == wanted:
            address, port = socket_address(fields[1])
            result.append(Listener(proto, address, port, int(fields[9])))
    return result


def memory_mib(text: str) -> int:
    """MemTotal of /proc/meminfo."""
    match = re.search(r"^MemTotal:\s+([0-9]+) kB", text, re.MULTILINE)
    return int(match.group(1)) // 1024 if match else 0


def memory_limit_mib(text: str, total: int) -> int:
    """The smaller of the memory there is and a control group's limit in bytes (``max`` or nothing is no limit)."""
    limit = text.strip()
    return min(total, int(limit) // 2**20) if limit.isascii() and limit.isdigit() else total


def swaps(text: str) -> list[str]:
    """Devices and files of /proc/swaps."""
    return [line.split()[0] for line in text.splitlines()[1:] if line.strip()]


def kubeconfig_server(text: str) -> str:
    """The API server a kubeconfig names, without reading anything else of it."""
    match = re.search(r"^\s*server:\s*[\"']?(\S+?)[\"']?\s*$", text, re.MULTILINE)
    return match.group(1) if match else ""


def running_cluster(
    record: str,
    api_server: str,
    controller_manager: str,
    kubelet: str,
    remains: t.Iterable[str] = (),
    admin: str = "",
    *,
    lived: bool = False,
) -> dict[str, str]:
    """What the cluster of a control plane was made with and keeps: pods, services, dns_domain, cni, server; {} where none runs.

    Read from our note, two static pods, the kubelet's configuration and the administrator's, so that it is known while the API is down. A
    start of ours that was cut off is no cluster yet, and its values may still change, unless it ``lived`` on
    (``_kubeadm_note.life``).
    """
    begun = _kubeadm_note.parse(record).get("control_plane") == "started"
    if not api_server or (begun and not lived):
        return {}

    def flag(name: str, text: str) -> str:
        match = re.search(rf"^\s*-\s*[\"']?--{name}=([^\s\"']+)", text, re.MULTILINE)
        return match.group(1) if match else ""

    domain = re.search(r"^clusterDomain:\s*[\"']?([^\s\"']+)", kubelet, re.MULTILINE)
    found = {
        "pods": flag("cluster-cidr", controller_manager),
        "services": flag("service-cluster-ip-range", api_server),
        "dns_domain": domain.group(1) if domain else "",
        "cni": cni_of(remains),
        "server": kubeconfig_server(admin),
    }
    return {key: value for key, value in found.items() if value}


# Words in the names of /etc/cni/net.d's files, the more telling one first.
CNI_NAMES = ("canal", *_cni.OURS, "cilium", "weave", "antrea", "kube-router", "kindnet")


def cni_of(paths: t.Iterable[str]) -> str:
    """The pod network that a runtime would take: that of the first file by name; "" for none that is known."""
    for path in sorted(path for path in paths if path.startswith("/etc/cni/net.d/")):
        for name in CNI_NAMES:
            if name in path.rsplit("/", 1)[-1]:
                return name
    return ""


def keepalived_owner(text: str, verified: t.Optional[str], path: str) -> str:
    """Whose keepalived's configuration is: ours, package (Red Hat's brings an example), user, or nobody's where there is none.

    ``verified`` is what ``rpm --verify`` prints, a line for each file that is another than the package's; None without rpm.
    """
    if not text.strip():
        return "nobody"
    if text.startswith(HEADER):
        return "ours"
    return "user" if verified is None or path in verified else "package"


def package_versions(text: str) -> dict[str, str]:
    """Lines of name, version and status, separated by tabs; packages that are known but not installed are left out."""
    fields = (line.split("\t") for line in text.splitlines())
    return {f[0]: f[1] for f in fields if len(f) == 3 and f[2] == "installed"}


def unit_states(units: t.Sequence[str], text: str) -> list[str]:
    """Which of the units ``systemctl is-active`` printed as active; it prints one line for each, in order."""
    return [unit for unit, state in zip(units, text.split()) if state == "active"]


def module_names(text: str) -> set[str]:
    """Names in modules.builtin or modules.dep: the file of every line, without directory and suffix."""
    files = (line.split(":", 1)[0].rsplit("/", 1)[-1] for line in text.splitlines())
    return {name.split(".ko", 1)[0].replace("-", "_") for name in files if ".ko" in name}


def kernel_options(text: str) -> dict[str, str]:
    """The options of a kernel configuration that KERNEL_OPTIONS asks for, with y or m."""
    wanted = set(KERNEL_OPTIONS.values())
    pairs = (line.split("=", 1) for line in text.splitlines() if line.startswith("CONFIG_") and "=" in line)
    return {key: value for key, value in pairs if key in wanted}


@dataclasses.dataclass(frozen=True)
class Kernel:
    """Everything that can tell whether a kernel module is there."""

    loaded: t.AbstractSet[str]
    builtin: t.AbstractSet[str]
    loadable: t.AbstractSet[str]
    options: t.Mapping[str, str]

    def state(self, module: str) -> str:
        """loaded, builtin, loadable, absent, or unknown where the kernel says nothing about itself."""
        if module in self.loaded:
            return "loaded"
        if module in self.builtin or self.options.get(KERNEL_OPTIONS.get(module, "")) == "y":
            return "builtin"
        if module in self.loadable:
            return "loadable"
        return "absent" if self.loadable or self.options else "unknown"


def resolver_servers(texts: t.Iterable[str], nameservers: t.Callable[[str], list[str]]) -> list[str]:
    """Name servers of the first resolver file that names one outside loopback, else those of the first.

    systemd-resolved writes its stub into /etc/resolv.conf and the real servers elsewhere.
    """
    found = [nameservers(text) for text in texts]
    real = (servers for servers in found if servers and not all(s.startswith("127.") or s == "::1" for s in servers))
    return next(real, next(iter(found), []))


__all__ = (
    "KERNEL_OPTIONS",
    "Kernel",
    "Listener",
    "ansible_facts",
    "keepalived_owner",
    "kernel_options",
    "kubeconfig_server",
    "listeners",
    "memory_limit_mib",
    "memory_mib",
    "module_names",
    "os_release",
    "package_versions",
    "resolver_servers",
    "socket_address",
    "swaps",
    "unit_states",
)
