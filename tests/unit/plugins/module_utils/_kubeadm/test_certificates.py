# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.certificates import SHARED, mode, wrong

WHOLE = dict.fromkeys(SHARED, "PEM")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"ca.key": None}, ["ca.key"]),
        ({"sa.pub": ""}, ["sa.pub"]),
        ({"../../passwd": "x"}, ["../../passwd"]),
    ],
)
def test_wrong(changes: dict[str, t.Any], expected: list[str]) -> None:
    assert wrong({**WHOLE, **changes}) == expected


def test_keys_are_roots_alone() -> None:
    assert {name for name in SHARED if mode(name) == 0o600} == {"ca.key", "sa.key", "front-proxy-ca.key", "etcd/ca.key"}
