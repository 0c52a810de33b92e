# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import etcd

# What etcd 3.7.1 answers during a join: numbers are texts, what is false or empty is left out.
ANSWER: dict[str, t.Any] = {
    "header": {"cluster_id": "1", "member_id": "10", "raft_term": "2"},
    "members": [
        {
            "ID": "10",
            "name": "cp1",
            "peerURLs": ["https://172.28.1.11:2380"],
            "clientURLs": ["https://172.28.1.11:2379"],
        },
        {"ID": "11", "name": "cp2", "peerURLs": ["https://[fd00::12]:2380"], "isLearner": True},
        {"ID": "12", "peerURLs": ["https://172.28.1.13:2380"], "isLearner": True},
    ],
}


def test_parse() -> None:
    assert [(member.id, member.name, member.kind) for member in etcd.parse(ANSWER)] == [
        ("10", "cp1", "voter"),
        ("11", "cp2", "learner"),
        ("12", "", "unstarted"),
    ]
    assert etcd.parse({}) == []


@pytest.mark.parametrize(
    ("address", "name"),
    [("172.28.1.11", "10"), ("fd00:0::12", "11"), ("172.28.1.13", "12"), ("172.28.1.1", ""), ("fd00::13", "")],
)
def test_at(address: str, name: str) -> None:
    found = etcd.at(etcd.parse(ANSWER), address)
    assert (found.id if found else "") == name
