# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._join_command import parse_join_command
from hypothesis import given
from hypothesis import strategies as st

TOKEN = "abcdef.0123456789abcdef"
DIGITS = "0a" * 32
HASH = f"sha256:{DIGITS}"
KEY = "f0" * 32
WORKER = f"kubeadm join 192.168.0.11:6443 --token {TOKEN} --discovery-token-ca-cert-hash {HASH} "
CONTROL_PLANE = f"{WORKER}--control-plane --certificate-key {KEY}"
PARSED: dict[str, t.Any] = {
    "api_server_endpoint": "192.168.0.11:6443",
    "host": "192.168.0.11",
    "port": 6443,
    "token": TOKEN,
    "token_id": "abcdef",
    "ca_cert_hashes": [HASH],
    "control_plane": False,
    "certificate_key": None,
    "node_name": None,
    "cri_socket": None,
    "unsafe_skip_ca_verification": False,
}


def at(endpoint: str) -> str:
    return WORKER.replace("192.168.0.11:6443", endpoint)


VALID: list[tuple[str, dict[str, t.Any]]] = [
    (WORKER, {}),
    (f"sudo {WORKER}", {}),
    (f"sudo -E -n /usr/bin/{WORKER}", {}),
    (f"root@mini1:~# {WORKER}", {}),
    (f"$ {WORKER}", {}),
    (f"[root@cp1 ~]# {WORKER}", {}),
    (f"pi@pi-01:~ $ sudo {WORKER}", {}),
    (f"(venv) user@host:~$ {WORKER}", {}),
    (f"sudo -u root {WORKER}", {}),
    (f"sudo HTTPS_PROXY=http://proxy.lan:3128 {WORKER}", {}),
    (f"HTTPS_PROXY=http://proxy.lan:3128 {WORKER}", {}),
    (f"[root@cp1 ~]# {WORKER}".replace(" --token", " \\\n> --token"), {}),
    (f"  {WORKER}\r\n", {}),
    (f"\x1b[32m{WORKER}\x1b[0m\n", {}),
    (WORKER.replace(" --", " \\\n\t--"), {}),
    (WORKER.replace(" --", " \\\r\n    --"), {}),
    (WORKER.replace(" --", " \\ \n--"), {}),
    (
        f"W1121 10:08:36.025372    2541 version.go:108] could not fetch a version\nI1121 round_trippers.go\n{WORKER}\n",
        {},
    ),
    (f"Run kubeadm join on every node:\n\n{WORKER}", {}),
    (WORKER.replace("--token ", "--token="), {}),
    (WORKER.replace("--token", "--discovery-token"), {}),
    (WORKER.replace("--discovery-token-ca-cert-hash ", "--discovery-token-ca-cert-hash="), {}),
    (WORKER.replace(DIGITS, DIGITS.upper()), {}),
    (WORKER.replace(HASH, f"{HASH},{HASH}"), {"ca_cert_hashes": [HASH, HASH]}),
    (f"{WORKER} --discovery-token-ca-cert-hash {HASH}", {"ca_cert_hashes": [HASH, HASH]}),
    (f"{WORKER} --v=5 --ignore-preflight-errors Swap --control-plane=false", {}),
    (f"{WORKER} --node-name mini2.lan", {"node_name": "mini2.lan"}),
    (f"{WORKER} --cri-socket unix:///run/x.sock", {"cri_socket": "unix:///run/x.sock"}),
    (
        f"kubeadm join a:1 --token {TOKEN} --discovery-token-unsafe-skip-ca-verification",
        {
            "api_server_endpoint": "a:1",
            "host": "a",
            "port": 1,
            "ca_cert_hashes": [],
            "unsafe_skip_ca_verification": True,
        },
    ),
    (at("[fd00::11]:6443"), {"api_server_endpoint": "[fd00::11]:6443", "host": "fd00::11"}),
    (at("k8s.home.lan:443"), {"api_server_endpoint": "k8s.home.lan:443", "host": "k8s.home.lan", "port": 443}),
    (f"{CONTROL_PLANE}\n{WORKER}", {}),
]


@pytest.mark.parametrize(("text", "changes"), VALID)
def test_a_worker(text: str, changes: dict[str, t.Any]) -> None:
    assert parse_join_command(text) == {**PARSED, **changes}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (CONTROL_PLANE, {}),
        (f"{WORKER}\n{CONTROL_PLANE}", {}),
        (f"{WORKER}--control-plane ", {"certificate_key": None}),
        (f"{WORKER}--control-plane=true", {"certificate_key": None}),
    ],
)
def test_a_control_plane(text: str, changes: dict[str, t.Any]) -> None:
    expected = {**PARSED, "control_plane": True, "certificate_key": KEY, **changes}
    assert parse_join_command(text, "control_plane") == expected


