# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which requests of kubelets for a serving certificate may be approved: a node's own name and addresses, nothing else.

Needs Python's standard library only, because a copy of this file runs on control planes by itself. Read strictly: what is
not understood is refused. Formats: PKCS #10 (RFC 2986), its extensions (RFC 2985 5.4.2), names and SANs (RFC 5280).
"""

from __future__ import annotations

import base64
import ipaddress
import typing as t

SIGNER = "kubernetes.io/kubelet-serving"
USER = "system:node:"
GROUP = "system:nodes"
# What the signer allows; elliptic curve keys go without key encipherment.
USAGES = {"digital signature", "key encipherment", "server auth"}
# Base64 of PEM, in characters: a kubelet's is near 700 with an elliptic curve, and below 4000 with a long RSA key.
LONGEST_REQUEST = 16_384
# Characters of a reason, which goes into the journal and onto terminals.
LONGEST_REASON = 200

SEQUENCE, SET, OCTETS, OBJECT_ID, BOOLEAN = 0x30, 0x31, 0x04, 0x06, 0x01
# UTF8String, PrintableString, IA5String.
TEXTS = (0x0C, 0x13, 0x16)
ATTRIBUTES, DNS_NAME, IP_ADDRESS = 0xA0, 0x82, 0x87
COMMON_NAME, ORGANIZATION = "550403", "55040a"
EXTENSION_REQUEST, SUBJECT_ALT_NAME = "2a864886f70d01090e", "551d11"

Object = t.Dict[str, t.Any]
# Node name -> its addresses.
Nodes = t.Mapping[str, t.Sequence[str]]


class Request(t.NamedTuple):
    """What a certificate is asked for."""

    names: t.List[str]
    organizations: t.List[str]
    dns: t.List[str]
    addresses: t.List[str]


def element(data: bytes) -> tuple[int, bytes, bytes]:
    """Tag and content of the first DER element, and what follows it. Raises ValueError where it does not fit."""
    if len(data) < 2:
        raise ValueError("it ends too early")
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        if not 3 <= start <= 6 or len(data) < start:
            raise ValueError("a length is not understood")
        length = int.from_bytes(data[2:start], "big")
    end = start + length
    if end > len(data):
        raise ValueError("it ends too early")
    return tag, data[start:end], data[end:]


def elements(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    """All elements side by side."""
    while data:
        tag, content, data = element(data)
        yield tag, content


def inside(data: bytes, tag: int) -> bytes:
    """The content of the one element of that tag."""
    found, content, rest = element(data)
    if found != tag or rest:
        raise ValueError(f"{found:#04x} stands where {tag:#04x} belongs")
    return content


def pair(data: bytes) -> tuple[str, list[tuple[int, bytes]]]:
    """An object id, and the elements behind it."""
    (tag, key), *values = elements(data)
    if tag != OBJECT_ID or not values:
        raise ValueError("an object id is missing")
    return key.hex(), values


def subject(data: bytes) -> tuple[list[str], list[str]]:
    """Common names and organizations of a subject. Raises ValueError when it says anything else."""
    found: dict[str, list[str]] = {COMMON_NAME: [], ORGANIZATION: []}
    for _tag, group in elements(data):
        for _inner, entry in elements(group):
            key, ((tag, text), *more) = pair(entry)
            if key not in found or tag not in TEXTS or more:
                raise ValueError("the subject holds more than a name and organizations")
            found[key].append(text.decode("utf-8"))
    return found[COMMON_NAME], found[ORGANIZATION]


def alternative_names(data: bytes) -> tuple[list[str], list[str]]:
    """DNS names and addresses of a SAN. Raises ValueError when it holds anything else."""
    dns, addresses = [], []
    for tag, content in elements(inside(data, SEQUENCE)):
        if tag == DNS_NAME:
            dns.append(content.decode("ascii"))
        elif tag == IP_ADDRESS and len(content) in (4, 16):
            addresses.append(str(ipaddress.ip_address(content)))
        else:
            raise ValueError("it is for more than DNS names and IP addresses")
    return dns, addresses


def extensions(attributes: bytes) -> t.Iterator[tuple[str, bytes]]:
    """Object id and value of every extension that is asked for. Raises ValueError for other attributes."""
    for _tag, attribute in elements(attributes):
        key, ((tag, values), *more) = pair(attribute)
        if key != EXTENSION_REQUEST or tag != SET or more:
            raise ValueError("it has an attribute that no kubelet sends")
        for _inner, extension in elements(inside(values, SEQUENCE)):
            name, parts = pair(extension)
            if parts[0][0] == BOOLEAN:
                del parts[0]
            if len(parts) != 1 or parts[0][0] != OCTETS:
                raise ValueError("an extension is not understood")
            yield name, parts[0][1]


def parse(pem: str) -> Request:
    """What a PEM request asks for. Raises ValueError when it holds anything a kubelet would not send."""
    lines = pem.strip().splitlines()
    if len(lines) < 3 or "CERTIFICATE REQUEST" not in lines[0] or "CERTIFICATE REQUEST" not in lines[-1]:
        raise ValueError("it is no PEM of a certificate request")
    der = base64.b64decode("".join(lines[1:-1]), validate=True)
    (_tag, information), *_signature = elements(inside(der, SEQUENCE))
    fields = list(elements(information))
    # Version, subject, public key, attributes.
    if [tag for tag, _content in fields] != [0x02, SEQUENCE, SEQUENCE, ATTRIBUTES]:
        raise ValueError("it is no PKCS #10 request with attributes")
    names, organizations = subject(fields[1][1])
    wanted = list(extensions(fields[3][1]))
    if [name for name, _value in wanted] != [SUBJECT_ALT_NAME]:
        raise ValueError("it asks for other extensions than names and addresses")
    dns, addresses = alternative_names(wanted[0][1])
    return Request(names, organizations, dns, addresses)


def undecided(csr: Object) -> bool:
    """Whether a CertificateSigningRequest is a kubelet's for serving, and nobody has said yes or no."""
    return csr["spec"].get("signerName") == SIGNER and not csr.get("status", {}).get("conditions")


