# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's drop-in, and what its process shows of it."""

from __future__ import annotations

import re

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd.service import drop_in, problems
from ansible_collections.homelab.kubernetes.plugins.module_utils._files import HEADER

PROXY = "http://192.168.0.5:3128"
WANTED = {"http_proxy": PROXY, "no_proxy": ".svc,10.96.0.0/12"}
FOLDER = "/etc/systemd/system/containerd.service.d"


@pytest.mark.parametrize(
    ("environment", "lines"),
    [
        ({}, []),
        ({"http_proxy": ""}, []),
        (WANTED, [f'Environment="HTTP_PROXY={PROXY}"', 'Environment="NO_PROXY=.svc,10.96.0.0/12"']),
        ({"A": 'a "b" %h \\n'}, ['Environment="A=a \\"b\\" %%h \\\\n"']),
    ],
)
def test_drop_in(environment: dict[str, str], lines: list[str]) -> None:
    assert drop_in(environment) == (HEADER + "\n".join(["[Service]", *lines, ""]) if lines else "")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "http://anna:secret@proxy:3128",
            "HTTP_PROXY http://***@proxy:3128 holds a login, which `systemctl show` tells every user of the host",
        ),
        ("a\nExecStart=/x", "HTTP_PROXY has characters that no line of a unit can hold: 'a\\nExecStart=/x'"),
    ],
)
def test_no_drop_in(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        drop_in({"http_proxy": value})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ("", []),
        (f"PATH=/bin\0HTTP_PROXY={PROXY}\0NO_PROXY=.svc,10.96.0.0/12\0", []),
        (
            "PATH=/bin\0HTTP_PROXY=http://anna:secret@other:1\0",
            [
                f"containerd runs with HTTP_PROXY=http://***@other:1 out of another file in {FOLDER}",
                "containerd runs without NO_PROXY",
            ],
        ),
    ],
)
def test_problems(environ: str, expected: list[str]) -> None:
    assert problems(environ, WANTED) == expected
    assert problems(environ, {}) == []
