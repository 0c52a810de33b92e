# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that stops answering for a while is measured."""

from __future__ import annotations

import http.server
import threading
import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.modules import http_watch
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

REFUSED = "URLError: <urlopen error [Errno 111] Connection refused>"
BROKEN = "HTTPError: HTTP Error 500: Internal Server Error"


class Moody(http.server.BaseHTTPRequestHandler):
    """Answers with an error from the third to the fifth question."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(500 if 3 <= self.asked <= 5 else 200)
        self.end_headers()

    def log_message(self, *_words: t.Any) -> None:
        """Nothing."""


@pytest.fixture
def url() -> t.Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Moody) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"
        server.shutdown()


def test_what_was_missed(machine: Machine, url: str) -> None:
    nobody = "http://127.0.0.1:1/readyz"
    found = machine.run(http_watch, urls=[url, nobody], seconds=1.0, pace=20)
    assert found["changed"] is False
    (served, missed) = found["watched"]
    assert (served["url"], served["failed"], served["errors"]) == (url, 3, [BROKEN])
    assert served["asked"] > 5
    assert served["silence"] >= 0.1
    assert (missed["url"], missed["errors"], missed["failed"]) == (nobody, [REFUSED], missed["asked"])
