# SPDX-License-Identifier: GPL-3.0-or-later
"""Which key a host gets, from a server that may be anybody, and when its source appears."""

from __future__ import annotations

import http.server
import re
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._sources.openpgp import Key, public_key
from ansible_collections.homelab.kubernetes.plugins.modules import apt_source
from ansible_collections.homelab.kubernetes.tests.unit.plugins.modules.machine_of_tests import Machine

FIRST = "A2658F286A43AD00CC192E205AB0C6A208F84AE5"
SECOND = "566AE7D360E818E603AED638232C79E7280EF4C5"


class Module:
    """What the functions use of AnsibleModule."""

    def __init__(self, url: str, *pins: str) -> None:
        self.params = {"name": "kubernetes", "key_url": url, "key_fingerprints": list(pins)}
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class Server:
    """Serves one text, and keeps the headers of every request."""

    def __init__(self) -> None:
        self.text = ""
        self.seen: list[dict[str, str]] = []
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.seen.append(dict(self.headers))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(outer.text.encode())

            def log_message(self, *args: t.Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/Release.key"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Server]:
    (tmp_path / "netrc").write_text("default login anna password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(apt_source, "PAUSE", 0.0)
    started = Server()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture
def keys(fixtures: Path) -> t.Callable[[str], Key]:
    return lambda name: public_key((fixtures / f"openpgp/{name}.asc").read_text())


def test_the_pinned_key_and_no_other(server: Server, keys: t.Callable[[str], Key]) -> None:
    module = Module(server.url, FIRST)
    server.text = keys("first").text
    assert apt_source.key(module, None) == keys("first")
    server.text = keys("first-extended").text
    assert apt_source.key(module, keys("first")) == keys("first-extended")
    server.text = keys("second").text
    with pytest.raises(
        ValueError, match=f"^{server.url} has the key {SECOND}, but key_fingerprints admits only {FIRST}: "
    ):
        apt_source.key(module, keys("first"))
    server.text += keys("first").text
    with pytest.raises(ValueError, match=f"^{server.url} has the key {SECOND}, but "):
        apt_source.key(module, keys("first"))
    assert module.warnings == []
    assert [header for seen in server.seen for header in seen if header.lower() == "authorization"] == []


def test_without_a_pin_nothing_is_asked_over_http(server: Server, keys: t.Callable[[str], Key]) -> None:
    with pytest.raises(ValueError, match=f"^the key of the package source would come from {server.url}, where anybody"):
        apt_source.key(Module(server.url), keys("first"))
    with pytest.raises(ValueError, match=r"^the package source http://\*\*\*@mirror/key holds a login"):
        apt_source.key(Module("http://anna:secret@mirror/key", FIRST), keys("first"))
    assert server.seen == []


def test_without_a_pin_another_key_is_told(tmp_path: Path, keys: t.Callable[[str], Key]) -> None:
    file = tmp_path / "Release.key"
    module = Module(file.as_uri())
    file.write_text(keys("first").text)
    assert apt_source.key(module, None) == keys("first")
    file.write_text(keys("first-extended").text)
    assert apt_source.key(module, keys("first")) == keys("first-extended")
    assert module.warnings == []
    file.write_text(keys("second").text)
    assert apt_source.key(module, keys("first")) == keys("second")
    told = f"the package source has another key: {FIRST} was there, and {file.as_uri()} now serves {SECOND}. "
    assert [text.startswith(told) for text in module.warnings] == [True]


@pytest.mark.parametrize("text", ["", "<html>log in to the Wi-Fi</html>"])
def test_what_is_there_stays_while_nothing_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: t.Callable[[str], Key], text: str
) -> None:
    file = tmp_path / "Release.key"
    if text:
        file.write_text(text)
    module = Module(file.as_uri(), FIRST)
    monkeypatch.setattr(apt_source, "PAUSE", 0.0)
    assert apt_source.key(module, keys("first")) == keys("first")
    assert [warning.endswith("; the key that is already there is kept") for warning in module.warnings] == [True]
    stranger = f"/etc/apt/keyrings/kubernetes.asc has the key {SECOND}, but key_fingerprints admits only {FIRST}: "
    with pytest.raises(ValueError, match=f"^{re.escape(stranger)}"):
        apt_source.key(module, keys("second"))
    with pytest.raises(ValueError, match=r"cannot be fetched from|is no armoured OpenPGP key"):
        apt_source.key(module, None)


def test_the_key_comes_through_the_proxy(
    server: Server, keys: t.Callable[[str], Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the task's environment; the name is one that nobody but the proxy could resolve."""
    url = "http://mirror.invalid/Release.key"
    server.text = keys("first").text
    monkeypatch.setenv("http_proxy", server.url.rpartition("/")[0])
    monkeypatch.setenv("no_proxy", ".svc,10.96.0.0/12")
    assert apt_source.key(Module(url, FIRST), None) == keys("first")
    assert server.asked == [url]


SOURCE = "Types: deb\nURIs: https://mirror/deb\nSuites: noble\nComponents: main\nSigned-By: {}/keyrings/new.asc\n"


@pytest.fixture
def host(machine: Machine, monkeypatch: pytest.MonkeyPatch, fixtures: Path) -> Machine:
    """A host with apt, which reads every list, and a server's key in a file."""
    for name in ("keyrings", "sources", "run", "lists"):
        (machine.root / name).mkdir()
    for name in ("KEYRINGS", "SOURCES", "RUN"):
        monkeypatch.setattr(apt_source, name, str(machine.root / name.lower()))
    monkeypatch.setattr(apt_source, "LISTS", f"{machine.root}/lists/*_Packages*")
    machine.program("apt-get", f"touch {machine.root}/lists/all_Packages")
    (machine.root.parent / "Release.key").write_text((fixtures / "openpgp/first.asc").read_text())
    return machine


def asked(machine: Machine) -> dict[str, t.Any]:
    url = (machine.root.parent / "Release.key").as_uri()
    return {"name": "new", "uri": "https://mirror/deb", "suite": "noble", "components": ["main"], "key_url": url}


def test_four_steps(host: Machine, keys: t.Callable[[str], Key]) -> None:
    done = host.four_steps(apt_source, **asked(host))
    seen = host.look()
    assert seen["keyrings/new.asc"] == f"644 {keys('first').text}"
    assert seen["sources/new.sources"] == f"644 {SOURCE.format(host.root)}"
    assert [part["before"] for part in done["diff"]] == ["", ""]
    assert list((host.root / "run").iterdir()) == []


def test_a_new_key_alone(host: Machine, fixtures: Path) -> None:
    host.run(apt_source, **asked(host))
    (host.root.parent / "Release.key").write_text((fixtures / "openpgp/first-extended.asc").read_text())
    (part,) = host.four_steps(apt_source, **asked(host))["diff"]
    assert part["after_header"] == f"{host.root}/keyrings/new.asc"


def test_apt_reads_this_source_and_all_where_none_was_read(host: Machine) -> None:
    host.run(apt_source, **asked(host))
    every, only = host.commands()
    assert every == "apt-get update -q -o DPkg::Lock::Timeout=300"
    assert re.fullmatch(
        rf"{every} -o APT::Update::Error-Mode=any -o Dir::Etc::sourcelist=\S+/run/\S+/new.sources .*", only
    )


def test_a_source_that_apt_cannot_read_does_not_appear(host: Machine) -> None:
    host.program("apt-get", 'echo "E: The repository is not signed." >&2; exit 100')
    host.file("lists/all_Packages")
    error = "apt cannot read the package source https://mirror/deb: E: The repository is not signed."
    for _try in range(2):
        assert host.run(apt_source, **asked(host))["msg"] == error
        assert not (host.root / "sources/new.sources").exists()
    host.program("apt-get")
    assert host.run(apt_source, **asked(host))["changed"] is True
