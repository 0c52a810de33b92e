# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""This machine's own network, as the proof uses it: pages, the ARP table, and the certificate that a server shows."""

from __future__ import annotations

import http.client
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Reply

# A lost first packet is sent again after a second: a new attempt is as quick.
TIMEOUT = 1.0
ARP = "/proc/net/arp"


class HomeLan:
    """The network of this machine."""

    def get(self, address: str, port: int, path: str) -> Reply:
        """Fetches a page without any proxy; status 0 and the reason where nothing answers."""
        connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return Reply(response.status, response.read(1000).decode(errors="replace"))
        except (OSError, http.client.HTTPException) as exc:
            return Reply(0, str(exc) or type(exc).__name__)
        finally:
            connection.close()

    def neighbour(self, address: str) -> str:
        """What the kernel's ARP table says; "" on systems without /proc."""
        try:
            rows = [line.split() for line in Path(ARP).read_text(encoding="ascii").splitlines()[1:]]
        except OSError:
            return ""
        flags_and_mac = next(((row[2], row[3]) for row in rows if row[0] == address), None)
        if flags_and_mac is None:
            return ""
        flags, mac = flags_and_mac
        return mac if int(flags, 16) & 0x2 else "incomplete"


def server_certificate(server: str) -> bytes:
    """The certificate that the API server shows, in DER. It is only read: the kubeconfig's CA was checked before."""
    url = urlsplit(server)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, port = url.hostname or "", url.port or 443
    with socket.create_connection((host, port), TIMEOUT) as raw, context.wrap_socket(raw, server_hostname=host) as tls:
        return tls.getpeercert(binary_form=True) or b""


__all__ = ("HomeLan", "server_certificate")
