# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the host's apt configuration: which Debian mirror it uses and how it treats it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DEFAULT_ARCHIVE = "http://ftp.debian.org/debian"
DEFAULT_SECURITY = "http://security.debian.org/debian-security"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
KEPT_OPTIONS = (
    "Acquire::Check-Date",
    "Acquire::Check-Valid-Until",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
)


@dataclass(frozen=True)
class Source:
    """One repository as apt names it."""

    uri: str
    suite: str
    components: tuple[str, ...]


@dataclass(frozen=True)
class DebianMirror:
    """The two archives a Debian system lives from."""

    archive: str
    security: str


def parse_one_line(text: str) -> list[Source]:
    """Return the binary repositories of a sources.list."""
    found = []
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            found.append(Source(match[1].rstrip("/"), match[2], tuple(match[3].split())))
    return found


def parse_deb822(text: str) -> list[Source]:
    """Return the binary repositories of a .sources file."""
    found = []
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        components = tuple(fields.get("components", "").split())
        for uri in fields.get("uris", "").split():
            found += [Source(uri.rstrip("/"), suite, components) for suite in fields.get("suites", "").split()]
    return found


def _fields(stanza: str) -> dict[str, str]:
    """Return the fields of a deb822 stanza, names in lower case, continuation lines joined."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line[:1] in (" ", "\t") and name:
            fields[name] += " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def host_sources(etc: Path = Path("/etc/apt")) -> list[Source]:
    """Return every repository the host's apt uses."""
    found: list[Source] = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]:
        if path.is_file():
            found += parse_one_line(path.read_text(encoding="utf-8"))
    for path in sorted((etc / "sources.list.d").glob("*.sources")):
        found += parse_deb822(path.read_text(encoding="utf-8"))
    return found


def debian_mirror(sources: Iterable[Source]) -> DebianMirror:
    """Return the archives that carry Debian's releases and their security fixes, else Debian's own."""
    archive, security = DEFAULT_ARCHIVE, DEFAULT_SECURITY
    web = [source for source in sources if re.match(r"https?://.*debian", source.uri) and "main" in source.components]
    for source in reversed(web):
        if source.suite.endswith(("-security", "/updates")):
            security = source.uri
        elif re.fullmatch(r"[a-z]+", source.suite):
            archive = source.uri
    return DebianMirror(archive, security)


def sources_text(mirror: DebianMirror, suite: str) -> str:
    """Return the debian.sources of a tree of this suite."""
    stanzas = [
        (mirror.archive, f"{suite} {suite}-updates"),
        (mirror.security, f"{suite}-security"),
    ]
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n"
        for uri, suites in stanzas
    )


def kept_options(dump: str) -> str:
    """Return the lines of `apt-config dump` on how the mirror is reached and its dates are judged."""
    lines = [line for line in dump.splitlines() if line.split(" ", 1)[0] in KEPT_OPTIONS]
    return "".join(f"{line}\n" for line in sorted(set(lines)))
