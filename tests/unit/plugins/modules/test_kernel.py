# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules and sysctls of a kernel that lies in a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules import kernel
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

WANTED = {"modules": ["overlay", "br_netfilter"], "sysctls": {"net.ipv4.ip_forward": 1, "vm.overcommit_memory": True}}
HEADER = "# Written by homelab.kubernetes: changes here are overwritten.\n"


@pytest.fixture(autouse=True)
def host(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A kernel that has overlay built in, can load br_netfilter, and forwards nothing."""
    monkeypatch.setattr(kernel, "ROOT", f"{machine.root}/")
    machine.program(
        "modprobe",
        f'[ "$2" = br_netfilter ] || {{ echo "FATAL: $2" >&2; exit 1; }}; mkdir -p {machine.root}/sys/module/$2',
    )
    machine.file(f"lib/modules/{os.uname().release}/modules.builtin", "kernel/fs/overlayfs/overlay.ko\n")
    machine.file("proc/sys/net/ipv4/ip_forward", "0\n")
    machine.file("proc/sys/vm/overcommit_memory", "1\n")
    return machine


def test_four_steps(host: Machine) -> None:
    done = host.four_steps(kernel, **WANTED)
    assert (done["loaded"], done["set"]) == (["br_netfilter"], {"net.ipv4.ip_forward": {"before": "0", "after": "1"}})
    seen = host.look()
    assert seen["etc/modules-load.d/homelab-kubernetes.conf"] == f"644 {HEADER}overlay\nbr_netfilter\n"
    sysctls = "net.ipv4.ip_forward = 1\nvm.overcommit_memory = 1\n"
    assert seen["etc/sysctl.d/99-zz-homelab-kubernetes.conf"] == f"644 {HEADER}{sysctls}"
    assert Path(host.root / "proc/sys/net/ipv4/ip_forward").read_text() == "1\n"


def test_modprobe_is_asked_once(host: Machine) -> None:
    host.run(kernel, check=True, **WANTED)
    assert host.commands() == []
    host.run(kernel, **WANTED)
    assert host.commands() == ["modprobe -- br_netfilter"]


def test_a_kernel_that_lacks_a_module_keeps_its_files(host: Machine) -> None:
    before = host.look()
    told = host.run(kernel, modules=["ip_vs"])
    assert told["msg"] == f"the kernel {os.uname().release} lacks ip_vs: FATAL: ip_vs"
    assert host.look() == before


def test_a_sysctl_that_the_kernel_has_not(host: Machine) -> None:
    assert host.run(kernel, sysctls={"net.nothing": 1})["msg"] == (
        "net.nothing must be 1, but this kernel has no such sysctl: load the kernel module it belongs to (prereqs_modules)"
    )


def test_what_somebody_has_changed_since_is_put_back(host: Machine) -> None:
    host.run(kernel, **WANTED)
    after = host.look()
    host.file("proc/sys/net/ipv4/ip_forward", "0\n")
    host.file("etc/modules-load.d/homelab-kubernetes.conf", "overlay\n")
    assert host.run(kernel, **WANTED)["changed"] is True
    assert host.look() == after