COMMAND = "the join command"
INVALID: list[tuple[str, str]] = [
    ("", "the text is empty"),
    ("\x1b[0m \r\n", "the text is empty"),
    ("garbage", "the text holds no kubeadm join command"),
    ("kubeadm init --upload-certs", "the text holds no kubeadm join command"),
    (
        f"ssh mini2 {WORKER}",
        "the text mentions kubeadm join, but no line begins with the command (sudo may stand in front)",
    ),
    (f"{WORKER}\n{WORKER}", "the text holds 2 kubeadm join commands for a worker; give exactly one"),
    (
        CONTROL_PLANE,
        "the text holds 1 kubeadm join command, none of them for a worker; kind=control_plane reads the other kind",
    ),
    *(
        (f"{WORKER}{c} x", f"the join command holds {c!r}, which a shell would interpret; give the command alone")
        for c in ";|&$`<>(){}*?!~#\"'"
    ),
    (f"{WORKER}\\", "the join command holds '\\\\', which a shell would interpret; give the command alone"),
    (f"{WORKER}\x00", f"{COMMAND} holds a character that cannot be printed"),
    ("kubeadm join", f"{COMMAND} names no API server: HOST:PORT is missing after kubeadm join"),
    (f"{WORKER} x y", f"{COMMAND} has 3 arguments where one API server, HOST:PORT, belongs"),
    (at("192.168.0.11"), "the API server '192.168.0.11' is not HOST:PORT, an IPv6 address in brackets"),
    (at("https://a:6443"), "the API server 'https://a:6443' is not HOST:PORT, an IPv6 address in brackets"),
    (at("fd00::11:6443"), "the API server 'fd00::11:6443' is not HOST:PORT, an IPv6 address in brackets"),
    (at(TOKEN), "the API server given is not HOST:PORT, an IPv6 address in brackets"),
    (at(TOKEN.upper()), "the API server given is not HOST:PORT, an IPv6 address in brackets"),
    (at("a:0"), "the port of the API server 'a:0' is not a number from 1 to 65535"),
    (at("a:65536"), "the port of the API server 'a:65536' is not a number from 1 to 65535"),
    (at("a:http"), "the port of the API server 'a:http' is not a number from 1 to 65535"),
    (at("a:1" + "0" * 40), "the port of the API server given is not a number from 1 to 65535"),
    (at("-a:6443"), f"{COMMAND} has an unknown option"),
    (at("a_b:6443"), "the host of the API server 'a_b:6443' is neither an IP address nor a DNS name"),
    (
        at("192.168.0.256:6443"),
        "the host of the API server '192.168.0.256:6443' is neither an IP address nor a DNS name",
    ),
    (at("[fd00::x]:6443"), "the host of the API server '[fd00::x]:6443' is neither an IP address nor a DNS name"),
    (at("[10.0.0.1]:6443"), "the host of the API server '[10.0.0.1]:6443' is neither an IP address nor a DNS name"),
    (WORKER.replace(f"--token {TOKEN}", ""), f"{COMMAND} has no --token"),
    (WORKER.replace(TOKEN, ""), "the option --token of the join command has no value"),
    (f"{WORKER} --token {TOKEN}", "the option --token of the join command is given 2 times"),
    *(
        (
            WORKER.replace(TOKEN, wrong),
            "the token of the join command has the wrong shape: 6 and 16 lower case letters or digits with a dot between",
        )
        for wrong in (TOKEN.upper(), TOKEN[1:], f"{TOKEN}0", TOKEN.replace(".", "-"), "abcdef")
    ),
    (
        f"kubeadm join a:1 --token {TOKEN}",
        f"{COMMAND} has no --discovery-token-ca-cert-hash, so a node could not tell the cluster from an impostor",
    ),
    (
        WORKER.replace("sha256:", "sha512:"),
        f"a CA certificate hash of {COMMAND} uses the algorithm 'sha512'; kubeadm knows only sha256",
    ),
    (
        WORKER.replace("sha256:", f"{TOKEN}:"),
        f"a CA certificate hash of {COMMAND} uses the algorithm; kubeadm knows only sha256",
    ),
    (WORKER.replace("sha256:", ""), f"a CA certificate hash of {COMMAND} names no algorithm: sha256:... belongs there"),
    (WORKER.replace(HASH, HASH[:-1]), f"a CA certificate hash of {COMMAND} has 63 digits where sha256 has 64"),
    (WORKER.replace(HASH, f"{HASH}0"), f"a CA certificate hash of {COMMAND} has 65 digits where sha256 has 64"),
    (WORKER.replace(HASH, f"{HASH[:-1]}g"), f"a CA certificate hash of {COMMAND} is not hexadecimal"),
    (WORKER.replace(HASH, "sha256:"), f"a CA certificate hash of {COMMAND} is not hexadecimal"),
    (f"{WORKER} --certificate-key {KEY}", f"{COMMAND} has a --certificate-key, but no --control-plane"),
    (f"{WORKER} --frobnicate", f"{COMMAND} has an unknown option --frobnicate"),
    (f"{WORKER} --{TOKEN}", f"{COMMAND} has an unknown option"),
    (f"{WORKER} --control-plane=perhaps", "the value of --control-plane is neither true nor false"),
    (f"{WORKER} --config x.yaml", f"{COMMAND} uses --config; only discovery by token can be read"),
    (f"{WORKER} --discovery-file=x", f"{COMMAND} uses --discovery-file; only discovery by token can be read"),
    (f"{WORKER} --node-name -x", "the option --node-name of the join command has no value"),
    (f"{WORKER} --node-name a_b", f"the node name 'a_b' of {COMMAND} is not a DNS name"),
]


