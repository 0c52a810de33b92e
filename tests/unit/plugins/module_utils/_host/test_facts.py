# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc, /sys and /etc say, on texts of real hosts."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import facts as _host
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.resolver import nameservers

OS_RELEASE = [
    (
        'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nID=debian\n',
        ("debian", "13", "trixie", "Debian GNU/Linux 13 (trixie)"),
    ),
    ("NAME='Rocky Linux'\nID=\"rocky\"\nVERSION_ID='9.6'\n# a comment=1\n", ("rocky", "9.6", "", "")),
    ("", ("", "", "", "")),
    ("garbage without a sign\n", ("", "", "", "")),
]


@pytest.mark.parametrize(("text", "expected"), OS_RELEASE)
def test_os_release(text: str, expected: tuple[str, ...]) -> None:
    assert tuple(_host.os_release(text).values()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n', ("Debian", "13", "trixie", "Debian")),
        ('ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n', ("Ubuntu", "24", "noble", "Debian")),
        ('ID="rocky"\nVERSION_ID="9.6"\n', ("Rocky", "9", "", "RedHat")),
        ("ID=rhel\nVERSION_ID=10.0\n", ("RedHat", "10", "", "RedHat")),
    ],
)
def test_ansible_facts(text: str, expected: tuple[str, ...]) -> None:
    assert tuple(_host.ansible_facts(_host.os_release(text)).values()) == expected


ADDRESSES = [
    ("0100007F:1F90", ("127.0.0.1", 8080)),
    ("00000000:192B", ("0.0.0.0", 6443)),
    ("00000000000000000000000000000000:280A", ("::", 10250)),
    ("B80D01200000000067452301EFCDAB89:0016", ("2001:db8::123:4567:89ab:cdef", 22)),
]


@pytest.mark.parametrize(("text", "expected"), ADDRESSES)
def test_socket_address(text: str, expected: tuple[str, int]) -> None:
    assert _host.socket_address(text) == expected


HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
SOCKETS = (
    "   0: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n"
    "   1: 0100007F:0016 0200007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1\n"
    "   2: 00000000:2118 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 0 2 0 0\n"
)
LISTENERS = [
    ("tcp", [("tcp", "0.0.0.0", 6443, 4711)]),
    ("udp", [("udp", "0.0.0.0", 8472, 0)]),
]


@pytest.mark.parametrize(("proto", "expected"), LISTENERS)
def test_listeners(proto: str, expected: list[tuple[str, str, int, int]]) -> None:
    assert _host.listeners(HEAD + SOCKETS, proto) == expected
    assert _host.listeners("", proto) == []


def test_memory() -> None:
    assert _host.memory_mib("MemTotal:       16303488 kB\nMemFree: 1 kB\n") == 15921
    assert _host.memory_mib("") == 0


LIMITS = [("536870912\n", 512), ("max\n", 8000), ("", 8000), ("9223372036854771712", 8000), ("\u0665", 8000)]


@pytest.mark.parametrize(("text", "expected"), LIMITS)
def test_memory_limit(text: str, expected: int) -> None:
    assert _host.memory_limit_mib(text, 8000) == expected


def test_swaps() -> None:
    text = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/swap.img      file\t\t4194300\t\t0\t\t-2\n"
    assert _host.swaps(text) == ["/swap.img"]
    assert _host.swaps("") == []


SERVERS = [
    ("clusters:\n- cluster:\n    server: https://192.0.2.1:6443\n", "https://192.0.2.1:6443"),
    ('    server: "https://[2001:db8::1]:6443"\n', "https://[2001:db8::1]:6443"),
    ("apiVersion: v1\n", ""),
]


@pytest.mark.parametrize(("text", "expected"), SERVERS)
def test_kubeconfig_server(text: str, expected: str) -> None:
    assert _host.kubeconfig_server(text) == expected


def test_package_versions() -> None:
    text = (
        "containerd\t1.7.24~ds1-6\tinstalled\ndocker-ce\t\tnot-installed\nkubelet\t1.37.2-1.1\tconfig-files\n"
        "package podman is not installed\n"
    )
    assert _host.package_versions(text) == {"containerd": "1.7.24~ds1-6"}


def test_unit_states() -> None:
    assert _host.unit_states(("chrony", "docker", "kubelet"), "inactive\nactive\nunknown\n") == ["docker"]
    assert _host.unit_states(("chrony",), "") == []


def test_module_names() -> None:
    text = "kernel/fs/overlayfs/overlay.ko\nkernel/net/ipv4/ipip.ko.xz: kernel/net/ipv4/ip-tunnel.ko.xz\nkernel/a/x-y.ko.zst:\n"
    assert _host.module_names(text) == {"overlay", "ipip", "x_y"}


def test_kernel_options() -> None:
    text = "# CONFIG_IP_VS is not set\nCONFIG_OVERLAY_FS=y\nCONFIG_VXLAN=m\nCONFIG_OTHER=y\n"
    assert _host.kernel_options(text) == {"CONFIG_OVERLAY_FS": "y", "CONFIG_VXLAN": "m"}


