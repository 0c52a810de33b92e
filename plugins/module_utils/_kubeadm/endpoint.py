# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The endpoint of a cluster in the texts that name it, and the same texts with another one.

kubeadm writes them all, in one spelling: keys sorted, lists not indented deeper than their key. A host has no library for YAML.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip

_SERVER = re.compile(r"(?m)^(\s*server:\s*https://)(\S+?)(/?\s*)$")
_ENDPOINT = re.compile(r"(?m)^controlPlaneEndpoint:.*\n")
_NAMES = re.compile(r"(?m)^  certSANs:\n((?:  - .*\n)+)")
_API_SERVER = re.compile(r"(?m)^apiServer:(?: \{\})?\n")
_FOLDER = re.compile(r"(?m)^certificatesDir: .*$")


def server(kubeconfig: str) -> str:
    """Host and port of the API that a kubeconfig names, "" when it names none."""
    match = _SERVER.search(kubeconfig)
    return match.group(2) if match else ""


def with_server(kubeconfig: str, endpoint: str) -> str:
    """A kubeconfig that names another API; the credentials in it stay."""
    return _SERVER.sub(rf"\g<1>{endpoint}\g<3>", kubeconfig)


def same(one: str, other: str) -> bool:
    """Whether two endpoints (``host:port``) are the same, however an address in them is written."""

    def meaning(text: str) -> tuple[str, str]:
        host, _colon, port = text.rpartition(":")
        host = host.strip("[]").lower().rstrip(".")
        try:
            return _ip.canonical(host), port
        except ValueError:
            return host, port

    return meaning(one) == meaning(other)


def with_endpoint(configuration: str, endpoint: str, names: t.Iterable[str]) -> str:
    """A ClusterConfiguration, as kubeadm keeps it, with another endpoint and with more names in certificates of API servers.

    Names that it has stay, the others are put beside them. Raises ValueError for a text that kubeadm has not written.
    """
    if not _API_SERVER.search(configuration):
        raise ValueError("the ClusterConfiguration in ConfigMap kube-system/kubeadm-config has no apiServer")
    match = _NAMES.search(configuration)
    known = [line[4:].strip("\"'") for line in match.group(1).splitlines()] if match else []
    wanted = "  certSANs:\n" + "".join(f"  - {_scalar(name)}\n" for name in sorted({*known, *names}))
    if match:
        configuration = configuration[: match.start()] + wanted + configuration[match.end() :]
    else:
        configuration = _API_SERVER.sub(lambda _found: f"apiServer:\n{wanted}", configuration, count=1)
    line = f"controlPlaneEndpoint: {_scalar(endpoint)}\n"
    if _ENDPOINT.search(configuration):
        return _ENDPOINT.sub(lambda _found: line, configuration, count=1)
    return configuration.rstrip("\n") + "\n" + line


def with_folder(configuration: str, folder: str) -> str:
    """A ClusterConfiguration whose certificates lie in another folder."""
    return _FOLDER.sub(lambda _found: f"certificatesDir: {folder}", configuration)


def _scalar(text: str) -> str:
    """A text as YAML reads it: an address of IPv6 would begin a list or end in a colon."""
    return f"'{text}'" if text.startswith("[") or text.endswith(":") or text.startswith(":") else text


__all__ = ("same", "server", "with_endpoint", "with_folder", "with_server")