@pytest.mark.parametrize(("text", "error"), INVALID)
def test_anything_else_is_explained_without_the_token(text: str, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$") as caught:
        parse_join_command(text)
    assert TOKEN.split(".")[1] not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            WORKER,
            "the text holds 1 kubeadm join command, none of them for a control plane; kind=worker reads the other kind",
        ),
        (
            f"{CONTROL_PLANE}\n{CONTROL_PLANE}",
            "the text holds 2 kubeadm join commands for a control plane; give exactly one",
        ),
        (CONTROL_PLANE[:-1], "the certificate key of the join command is not 64 hexadecimal digits"),
        (CONTROL_PLANE.replace(KEY, TOKEN), "the certificate key of the join command is not 64 hexadecimal digits"),
    ],
)
def test_control_planes_are_explained_too(text: str, error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        parse_join_command(text, "control_plane")


def test_the_kind_is_one_of_two() -> None:
    with pytest.raises(ValueError, match=r"^kind must be worker or control_plane$"):
        parse_join_command(WORKER, t.cast("t.Any", "etcd"))


def test_real_output_of_kubeadm_init(fixtures: Path) -> None:
    text = (fixtures / "kubeadm/init-1.37.txt").read_text()
    ca = "sha256:da6a8612bc5093d68864634470531cb4f4beb9cdc49dbd4a8d1dd9ad60f75dff"
    for kind in ("worker", "control_plane"):
        found = parse_join_command(text, t.cast("t.Any", kind))
        assert found == {**PARSED, "ca_cert_hashes": [ca], "control_plane": kind == "control_plane"}


REAL: list[tuple[str, t.Any, dict[str, t.Any]]] = [
    ("init", "worker", {"host": "192.168.0.11", "control_plane": False, "certificate_key": None}),
    (
        "init-upload-certs-dns",
        "control_plane",
        {"host": "k8s.home.lan", "control_plane": True, "certificate_key": "0a" * 32},
    ),
    ("init-upload-certs-dns", "worker", {"host": "k8s.home.lan", "control_plane": False, "certificate_key": None}),
    ("token-create-v5", "worker", {"port": 6443, "control_plane": False, "certificate_key": None}),
    (
        "token-create-certificate-key",
        "control_plane",
        {"port": 6443, "control_plane": True, "certificate_key": "0a" * 32},
    ),
    ("init-ipv6", "worker", {"host": "fd00::11", "api_server_endpoint": "[fd00::11]:6443", "port": 6443}),
]


@pytest.mark.parametrize("version", ["1.36", "1.37"])
@pytest.mark.parametrize(("file", "kind", "expected"), REAL)
def test_more_real_output(fixtures: Path, file: str, kind: t.Any, expected: dict[str, t.Any], version: str) -> None:
    text = (fixtures / f"kubeadm/{file}-{version}.txt").read_text()
    found = parse_join_command(text, kind)
    assert {key: value for key, value in found.items() if key in expected} == expected
    assert found["token"] == TOKEN
    assert all(hash_ in text for hash_ in found["ca_cert_hashes"])
    assert len(found["ca_cert_hashes"]) == 1


@pytest.mark.parametrize("changed", [lambda s: s, lambda s: s.replace("\n", "\r\n"), lambda s: f"\x1b[1m{s}\x1b[0m"])
def test_real_output_in_other_clothes(fixtures: Path, changed: t.Callable[[str], str]) -> None:
    text = (fixtures / "kubeadm/init-1.37.txt").read_text()
    assert parse_join_command(changed(text)) == parse_join_command(text)


@given(st.text(alphabet="kubeadm join-:.0123456789abcdef\\\n\r\t\x1b[]=;'\"", max_size=80), st.booleans())
def test_no_text_breaks_it_or_makes_it_tell_the_token(noise: str, before: bool) -> None:
    told = ""
    try:
        assert parse_join_command(f"{noise}{WORKER}" if before else f"{WORKER}{noise}")["token"]
    except ValueError as exc:
        told = str(exc)
    assert TOKEN not in told
