# SPDX-License-Identifier: GPL-3.0-or-later
"""Swap of a host that lies in a folder: what is in use, what /etc/fstab names, and what services make at boot."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._host.swap import DROP_IN_TEXT, FSTAB_MARK
from ansible_collections.homelab.kubernetes.plugins.modules import swap
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

HEAD = "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n"
ROOT_ENTRY, SWAP_ENTRY = "/dev/sda1 / ext4 defaults 0 1\n", "/swap.img none swap sw 0 0\n"


@pytest.fixture(autouse=True)
def host(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A host with a swap file, and a service that makes compressed memory."""
    monkeypatch.setattr(swap, "ROOT", f"{machine.root}/")
    machine.file("proc/swaps", f"{HEAD}/swap.img file 2097148 0 -2\n/dev/zram0 partition 1 0 100\n")
    machine.file("etc/fstab", ROOT_ENTRY + SWAP_ENTRY)
    machine.file("usr/lib/systemd/system/zramswap.service", "[Service]\n")
    (machine.root / "run/systemd/system").mkdir(parents=True)
    machine.program(
        "swapoff",
        f'grep -v "^$1 " {machine.root}/proc/swaps > {machine.root}/new; mv {machine.root}/new {machine.root}/proc/swaps',
    )
    machine.program("systemctl")
    return machine


def test_four_steps(host: Machine) -> None:
    done = host.four_steps(swap)
    drop_in = "etc/systemd/system/zramswap.service.d"
    assert done["active"] == ["/swap.img", "/dev/zram0"]
    (unit,) = (path for path in done["files"] if path != "/etc/fstab")
    assert unit.startswith(f"/{drop_in}/")
    seen = host.look()
    assert seen["etc/fstab"] == f"644 {ROOT_ENTRY}{FSTAB_MARK}{SWAP_ENTRY}"
    assert seen[unit[1:]] == f"644 {DROP_IN_TEXT}"
    assert seen["proc/swaps"].endswith(HEAD)


def test_what_brings_swap_back_ends_before_it_is_switched_off(host: Machine) -> None:
    host.run(swap, check=True)
    assert host.commands() == []
    host.run(swap)
    assert host.commands() == [
        "systemctl daemon-reload",
        "systemctl stop zramswap.service",
        "swapoff /swap.img",
        "swapoff /dev/zram0",
    ]


def test_an_administrators_modes_stay(host: Machine) -> None:
    (host.root / "etc/fstab").chmod(0o600)
    host.run(swap)
    assert host.look()["etc/fstab"].startswith("600 ")


def test_memory_that_does_not_suffice(host: Machine) -> None:
    host.program("swapoff", 'echo "swapoff: /swap.img: swapoff failed: Cannot allocate memory" >&2; exit 255')
    assert host.run(swap)["msg"] == (
        "Swap could not be switched off: swapoff /swap.img failed: swapoff: /swap.img: swapoff failed: Cannot allocate memory"
    )


def test_a_host_without_swap(host: Machine) -> None:
    for name in ("proc/swaps", "etc/fstab", "usr/lib/systemd/system/zramswap.service"):
        (host.root / name).unlink()
    for check in (True, False):
        assert host.run(swap, check=check) == {
            "changed": False,
            "active": [],
            "files": [],
            "diff": [],
            "invocation": {"module_args": {"state": "absent"}},
        }
