#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_facts
short_description: Everything about a host that decides whether it can be a Kubernetes node
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Reads in one go what C(setup) does not tell or tells slowly. It changes nothing.
  - Where Ansible's own folder for temporary files, C(~/.ansible/tmp), is missing, it is made. With pipelining, every later module that needs it would
    otherwise warn that it made it.
  - Run it as root; without root the processes behind ports and C(product_uuid) stay unknown.
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
  - homelab.kubernetes._attributes.action
attributes:
  action:
    details: It notes the time on the control node and carries out O(keep_going).
options:
  urls:
    description:
      - HTTP(S) addresses that the host should reach, tried at the same time.
      - Through a proxy where C(http_proxy), C(https_proxy) and C(no_proxy) of the task's C(environment), or of the host, say so.
    type: list
    elements: str
    default: []
  package_urls:
    description: Addresses tried only on hosts with that kind of packages.
    type: dict
    default: {}
    suboptions:
      deb:
        description: For the Debian family.
        type: list
        elements: str
      rpm:
        description: For the Red Hat family.
        type: list
        elements: str
  url_timeout:
    description: Seconds after which an address counts as unreachable.
    type: int
    default: 5
  peers:
    description:
      - Other nodes that must be reachable, all tried at the same time, as a mapping of name to C(address), a list of C(tcp) ports and the
        C(udp) port of the pod network (0 is none). P(homelab.kubernetes.asked#lookup) makes it.
      - A port where nobody listens answers too, so this works on bare hosts. A host that is a node of a cluster already does not try UDP, where
        the pod network listens by then.
    type: dict
    default: {}
  virtual_ip:
    description: An address that nobody should have yet; whether somebody answers there, RV(host.virtual_ip) tells.
    type: str
    default: ""
  measure_disk:
    description: Measure how fast the disk of /var/lib/etcd (or /var/lib) writes safely, in at most 0.2 seconds.
    type: bool
    default: false
  paths:
    description: Directories of which to tell whether they are there, in RV(host.paths).
    type: list
    elements: str
    default: []
  keep_going:
    description:
      - Tell in RV(problem) that the host cannot be reached, that becoming root fails or that it has no Python, instead of failing.
      - A report of all hosts needs this; the play goes on with such a host.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at the hosts
  homelab.kubernetes.host_facts:
    urls:
      - https://registry.k8s.io/v2/
  become: true
  register: result
"""

RETURN = r"""
problem:
  description: Why nothing is known about the host, as C(unreachable) (a boolean) and C(message).
  returned: with O(keep_going), when the host could not be looked at
  type: dict
sent:
  description: Unix time on the control node just before the module was sent.
  returned: success
  type: float
received:
  description: Unix time on the control node when the answer was there.
  returned: success
  type: float
host:
  description: The host.
  returned: success
  type: dict
  contains:
    os:
      description: C(id), C(version_id), C(codename) and C(pretty) of os-release.
      type: dict
    kernel:
      description: Kernel release.
      type: str
    architecture:
      description: Machine architecture as the kernel names it.
      type: str
    python:
      description: Version of the Python that ran this module.
      type: str
    uid:
      description: Effective user id; 0 is root.
      type: int
    hostname:
      description: Host name.
      type: str
    machine_id:
      description: Content of /etc/machine-id.
      type: str
    product_uuid:
      description: UUID of the hardware; empty in a container, where it belongs to the machine around it.
      type: str
    container:
      description: Kind of container this host is, empty for a machine.
      type: str
    interfaces:
      description: Name, kind, mac, mtu, up and addresses (with prefix) of every interface.
      type: list
      elements: dict
    routes:
      description: Routes of both families and all tables (C(dst), C(dev), C(gateway), C(table)).
      type: list
      elements: dict
    router_advertisements:
      description: For each interface that has IPv6 addresses which expire, or routes that a router advertised, the kernel's C(accept_ra).
      type: dict
    dns_servers:
      description: Name servers; those behind systemd-resolved where it is in use.
      type: list
      elements: str
    listeners:
      description: Listening sockets (C(proto), C(address), C(port), C(process)); the process is empty for the kernel's own.
      type: list
      elements: dict
    memory_mib:
      description: Memory, or the control group's limit where that is smaller.
      type: int
    cpus:
      description: Usable CPUs.
      type: int
    swap:
      description: Active swap devices and files.
      type: list
      elements: str
    cgroup:
      description: C(version) 1 or 2 and the C(controllers).
      type: dict
    disk_free_mib:
      description: Free space under /var/lib.
      type: int
    image_store:
      description:
        - The file system of /var/lib/containerd, or where that would be, as C(mount), C(type), and whether folders know the C(d_type) of files
          (false is known of XFS with ftype=0 only).
        - C(zfs) is the version of OpenZFS in the kernel.
      type: dict
    fsync_ms:
      description: Milliseconds that a safe write of 2 KiB takes, the worst but one of 16; 0 when not measured.
      type: float
    peers:
      description:
        - Peer to C(tcp), a mapping of port to the reason why it cannot be reached (empty when it can).
        - Where tried, C(udp) says whether a datagram came back, C(mtu) how large a packet was tried and C(passes) which size arrives (0 for lost).
      type: dict
    virtual_ip:
      description:
        - Whether O(virtual_ip) C(answers) on the API's port, if only by refusing, and the C(mac) of who has the address in the host's own network.
      type: dict
    keepalived:
      description: Whose the configuration of keepalived is, V(ours), V(package), V(user) or V(nobody) where there is none.
      type: str
    kernel_modules:
      description: Module name to loaded, builtin, loadable, absent or unknown.
      type: dict
    clock:
      description: C(started) and C(finished) in Unix time, C(synchronized) as the kernel sees it.
      type: dict
    installed:
      description: Versions of the packages that concern a node.
      type: dict
    packages_known:
      description: Whether the package manager can be asked what it could install; a bare Debian host may have no lists yet.
      type: bool
    packages_interrupted:
      description: Whether dpkg was cut off, or works just now.
      type: bool
    binaries:
      description: Kubernetes and runtime programs in the search path.
      type: list
      elements: str
    services:
      description: Which of a fixed list of systemd units are active.
      type: list
      elements: str
    firewalls:
      description: Active firewalls, V(ufw) or V(firewalld).
      type: list
      elements: str
    unread:
      description: Files of this collection that a service has yet to read, as after a run that was cut off before the reload.
      type: list
      elements: str
    remains:
      description: Files of an existing or former cluster.
      type: list
      elements: str
    kubelet_server:
      description: API server named in /etc/kubernetes/kubelet.conf.
      type: str
    control_plane:
      description: What our note says of a control plane here, V(started), V(joining), V(complete) or nothing.
      type: str
    running_cluster:
      description: What the cluster of this control plane was made with (C(pods), C(services), C(dns_domain), C(cni)) and the
        API C(server) of its administrator; empty on other hosts.
      type: dict
    cloud_init:
      description: V(absent), V(disabled), V(running) or V(done).
      type: str
    paths:
      description: For each of O(paths) V(directory), V(absent), or what stands where a directory would have to be.
      type: dict
    real_paths:
      description: For each of O(paths), where it leads when every symbolic link in it is followed.
      type: dict
    nfs_exports:
      description: Directories that this host exports by files which are not this collection's.
      type: list
      elements: str
    package_lock:
      description: Whether another process holds the package manager's lock.
      type: bool
    selinux:
      description: V(enforcing), V(permissive) or V(disabled).
      type: str
    urls:
      description: Address to its C(status) (0 without an answer), C(error) and the C(proxy) through which it was tried, if any.
      type: dict
    proxies:
      description: Each proxy of this task's or the host's environment, to the reason why it takes no connection (empty when it does).
      type: dict
"""

import functools
import glob
import os
import platform
import shutil
import socket
import threading
import time
import typing as t
import urllib.error
import urllib.request

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.homelab.kubernetes.plugins.module_utils import _cni
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import make_remote_tmp
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import peek as read
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import disk as _disk
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import facts as _host
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import machine as _machine
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import netlink as _host_network
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import probe as _probe
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import sockets as _sockets
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import units as _units
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import note as _kubeadm_note
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as _nfs_exports
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import masked

UNITS = (
    "NetworkManager", "chrony", "chronyd", "containerd", "cri-o", "crio", "docker", "firewalld", "homelab-api-balancer",
    "homelab-kubelet-csr.timer", "keepalived", "kubelet", "ntp", "ntpd", "ntpsec", "openntpd", "podman", "systemd-timesyncd",
)  # fmt: skip
PACKAGES = (
    "ca-certificates", "containerd", "containerd.io", "cri-o", "cri-tools", "curl", "curl-minimal", "docker-ce", "docker.io", "haproxy",
    "keepalived", "kmod", "kubeadm", "kubectl", "kubelet", "moby-engine", "nfs-common", "nfs-kernel-server", "nfs-utils", "podman", "python3-apt",
)  # fmt: skip
BINARIES = ("containerd", "crio", "docker", "kubeadm", "kubectl", "kubelet", "podman")
REMAINS = (
    "/etc/kubernetes/*.conf", "/etc/kubernetes/manifests/*.yaml", "/etc/kubernetes/pki/ca.crt", "/etc/cni/net.d/*.conf*",
    "/var/lib/etcd/member", "/var/lib/kubelet/config.yaml",
)  # fmt: skip
# Files of this collection -> the unit that reads them, and the moment at which it last did.
KEEPALIVED = "/etc/keepalived/keepalived.conf"
READ_BY = {
    KEEPALIVED: ("keepalived", _units.CHANGED),
    "/etc/haproxy/homelab-api-balancer.cfg": ("homelab-api-balancer", _units.CHANGED),
    "/etc/systemd/system/homelab-api-balancer.service": ("homelab-api-balancer", _units.STARTED),
    **{
        _cni.manager_file(name): ("NetworkManager", _units.CHANGED)
        for name, network in _cni.POD_NETWORKS.items()
        if network.network_manager
    },
}
EXPORTS = ("/etc/exports", "/etc/exports.d/*.exports")
CLUSTER_FILES = (
    "/etc/kubernetes/homelab.kubernetes.json", "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/manifests/kube-controller-manager.yaml", "/var/lib/kubelet/config.yaml", "/etc/kubernetes/admin.conf",
)  # fmt: skip
CONFIGURATION = "/etc/kubernetes/kubeadm.yaml"
IMAGES = "/var/lib/containerd"


def running_cluster(remains: list[str]) -> dict[str, str]:
    record, api_server, controller_manager, kubelet, admin = map(read, CLUSTER_FILES)
    traces = _kubeadm_note.traces(_kubeadm_note.parse(record), CONFIGURATION)
    lived = bool(_kubeadm_note.life(traces))
    return _host.running_cluster(record, api_server, controller_manager, kubelet, remains, admin, lived=lived)


def installed(module: AnsibleModule) -> dict[str, t.Any]:
    query = ["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${db:Status-Status}\n", *PACKAGES]
    if not shutil.which("dpkg-query"):
        query = ["rpm", "-q", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\tinstalled\n", *PACKAGES]
    versions = module.run_command(query)[1] if shutil.which(query[0]) else ""
    found = _host.package_versions(versions)
    apt = query[0] == "dpkg-query"
    return {
        "installed": found,
        "packages_known": not apt or ("python3-apt" in found and bool(glob.glob("/var/lib/apt/lists/*_Packages*"))),
        # dpkg's journal: apt refuses to work while something is in it.
        "packages_interrupted": bool(glob.glob("/var/lib/dpkg/updates/[0-9]*")),
        "binaries": [name for name in BINARIES if shutil.which(name)],
    }


def services(module: AnsibleModule) -> dict[str, t.Any]:
    text = module.run_command(["systemctl", "is-active", *UNITS])[1] if os.path.isdir("/run/systemd/system") else ""
    active = _host.unit_states(UNITS, text)
    # ufw.service is active even when ufw is switched off; its configuration knows.
    ufw = "\nENABLED=yes" in "\n" + read("/etc/ufw/ufw.conf")
    firewalls = [name for name, on in (("firewalld", "firewalld" in active), ("ufw", ufw)) if on]
    unread = [path for path, (unit, moment) in READ_BY.items() if _units.has_not_read(unit, path, moment)]
    return {"services": active, "firewalls": firewalls, "unread": unread}


def keepalived(module: AnsibleModule) -> str:
    text = read(KEEPALIVED)
    rpm = text and shutil.which("rpm") and not shutil.which("dpkg-query")
    verified = module.run_command(["rpm", "--verify", "--file", KEEPALIVED])[1] if rpm else None
    return _host.keepalived_owner(text, verified, KEEPALIVED)


def holder(address: str, answers: bool) -> dict[str, t.Any]:
    """Whether somebody has an address: the kernel knows who answered when it was asked."""
    neighbours = _host_network.neighbours(_sockets.ask_kernel(_host_network.GETNEIGH)) if address else {}
    return {"answers": answers, "mac": neighbours.get(address, "")}


def try_url(url: str, timeout: int) -> dict[str, t.Any]:
    try:
        with open_url(url, timeout=timeout, use_netrc=False) as answer:
            return {"status": answer.status, "error": ""}
    except urllib.error.HTTPError as exc:
        return {"status": exc.code, "error": f"HTTP {exc.code} {exc.reason}"}
    # Whatever goes wrong with one address is the finding, not a failure of this module.
    except Exception as exc:
        return {"status": 0, "error": str(getattr(exc, "reason", "") or exc)}


def path_kind(path: str) -> str:
    """absent, directory, or why no directory can be there."""
    parent = path
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    if os.path.isdir(parent):
        return "directory" if parent == path else "absent"
    return "it is a file" if parent == path else f"{parent} is a file"


def exported() -> list[str]:
    """What this host exports to others by files that are not ours."""
    files = [path for pattern in EXPORTS for path in sorted(glob.glob(pattern)) if path != _nfs_exports.FILE]
    return [path for file in files for path in _nfs_exports.foreign_exports(read(file))]


def start(work: t.Mapping[str, t.Callable[[], t.Any]], late: t.Any, timeout: float) -> t.Callable[[], dict[str, t.Any]]:
    """Begin everything; the returned function waits for it, but not for what takes longer, as a slow name server may."""
    found: dict[str, t.Any] = {}
    threads = [threading.Thread(target=lambda n=n, w=w: found.update({n: w()}), daemon=True) for n, w in work.items()]
    deadline = time.monotonic() + timeout + 1
    for thread in threads:
        thread.start()

    def wait() -> dict[str, t.Any]:
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return {name: found.get(name, late) for name in work}

    return wait


def start_urls(urls: t.Sequence[str], timeout: int) -> t.Callable[[], dict[str, t.Any]]:
    """Begin all requests, and look whether the proxies are there; the returned function waits for the answers."""
    proxies = urllib.request.getproxies()
    asked = {proxy for scheme in ("http", "https") if (proxy := _probe.proxy_for(f"{scheme}://", proxies))}
    late = f"no answer within {timeout} s"
    answers = start(
        {url: functools.partial(try_url, url, timeout) for url in urls}, {"status": 0, "error": late}, timeout
    )
    there = {proxy: functools.partial(_probe.proxy_problem, proxy, timeout) for proxy in sorted(asked)}
    problems = start(there, late, timeout)

    def wait() -> dict[str, t.Any]:
        through = {url: masked(_probe.proxy_for(url, proxies)) for url in urls}
        return {
            "urls": {url: {**answer, "proxy": through[url]} for url, answer in answers().items()},
            "proxies": {masked(proxy): reason for proxy, reason in problems().items()},
        }

    return wait


def disk(module: AnsibleModule) -> dict[str, t.Any]:
    space = os.statvfs("/var/lib")
    etcd = "/var/lib/etcd" if os.path.isdir("/var/lib/etcd") else "/var/lib"
    paths = [path for path in module.params["paths"] if path.startswith("/")]
    return {
        "disk_free_mib": space.f_bavail * space.f_frsize // 2**20,
        "image_store": _disk.image_store(IMAGES),
        "fsync_ms": _probe.sync_ms(etcd) if module.params["measure_disk"] else 0.0,
        "paths": {path: path_kind(path) for path in paths},
        "real_paths": {path: os.path.realpath(path) for path in paths},
        "nfs_exports": exported(),
    }


def identity() -> dict[str, t.Any]:
    """What the host is, and its names."""
    inside = _machine.container()
    return {
        "os": _host.os_release(read("/etc/os-release")),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "uid": os.geteuid(),
        "hostname": socket.gethostname(),
        "machine_id": read("/etc/machine-id").strip(),
        "product_uuid": "" if inside else read("/sys/class/dmi/id/product_uuid").strip().lower(),
        "container": inside,
    }


def host(module: AnsibleModule) -> dict[str, t.Any]:
    started = time.time()
    packaging = "deb" if shutil.which("dpkg-query") else "rpm"
    urls = [*module.params["urls"], *(module.params["package_urls"].get(packaging) or [])]
    wait_for_urls = start_urls(urls, module.params["url_timeout"])
    is_node = os.path.exists("/etc/kubernetes/kubelet.conf")
    wait_for_peers = _probe.start_peers(module.params["peers"], udp=not is_node)
    virtual_ip = module.params["virtual_ip"]
    wait_for_holder = _probe.start_holder(virtual_ip)
    remains = sorted(path for pattern in REMAINS for path in glob.glob(pattern))
    facts: dict[str, t.Any] = {
        **identity(),
        **_sockets.network(),
        "listeners": _sockets.listening(),
        "memory_mib": _machine.memory_mib(),
        "cpus": len(os.sched_getaffinity(0)),
        "swap": _host.swaps(read("/proc/swaps")),
        "cgroup": _machine.cgroup(),
        **disk(module),
        "kernel_modules": _machine.kernel_modules(platform.release()),
        **installed(module),
        **services(module),
        "remains": remains,
        "kubelet_server": _host.kubeconfig_server(read("/etc/kubernetes/kubelet.conf")),
        "control_plane": str(_kubeadm_note.parse(read(CLUSTER_FILES[0])).get("control_plane", "")),
        "running_cluster": running_cluster(remains),
        "cloud_init": _machine.cloud_init(),
        "package_lock": _machine.package_lock(),
        "selinux": _machine.selinux(),
        "keepalived": keepalived(module),
        "virtual_ip": holder(virtual_ip, wait_for_holder()),
        "peers": wait_for_peers(),
        **wait_for_urls(),
    }
    return {**facts, "clock": {"started": started, "finished": time.time(), "synchronized": _machine.synchronized()}}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "urls": {"type": "list", "elements": "str", "default": []},
            "package_urls": {
                "type": "dict",
                "default": {},
                "options": {"deb": {"type": "list", "elements": "str"}, "rpm": {"type": "list", "elements": "str"}},
            },
            "url_timeout": {"type": "int", "default": 5},
            "peers": {"type": "dict", "default": {}},
            "virtual_ip": {"type": "str", "default": ""},
            "measure_disk": {"type": "bool", "default": False},
            "paths": {"type": "list", "elements": "str", "default": []},
            "keep_going": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    make_remote_tmp(getattr(module, "_remote_tmp", None))
    try:
        facts = host(module)
    except OSError as exc:
        module.fail_json(msg=f"cannot look at this host: {exc}")
    module.exit_json(changed=False, host=facts, ansible_facts=_host.ansible_facts(facts["os"]))


if __name__ == "__main__":
    main()
