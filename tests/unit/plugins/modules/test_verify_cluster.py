# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module around the proof: a cluster behind HTTP, a kubeconfig that is none, and how a run ends that nobody waits for."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import threading
import typing as t

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.mark import Process
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import ApiDownError, Reply
from ansible_collections.homelab.kubernetes.plugins.modules import verify_cluster
from ansible_collections.homelab.kubernetes.tests.unit.plugins.module_utils._verify.cluster_of_tests import (
    NODES,
    FakeCluster,
)
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

GONE = Process(2**22 + 1, "1")


@pytest.fixture(autouse=True)
def told_to_end() -> t.Iterator[None]:
    before = signal.signal(signal.SIGTERM, verify_cluster.end)
    yield
    signal.signal(signal.SIGTERM, before)


def test_without_its_ansible_a_run_ends_as_if_it_were_told_to() -> None:
    with pytest.raises(KeyboardInterrupt):
        verify_cluster.end_with([GONE, Process(os.getpid(), "")])


def test_its_cleanup_is_not_disturbed() -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


class Server:
    """The cluster in memory as an API server; a kubeconfig leads to it with a token."""

    def __init__(self, machine: Machine) -> None:
        self.cluster, self.machine, self.tokens = FakeCluster(), machine, set[str]()
        self.cluster.nodes = self.cluster.nodes[:2]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            wbufsize = -1

            def handle_any(self) -> None:
                outer.tokens.add(self.headers["Authorization"])
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                try:
                    reply = outer.cluster.call(self.command, self.path, body)
                except ApiDownError:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(reply.body.encode())))
                self.end_headers()
                self.wfile.write(reply.body.encode())

            def __getattr__(self, name: str) -> t.Callable[[], None]:
                """For do_GET, do_POST and so on."""
                if name.startswith("do_"):
                    return self.handle_any
                raise AttributeError(name)

            def log_message(self, *_arguments: t.Any) -> None:
                """Nothing."""

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        place = {"cluster": "c", "user": "u"}
        kubeconfig = {
            "current-context": "x",
            "contexts": [{"name": "x", "context": place}],
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": "secret"}}],
        }
        self.kubeconfig = machine.file("kubeconfig", yaml.safe_dump(kubeconfig))

    def run(self, *, check: bool = False, **more: t.Any) -> dict[str, t.Any]:
        addresses = {"node_addresses": {name: ["172.28.0.11"] for name in NODES[:2]}, "external_name": ""}
        asked = {"kubeconfig": str(self.kubeconfig), "nodes": list(NODES[:2]), "timeout": 5, **addresses, **more}
        return self.machine.run(verify_cluster, check=check, **asked)


@pytest.fixture
def server(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Server]:
    started = Server(machine)
    monkeypatch.setattr(verify_cluster, "HomeLan", lambda: started.cluster)
    # Nobody is to end the tests.
    monkeypatch.setattr(verify_cluster, "end_with", lambda _processes: None)
    yield started
    started.http.shutdown()
    started.http.server_close()


def test_four_steps_change_nothing(server: Server) -> None:
    for check in (True, False, True, False):
        told = server.run(check=check)
        assert (told["changed"], told["findings"]) == (False, [])
        assert (told["server"], told["kubernetes_version"]) == (server.url, "v1.37.2")
        assert {leg["name"] for leg in told["legs"] if leg["status"] == "passed"} >= {"api", "nodes", "workloads"}
        assert ("passed" in {leg["status"] for leg in told["legs"] if leg["name"] == "pod-network"}) is not check
        assert all(call.startswith("GET ") for call in server.cluster.calls) is check
        assert server.cluster.empty()
        server.cluster.calls.clear()
    assert server.tokens == {"Bearer secret"}


def test_what_is_wrong_fails_and_in_check_mode_is_told(server: Server) -> None:
    told = server.run(prove=False, timeout=0, nodes=[*NODES[:2], "w9"])
    assert (told["failed"], [found["id"] for found in told["findings"]]) == (True, ["node-missing"])
    assert "ERROR [node-missing] w9: The inventory names this host, the cluster does not have it" in told["msg"]
    assert set(told) == {"failed", "changed", "findings", "msg", "invocation"}
    told = server.run(check=True, nodes=[*NODES[:2], "w9"])
    assert ("failed" in told, told["changed"], [found["id"] for found in told["findings"]]) == (
        False,
        False,
        ["node-missing"],
    )


def test_no_kubeconfig(server: Server) -> None:
    path = f"{server.machine.root}/none"
    predicted = server.run(check=True, kubeconfig=path)
    assert (predicted["changed"], predicted["findings"]) == (False, [])
    assert {leg["detail"] for leg in predicted["legs"]} == {f"check mode, and {path} does not exist yet"}
    told = server.run(kubeconfig=path)
    assert f"There is no kubeconfig {path}" in told["msg"]
    assert [found["id"] for found in told["findings"]] == ["kubeconfig-missing"]


@pytest.mark.parametrize("text", ["", "a: [", "[]", "current-context: x\n"])
def test_a_kubeconfig_that_is_none(server: Server, text: str) -> None:
    server.kubeconfig.write_text(text)
    assert [found["id"] for found in server.run()["findings"]] == ["kubeconfig-invalid"]


def test_the_reason_stands_alone_when_nobody_answers(server: Server) -> None:
    api = verify_cluster.KubernetesApi(str(server.kubeconfig))
    assert api.call("GET", "/version") == Reply(
        200, json.dumps({"gitVersion": "v1.37.2", "items": server.cluster.nodes})
    )
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(
        ApiDownError, match=rf"^{re.escape('Failed to establish a new connection: [Errno 111] Connection refused')}$"
    ):
        verify_cluster.KubernetesApi(str(server.kubeconfig)).call("GET", "/version")