def shown(text: str) -> str:
    """A text of whoever asked as one line of plain ASCII, cut where it is long."""
    line = text[:LONGEST_REASON].encode("unicode_escape").decode("ascii")
    cut = len(text) > LONGEST_REASON or len(line) > LONGEST_REASON
    return f"{line[: LONGEST_REASON - 3]}..." if cut else line


def own_addresses(texts: t.Iterable[str]) -> set[str]:
    """Addresses of a node as a certificate has them. What is none is left out, as is one with a zone (``fe80::1%eth0``)."""
    found = set()
    for text in texts:
        try:
            found.add(str(ipaddress.ip_address(text)))
        except ValueError:
            continue
    return {address for address in found if "%" not in address}


def refusal(csr: Object, nodes: Nodes) -> str:
    """Why a CertificateSigningRequest must not be approved, at most 200 printable characters; "" when it may."""
    return shown(_reason(csr, nodes))


def _reason(csr: Object, nodes: Nodes) -> str:
    """The same in the words of whoever asked.

    The API server has filled in user and groups from the credentials of whoever asks; the rest is what was asked.
    """
    spec = csr["spec"]
    user, name = str(spec.get("username", "")), str(spec.get("username", ""))[len(USER) :]
    if not user.startswith(USER) or GROUP not in (spec.get("groups") or []):
        return f"{user or 'nobody'} is no node"
    if name not in nodes:
        return f"the inventory has no node {name!r}"
    usages = set(spec.get("usages") or [])
    if "server auth" not in usages or usages - USAGES:
        return f"its usages are {', '.join(sorted(usages)) or 'none'}"
    encoded = str(spec.get("request", ""))
    if len(encoded) > LONGEST_REQUEST:
        return f"the request has {len(encoded)} characters, more than the {LONGEST_REQUEST} of any kubelet"
    try:
        request = parse(base64.b64decode(encoded, validate=True).decode("ascii"))
    except ValueError as exc:
        return f"the request is not what a kubelet sends: {exc}"
    if request.names != [user] or request.organizations != [GROUP]:
        return f"its subject is {', '.join(request.names + request.organizations)}"
    own = own_addresses(nodes[name])
    strange = [dns for dns in request.dns if dns != name] + [ip for ip in request.addresses if ip not in own]
    if strange:
        return f"it asks for {', '.join(strange)}, which {name} does not have in the inventory"
    return "" if request.addresses else "it asks for no address"


def decide(csrs: t.Iterable[Object], nodes: Nodes) -> tuple[list[str], dict[str, str]]:
    """Names of the requests to approve, and why each other undecided one is not."""
    open_ = [csr for csr in csrs if undecided(csr)]
    refused = {csr["metadata"]["name"]: refusal(csr, nodes) for csr in open_}
    return [name for name, why in refused.items() if not why], {name: why for name, why in refused.items() if why}


__all__ = ("Nodes", "Request", "decide", "parse", "refusal", "undecided")
