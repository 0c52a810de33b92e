# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, error, warning


@pytest.mark.parametrize("tell", [error, warning])
def test_no_login_is_told(tell: t.Callable[..., Finding]) -> None:
    url = "https://anna:secret@mirror/v2/"
    finding = tell(
        "source-unreachable", f"{url} does not answer", why=f"{url} is needed", fix=f"curl {url}", host="a@b"
    )
    assert (finding["message"], finding["why"], finding["fix"], finding["host"]) == (
        "https://***@mirror/v2/ does not answer",
        "https://***@mirror/v2/ is needed",
        "curl https://***@mirror/v2/",
        "a@b",
    )
