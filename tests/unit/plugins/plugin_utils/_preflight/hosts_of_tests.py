# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Good hosts as host_facts tells of them, a plan that fits, and what every check together says of them."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Host, Plan
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.table import findings

NOW = 1_800_000_000.0


def facts(number: int, **changes: t.Any) -> dict[str, t.Any]:
    """What host_facts says of a good machine."""
    good: dict[str, t.Any] = {
        "os": {"id": "debian", "version_id": "13", "codename": "trixie", "pretty": "Debian GNU/Linux 13 (trixie)"},
        "kernel": "6.12.0",
        "architecture": "x86_64",
        "python": "3.13.5",
        "uid": 0,
        "hostname": f"mini{number}",
        "machine_id": f"{number:032x}",
        "product_uuid": f"0000-{number}",
        "container": "",
        "interfaces": [
            {
                "name": "lo",
                "kind": "",
                "mac": "00:00:00:00:00:00",
                "mtu": 65536,
                "up": True,
                "addresses": ["127.0.0.1/8"],
            },
            {
                "name": "eth0",
                "kind": "",
                "mac": f"02:00:00:00:00:{number:02x}",
                "mtu": 1500,
                "up": True,
                "addresses": [f"192.0.2.{number}/24"],
            },
        ],
        "routes": [],
        "router_advertisements": {},
        "dns_servers": [],
        "listeners": [],
        "memory_mib": 8000,
        "cpus": 4,
        "swap": ["/swap.img"],
        "cgroup": {"version": 2, "controllers": []},
        "disk_free_mib": 50000,
        "image_store": {"mount": "/", "type": "ext4", "d_type": True, "zfs": ""},
        "kernel_modules": {"overlay": "loaded", "br_netfilter": "loadable", "nf_tables": "builtin", "vxlan": "unknown"},
        "clock": {"started": NOW, "finished": NOW, "synchronized": True},
        "installed": {},
        "binaries": [],
        "services": [],
        "firewalls": [],
        "remains": [],
        "kubelet_server": "",
        "running_cluster": {},
        "cloud_init": "absent",
        "package_lock": False,
        "packages_interrupted": False,
        "selinux": "disabled",
        "fsync_ms": 0.0,
        "virtual_ip": {"answers": False, "mac": ""},
        "keepalived": "nobody",
        "peers": {},
        "urls": {},
        "proxies": {},
    }
    return {**good, **changes}


def seen(number: int, **changes: t.Any) -> Host:
    return {"state": "ok", "facts": facts(number, **changes), "sent": NOW - 0.2, "received": NOW + 0.3}


def plan(**changes: t.Any) -> Plan:
    good = {
        "control_plane": ["mini1"],
        "workers": ["mini2", "mini3"],
        "cluster": ["mini1", "mini2", "mini3"],
        "kubernetes_version": "1.37.2",
        "cni": "flannel",
        "proxy_mode": "nftables",
        "endpoint": "",
        "node_ips": {f"mini{number}": f"192.0.2.{number}" for number in (1, 2, 3)},
        "kubelet_configuration": {},
        "limits": {},
    }
    return t.cast("Plan", {**good, **changes})


def hosts(**changed: Host) -> dict[str, Host]:
    return {**{f"mini{number}": seen(number) for number in (1, 2, 3)}, **changed}


Told = list[tuple[str, str, str, str]]


def told(of: Plan, on: t.Mapping[str, Host]) -> Told:
    return [(f["severity"], f["id"], f["host"], f["message"]) for f in findings(of, on)]


def system(id_: str, version: str, pretty: str = "") -> dict[str, t.Any]:
    return {"os": {"id": id_, "version_id": version, "codename": "", "pretty": pretty}}


def listener(port: int, process: str, proto: str = "tcp") -> dict[str, t.Any]:
    return {"listeners": [{"proto": proto, "address": "0.0.0.0", "port": port, "process": process}]}


def about(number: int, **changes: t.Any) -> Told:
    """What is said when one of three good hosts differs."""
    return told(plan(), hosts(**{f"mini{number}": seen(number, **changes)}))
