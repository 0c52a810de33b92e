# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.filter.ca_cert_hash import ca_cert_hash
from ansible_collections.homelab.kubernetes.plugins.filter.parse_join_command import parse_join_command

PARSE = "The input of the homelab.kubernetes.parse_join_command filter must be a string, not "
HASH = "The input of the homelab.kubernetes.ca_cert_hash filter must be a string, not "


@pytest.mark.parametrize(
    ("call", "value", "error"),
    [
        (parse_join_command, None, f"{PARSE}NoneType"),
        (parse_join_command, ["kubeadm join"], f"{PARSE}list"),
        (parse_join_command, b"kubeadm join", f"{PARSE}bytes"),
        (parse_join_command, "garbage", "the text holds no kubeadm join command"),
        (ca_cert_hash, None, f"{HASH}NoneType"),
        (ca_cert_hash, 5, f"{HASH}int"),
        (ca_cert_hash, "garbage", "the text holds no PEM certificate"),
    ],
)
def test_errors(call: t.Callable[[t.Any], t.Any], value: object, error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"^{re.escape(error)}$"):
        call(value)


def test_results(fixtures: Path) -> None:
    """What kubeadm printed, and a certificate of its own."""
    told = parse_join_command((fixtures / "kubeadm/init-upload-certs-dns-1.37.txt").read_text(), kind="control_plane")
    assert (told["control_plane"], told["port"], len(told["ca_cert_hashes"])) == (True, 6443, 1)
    pem = (fixtures / "kubeadm/ca.crt").read_text()
    assert ca_cert_hash(pem) == "sha256:da6a8612bc5093d68864634470531cb4f4beb9cdc49dbd4a8d1dd9ad60f75dff"
