# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Package sources of the Debian family in their deb822 form (sources.list(5)), and whose their keys are."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._sources.openpgp import Key, public_key
from ansible_collections.homelab.kubernetes.plugins.module_utils._urls import has_login, is_protected, masked

LOGIN_FIX = (
    "write `machine HOST login NAME password SECRET` into a file of mode 0600 in /etc/apt/auth.conf.d on the hosts, and let the "
    "mirror serve the key, which is public, without a login"
)
PIN_FIX = "name its fingerprint (`gpg --show-keys FILE` prints it; for our mirror `python -m mirror vars`)"


def deb822(uri: str, suite: str, components: t.Sequence[str], key: str) -> str:
    """A source's file; a suite that ends in ``/`` is a flat repository, which has no components."""
    lines = ["Types: deb", f"URIs: {uri}", f"Suites: {suite}"]
    if components:
        lines.append(f"Components: {' '.join(components)}")
    return "\n".join([*lines, f"Signed-By: {key}", ""])


class Source(t.NamedTuple):
    """Where apt looks, and whose signature it takes: a path, several of them, an embedded key, or "" for any trusted one."""

    file: str
    uri: str
    suite: str
    signed_by: str


# deb [arch=amd64 signed-by=/etc/apt/keyrings/x.gpg] https://host/path suite component ...
_LINE = re.compile(r"^\s*deb(?:-src)?\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)", re.MULTILINE)


def _paragraphs(text: str) -> t.Iterator[dict[str, str]]:
    """The fields of each source of a deb822 file, by their name in small letters; continued lines are joined."""
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            else:
                name, _colon, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        yield fields


def sources(file: str, text: str) -> list[Source]:
    """The package sources of a file of /etc/apt: of one line each (``.list``), or in deb822 form (``.sources``)."""
    if not file.endswith(".sources"):
        signed = (
            (found, re.search(r"(?:^|\s)signed-by=(\S+)", found["options"] or "")) for found in _LINE.finditer(text)
        )
        return [Source(file, found["uri"], found["suite"], key[1] if key else "") for found, key in signed]
    return [
        Source(file, uri, suite, fields.get("signed-by", ""))
        for fields in _paragraphs(text)
        if fields.get("enabled", "yes").lower() not in ("no", "false", "off", "0")
        for uri in fields.get("uris", "").split()
        for suite in fields.get("suites", "").split()
    ]


def refuse_second(others: t.Iterable[Source], ours: Source) -> None:
    """Raises ValueError where another file has our source with another key: apt would then read none of the host's sources."""
    same = [
        other
        for other in others
        if (other.uri.rstrip("/"), other.suite) == (ours.uri.rstrip("/"), ours.suite)
        and (other.file, other.signed_by) != (ours.file, ours.signed_by)
        and other.signed_by != ours.signed_by
    ]
    if same:
        files = " ".join(dict.fromkeys(other.file for other in same))
        keys = ", ".join(other.signed_by or "any trusted key" for other in same)
        raise ValueError(
            f"{masked(ours.uri)} is a package source of this host already, signed by {keys}, and apt reads nothing at all where two "
            f"keys stand for one source: remove the other one (`rm {files}`) and run again"
        )


def armored_key(content: bytes, url: str) -> Key:
    """The keys in what was served. Raises ValueError for anything else, such as a proxy's error page."""
    text = content.decode("utf-8", errors="replace")
    try:
        return public_key(text)
    except ValueError as exc:
        raise ValueError(
            f"what {masked(url)} serves is no armoured OpenPGP key: {exc}; it begins with {text[:40]!r}"
        ) from None


def refuse_login(url: str) -> None:
    """Raises ValueError where an address holds a login: the file of the source is for everybody to read."""
    if has_login(url):
        raise ValueError(
            f"the package source {masked(url)} holds a login, which every user of the host could read: {LOGIN_FIX}"
        )


def refuse_unpinned(url: str, pins: t.Collection[str]) -> None:
    """Raises ValueError where anybody on the way can serve another key, and then packages that are signed with it."""
    if not pins and not is_protected(url):
        raise ValueError(
            f"the key of the package source would come from {masked(url)}, where anybody on the way can put another in its "
            f"place, and packages of theirs with it: serve it over https://, or {PIN_FIX} in key_fingerprints"
        )


def refuse_stranger(key: Key, pins: t.Collection[str], place: str) -> None:
    """Raises ValueError where one of the keys in a file is not among those pinned; no pins admit any key."""
    strangers = [fingerprint for fingerprint in key.fingerprints if fingerprint not in pins]
    if pins and strangers:
        raise ValueError(
            f"{masked(place)} has the key {', '.join(strangers)}, but key_fingerprints admits only {', '.join(pins)}: whoever "
            "holds that key could install anything as root. Add it only if the vendor publishes it as its new key"
        )


def replacement(before: t.Optional[Key], after: Key, url: str) -> str:
    """What a person should know where no key of a file stays; empty where one does, or there was none."""
    if before is None or set(before.fingerprints) & set(after.fingerprints):
        return ""
    return (
        f"the package source has another key: {', '.join(before.fingerprints)} was there, and {masked(url)} now serves "
        f"{', '.join(after.fingerprints)}. Look whether the vendor has announced it; key_fingerprints admits one key only"
    )


__all__ = (
    "LOGIN_FIX",
    "PIN_FIX",
    "Source",
    "armored_key",
    "deb822",
    "refuse_login",
    "refuse_second",
    "refuse_stranger",
    "refuse_unpinned",
    "replacement",
    "sources",
)
