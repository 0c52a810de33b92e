# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host has an address, whatever its spelling; and an etcd that is not there is told."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules import control_plane_info
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

INTERFACES = [{"addresses": ["192.0.2.11/24", "192.0.2.10/32"]}, {"addresses": ["fd00::10/128"]}]


@pytest.mark.parametrize(
    ("address", "expected"),
    [("192.0.2.10", True), ("FD00:0::10", True), ("192.0.2.12", False), ("fd00::11", False), ("", False)],
)
def test_whether_a_host_has_an_address(address: str, expected: bool) -> None:
    assert control_plane_info.has(address, INTERFACES) is expected


def test_no_etcd_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_plane_info.etcd, "PKI", str(machine.root))
    found = machine.run(control_plane_info, virtual_ip="127.0.0.1")
    assert (found["changed"], found["members"], found["holds_virtual_ip"]) == (False, [], True)
    assert found["etcd_problem"] == ("etcd on this control plane does not answer: [Errno 2] No such file or directory")
