# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The parts of a ``kubeadm join`` command, out of whatever kubeadm printed around it.

Errors never quote what could be a token or a key: options are quoted when kubeadm knows them, an endpoint when it cannot
be taken for a token.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip

_COLOUR = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
# A shell shows "> " where a command goes on.
_CONTINUED = re.compile(r"[ \t]*\\[ \t]*\n[ \t]*(?:>[ \t]+)?")
# A prompt ("[root@cp1 ~]# "), sudo with options and variables of its own, and a path may stand in front.
_SUDO = r"sudo\s+(?:(?:-[ugh]\s+\S+|-\S+|\w+=\S*)\s+)*"
_COMMAND = re.compile(
    rf"^\s*(?:[^$#\n]{{0,80}}[$#]\s+)?(?:{_SUDO})?(?:\w+=\S*\s+)*(?:/\S*/)?kubeadm\s+join(?:\s+(.*))?$", re.MULTILINE
)
_CONTROL_PLANE = re.compile(r"(?i)(?:^|\s)--control-plane(?:=(?:true|t|1))?(?:\s|$)")
_META = re.compile(r"[;|&$`<>(){}*?!~#\"'\\]")
_OPTION = re.compile(r"--?[a-z][a-z-]{0,60}")
_TOKEN = re.compile(r"([a-z0-9]{6})\.[a-z0-9]{16}")
_HASH = re.compile(r"[0-9a-f]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_NODE = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")

# Options with a value that the result has no place for, and switches: https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/.
_IGNORED = (
    "--apiserver-advertise-address",
    "--apiserver-bind-port",
    "--ignore-preflight-errors",
    "--patches",
    "--rootfs",
    "--skip-phases",
    "--tls-bootstrap-token",
    "--v",
    "-v",
)
_WANTED = (
    "--token",
    "--discovery-token",
    "--discovery-token-ca-cert-hash",
    "--certificate-key",
    "--node-name",
    "--cri-socket",
)
_SWITCHES = ("--control-plane", "--discovery-token-unsafe-skip-ca-verification", "--dry-run")
_OTHER_WAYS = ("--config", "--discovery-file")

Kind = t.Literal["worker", "control_plane"]


class JoinCommand(t.TypedDict):
    """What a join needs."""

    api_server_endpoint: str
    host: str
    port: int
    token: str
    token_id: str
    ca_cert_hashes: list[str]
    control_plane: bool
    certificate_key: str | None
    node_name: str | None
    cri_socket: str | None
    unsafe_skip_ca_verification: bool


class _Words(t.NamedTuple):
    """A command taken apart: arguments, options with their values, switches."""

    arguments: list[str]
    values: dict[str, list[str]]
    switches: dict[str, bool]


def _many(number: int) -> str:
    return f"{number} kubeadm join command{'' if number == 1 else 's'}"


def _commands(text: str) -> list[str]:
    """Everything behind ``kubeadm join``, once for each command in the text."""
    plain = _COLOUR.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    if not plain.strip():
        raise ValueError("the text is empty")
    found = [match.group(1) or "" for match in _COMMAND.finditer(_CONTINUED.sub(" ", plain))]
    if not found and re.search(r"kubeadm\s+join", plain):
        raise ValueError(
            "the text mentions kubeadm join, but no line begins with the command (sudo may stand in front)"
        )
    if not found:
        raise ValueError("the text holds no kubeadm join command")
    return found


def _switch(option: str, value: str) -> bool:
    if value.lower() not in ("true", "false", "1", "0", "t", "f"):
        raise ValueError(f"the value of {option} is neither true nor false")
    return value.lower() in ("true", "1", "t")


def _take_apart(command: str) -> _Words:
    meta = _META.search(command)
    if meta:
        raise ValueError(
            f"the join command holds {meta.group(0)!r}, which a shell would interpret; give the command alone"
        )
    if not command.isprintable():
        raise ValueError("the join command holds a character that cannot be printed")
    words = command.split()
    result = _Words([], {}, {})
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            result.arguments.append(word)
            continue
        option, equals, value = word.partition("=")
        if option in _SWITCHES:
            result.switches[option] = _switch(option, value) if equals else True
            continue
        if option in _OTHER_WAYS:
            raise ValueError(f"the join command uses {option}; only discovery by token can be read")
        if option not in _WANTED and option not in _IGNORED:
            known_shape = _OPTION.fullmatch(option)
            raise ValueError(f"the join command has an unknown option{f' {option}' if known_shape else ''}")
        if not equals and words and not words[0].startswith("-"):
            value = words.pop(0)
        if not value:
            raise ValueError(f"the option {option} of the join command has no value")
        result.values.setdefault(option, []).append(value)
    return result


def _one(words: _Words, *options: str) -> str | None:
    """The value of an option that may be given once."""
    given = [value for option in options for value in words.values.get(option, [])]
    if len(given) > 1:
        raise ValueError(f"the option {options[0]} of the join command is given {len(given)} times")
    return given[0] if given else None


def _quoted(value: str) -> str:
    """The value for a message, unless it could be a token or a key in the wrong place."""
    secret = re.search(r"[A-Za-z0-9]{4,}\.[A-Za-z0-9]{10,}|[0-9A-Fa-f]{32,}", value)
    return "given" if secret or len(value) > 253 else repr(value)