KERNELS = [
    ({"overlay"}, set(), set(), {}, "loaded"),
    (set(), {"overlay"}, set(), {}, "builtin"),
    (set(), set(), set(), {"CONFIG_OVERLAY_FS": "y"}, "builtin"),
    (set(), set(), {"overlay"}, {"CONFIG_OVERLAY_FS": "m"}, "loadable"),
    (set(), set(), {"other"}, {}, "absent"),
    # A module that its kernel has and this file system has not, as in a container.
    (set(), set(), set(), {"CONFIG_OVERLAY_FS": "m"}, "absent"),
    (set(), set(), set(), {}, "unknown"),
]


@pytest.mark.parametrize(("loaded", "builtin", "loadable", "options", "expected"), KERNELS)
def test_kernel_state(
    loaded: set[str], builtin: set[str], loadable: set[str], options: dict[str, str], expected: str
) -> None:
    assert _host.Kernel(loaded, builtin, loadable, options).state("overlay") == expected


STUB = "nameserver 127.0.0.53\noptions edns0\n"
RESOLVERS = [
    ([STUB, "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"], ["192.0.2.1", "192.0.2.2"]),
    (["nameserver 192.0.2.9\n", "nameserver 192.0.2.1\n"], ["192.0.2.9"]),
    ([STUB, ""], ["127.0.0.53"]),
    (["", ""], []),
]


@pytest.mark.parametrize(("texts", "expected"), RESOLVERS)
def test_resolver_servers(texts: list[str], expected: list[str]) -> None:
    assert _host.resolver_servers(texts, nameservers) == expected


API_SERVER = """spec:
  containers:
  - command:
    - kube-apiserver
    - --service-account-issuer=https://kubernetes.default.svc.cluster.local
    - --service-cluster-ip-range=10.96.0.0/12
"""
MANAGER = """    - kube-controller-manager
    - --cluster-cidr=10.244.0.0/16,fd00::/56
"""
KUBELET = "clusterDNS:\n- 10.96.0.10\nclusterDomain: cluster.local\n"
MADE_WITH = {"pods": "10.244.0.0/16,fd00::/56", "services": "10.96.0.0/12", "dns_domain": "cluster.local"}
RUNNING = [
    ('{"control_plane": "complete"}', API_SERVER, MANAGER, KUBELET, MADE_WITH),
    ("", API_SERVER, MANAGER, KUBELET, MADE_WITH),
    ("not JSON", API_SERVER, "", "", {"services": "10.96.0.0/12"}),
    ("[]", API_SERVER, "", "", {"services": "10.96.0.0/12"}),
    ('{"control_plane": "started"}', API_SERVER, MANAGER, KUBELET, {}),
    ('{"node": "complete"}', "", "", KUBELET, {}),
]


@pytest.mark.parametrize(("record", "api_server", "manager", "kubelet", "expected"), RUNNING)
def test_running_cluster(record: str, api_server: str, manager: str, kubelet: str, expected: dict[str, str]) -> None:
    assert _host.running_cluster(record, api_server, manager, kubelet) == expected


def test_a_start_that_was_cut_off_and_lived_on_is_a_cluster() -> None:
    note = '{"control_plane": "started"}'
    assert _host.running_cluster(note, API_SERVER, MANAGER, KUBELET, lived=True) == MADE_WITH
    assert _host.running_cluster(note, "", MANAGER, KUBELET, lived=True) == {}


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([], ""),
        (["/etc/kubernetes/flannel.conf"], ""),
        (["/etc/cni/net.d/10-flannel.conflist"], "flannel"),
        (["/etc/cni/net.d/10-flannel.conflist", "/etc/cni/net.d/10-calico.conflist"], "calico"),
        (["/etc/cni/net.d/10-canal.conflist"], "canal"),
        (["/etc/cni/net.d/05-cilium.conflist", "/etc/cni/net.d/10-calico.conflist"], "cilium"),
        (["/etc/cni/net.d/99-loopback.conf", "/etc/cni/net.d/87-podman-bridge.conflist"], ""),
    ],
)
def test_cni_of(paths: list[str], expected: str) -> None:
    assert _host.cni_of(paths) == expected


RPM = "S.5....T.  c /etc/keepalived/keepalived.conf\n"


@pytest.mark.parametrize(
    ("text", "verified", "expected"),
    [
        ("", None, "nobody"),
        ("\n", RPM, "nobody"),
        ("# Written by homelab.kubernetes: changes here are overwritten.\nglobal_defs {\n", RPM, "ours"),
        ("! Configuration File for keepalived\n", None, "user"),
        ("! Configuration File for keepalived\n", RPM, "user"),
        ("vrrp_instance VI_1 {\n", "file /etc/keepalived/keepalived.conf is not owned by any package\n", "user"),
        # Red Hat's own example, whatever else of the package was changed.
        ("! Configuration File for keepalived\n", "", "package"),
        ("! Configuration File for keepalived\n", "S.5....T.  c /etc/sysconfig/keepalived\n", "package"),
    ],
)
def test_whose_keepalived_is(text: str, verified: Optional[str], expected: str) -> None:
    assert _host.keepalived_owner(text, verified, "/etc/keepalived/keepalived.conf") == expected
