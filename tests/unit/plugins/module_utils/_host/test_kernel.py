# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel modules and sysctls."""

from __future__ import annotations

import pathlib
import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.kernel import (
    builtin_modules,
    differing,
    filesystems,
    modules_text,
    normal,
    present,
    refusal,
    sysctl_path,
    sysctls_text,
)


def test_builtin_modules() -> None:
    text = "kernel/fs/overlayfs/overlay.ko\nkernel/net/bridge/br_netfilter.ko.xz\nkernel/drivers/x/some-name.ko\n\n"
    assert builtin_modules(text) == {"overlay", "br_netfilter", "some_name"}


def test_filesystems() -> None:
    assert filesystems("nodev\tsysfs\n\text4\nnodev\toverlay\n") == {"sysfs", "ext4", "overlay"}


NORMAL = [(1, "1"), ("1", "1"), (True, "1"), (False, "0"), ("32768\t60999\n", "32768 60999"), (" a  b ", "a b")]


@pytest.mark.parametrize(("value", "text"), NORMAL)
def test_normal(value: object, text: str) -> None:
    assert normal(value) == text


PRESENT = [
    ("overlay", "sys/module/overlay/refcnt", "0\n", True),
    ("br-netfilter", "sys/module/br_netfilter/refcnt", "0\n", True),
    ("br_netfilter", "proc/sys/net/bridge/bridge-nf-call-iptables", "1\n", True),
    ("overlay", "proc/filesystems", "nodev\toverlay\n", True),
    ("ip_vs", "proc/net/ip_vs", "", True),
    ("nf_conntrack", "proc/sys/net/netfilter/nf_conntrack_max", "65536\n", True),
    ("nf_conntrack", "lib/modules/6.1/modules.builtin", "kernel/net/netfilter/nf_conntrack.ko\n", True),
    ("vxlan", "lib/modules/6.1/modules.builtin", "kernel/drivers/net/vxlan/vxlan.ko\n", True),
    ("vxlan", "lib/modules/6.2/modules.builtin", "kernel/drivers/net/vxlan/vxlan.ko\n", False),
    ("overlay", "proc/filesystems", "nodev\toverlayfs\n", False),
]


@pytest.mark.parametrize(("name", "path", "text", "found"), PRESENT)
def test_present(tmp_path: pathlib.Path, name: str, path: str, text: str, found: bool) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text, encoding="utf-8")
    assert present(name, str(tmp_path), "6.1") is found


PATHS = [
    ("net.ipv4.ip_forward", "proc/sys/net/ipv4/ip_forward"),
    ("net/ipv4/conf/eth0.1/forwarding", "proc/sys/net/ipv4/conf/eth0.1/forwarding"),
]


@pytest.mark.parametrize(("key", "path"), PATHS)
def test_sysctl_path(key: str, path: str) -> None:
    assert sysctl_path(key) == path


PATHS_FAIL = [
    ("net/../../etc/passwd", "'net/../../etc/passwd' is not the name of a sysctl"),
    ("/etc/passwd", "'/etc/passwd' is not the name of a sysctl"),
    ("a = b", "'a = b' is not the name of a sysctl"),
    ("", "'' is not the name of a sysctl"),
]


@pytest.mark.parametrize(("key", "message"), PATHS_FAIL)
def test_sysctl_path_fail(key: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        sysctl_path(key)


def test_texts() -> None:
    assert modules_text(["overlay", "br_netfilter"]) == HEADER + "overlay\nbr_netfilter\n"
    assert sysctls_text({"net.b": 1, "net.a": "1\t2"}) == HEADER + "net.a = 1 2\nnet.b = 1\n"


def test_differing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "proc/sys/net").mkdir(parents=True)
    (tmp_path / "proc/sys/net/a").write_text("1\t2\n", encoding="utf-8")
    (tmp_path / "proc/sys/net/b").write_text("0\n", encoding="utf-8")
    assert differing({"net.c": 1, "net.b": "1", "net.a": "1 2"}, str(tmp_path)) == {
        "net.b": ("0", "1"),
        "net.c": ("", "1"),
    }


REFUSALS = [
    (
        ("net.b", "0", "1", "Read-only file system"),
        "net.b is 0 and must be 1, but the kernel refuses the change (Read-only file system): where /proc/sys is read-only, "
        "as in a container, set it on the machine below",
    ),
    (
        ("net.c", "", "1", "No such file or directory"),
        "net.c must be 1, but this kernel has no such sysctl: load the kernel module it belongs to (prereqs_modules)",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSALS)
def test_refusal(arguments: tuple[str, str, str, str], message: str) -> None:
    assert refusal(*arguments) == message