def _endpoint(arguments: t.Sequence[str]) -> tuple[str, str, int]:
    """The endpoint as given, its host without brackets, its port."""
    if not arguments:
        raise ValueError("the join command names no API server: HOST:PORT is missing after kubeadm join")
    if len(arguments) > 1:
        raise ValueError(f"the join command has {len(arguments)} arguments where one API server, HOST:PORT, belongs")
    given = arguments[0]
    host, colon, port = given.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if "://" in given or not colon or not host or (":" in host and not bracketed):
        raise ValueError(f"the API server {_quoted(given)} is not HOST:PORT, an IPv6 address in brackets")
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
        raise ValueError(f"the port of the API server {_quoted(given)} is not a number from 1 to 65535")
    host = host[1:-1] if bracketed else host
    try:
        valid = _ip.address(host).version == (6 if bracketed else 4)
    except ValueError:
        numeric = re.fullmatch(r"[0-9.]+", host)
        valid = not bracketed and not numeric and len(host) <= 253 and bool(_NAME.fullmatch(host))
    if not valid:
        raise ValueError(f"the host of the API server {_quoted(given)} is neither an IP address nor a DNS name")
    return given, host, int(port)


def _token(words: _Words) -> tuple[str, str]:
    """The token and its public first part."""
    token = _one(words, "--token", "--discovery-token")
    if token is None:
        raise ValueError("the join command has no --token")
    match = _TOKEN.fullmatch(token)
    if not match:
        raise ValueError(
            "the token of the join command has the wrong shape: 6 and 16 lower case letters or digits with a dot between"
        )
    return token, match.group(1)


def _hash(given: str) -> str:
    algorithm, colon, digits = given.partition(":")
    if not colon:
        raise ValueError("a CA certificate hash of the join command names no algorithm: sha256:... belongs there")
    if algorithm.lower() != "sha256":
        shown = f" {algorithm!r}" if re.fullmatch(r"(?:sha|md|blake)[a-z0-9-]{1,8}", algorithm.lower()) else ""
        raise ValueError(
            f"a CA certificate hash of the join command uses the algorithm{shown}; kubeadm knows only sha256"
        )
    if not _HASH.fullmatch(digits.lower()):
        raise ValueError("a CA certificate hash of the join command is not hexadecimal")
    if len(digits) != 64:
        raise ValueError(f"a CA certificate hash of the join command has {len(digits)} digits where sha256 has 64")
    return f"sha256:{digits.lower()}"


def _hashes(words: _Words, unsafe: bool) -> list[str]:
    given = [one for value in words.values.get("--discovery-token-ca-cert-hash", []) for one in value.split(",")]
    if not given and not unsafe:
        raise ValueError(
            "the join command has no --discovery-token-ca-cert-hash, so a node could not tell the cluster from an impostor"
        )
    return [_hash(one) for one in given]


def _certificate_key(words: _Words, control_plane: bool) -> str | None:
    key = _one(words, "--certificate-key")
    if key is None:
        return None
    if not control_plane:
        raise ValueError("the join command has a --certificate-key, but no --control-plane")
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", key):
        raise ValueError("the certificate key of the join command is not 64 hexadecimal digits")
    return key


def _node_name(words: _Words) -> str | None:
    name = _one(words, "--node-name")
    if name is not None and not _NODE.fullmatch(name.lower()):
        raise ValueError(f"the node name {_quoted(name)} of the join command is not a DNS name")
    return name


def _chosen(commands: t.Sequence[str], kind: Kind) -> _Words:
    """The one command of a kind."""
    wanted = [command for command in commands if bool(_CONTROL_PLANE.search(command)) is (kind == "control_plane")]
    label = kind.replace("_", " ")
    if not wanted:
        other = "worker" if kind == "control_plane" else "control_plane"
        raise ValueError(
            f"the text holds {_many(len(commands))}, none of them for a {label}; kind={other} reads the other kind"
        )
    if len(wanted) > 1:
        raise ValueError(f"the text holds {_many(len(wanted))} for a {label}; give exactly one")
    return _take_apart(wanted[0])


def parse_join_command(text: str, kind: Kind = "worker") -> JoinCommand:
    """The parts of the one join command of a kind in a text. Raises ValueError that says what is wrong and no secret."""
    if kind not in ("worker", "control_plane"):
        raise ValueError("kind must be worker or control_plane")
    words = _chosen(_commands(text), kind)
    unsafe = words.switches.get("--discovery-token-unsafe-skip-ca-verification", False)
    control_plane = words.switches.get("--control-plane", False)
    endpoint, host, port = _endpoint(words.arguments)
    token, token_id = _token(words)
    return JoinCommand(
        api_server_endpoint=endpoint,
        host=host,
        port=port,
        token=token,
        token_id=token_id,
        ca_cert_hashes=_hashes(words, unsafe),
        control_plane=control_plane,
        certificate_key=_certificate_key(words, control_plane),
        node_name=_node_name(words),
        cri_socket=_one(words, "--cri-socket"),
        unsafe_skip_ca_verification=unsafe,
    )


__all__ = ("JoinCommand", "Kind", "parse_join_command")
