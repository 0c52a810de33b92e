# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the host's apt configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirror.hostapt import (
    DEFAULT_ARCHIVE,
    DEFAULT_SECURITY,
    DebianMirror,
    Source,
    debian_mirror,
    host_sources,
    kept_options,
    parse_deb822,
    parse_one_line,
    sources_text,
)

DEB822 = """\
Types: deb deb-src
# the nearest one
URIs: http://mirror.invalid/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main
  contrib

Types: deb
URIs: http://other.invalid/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://source.invalid/debian
Suites: bookworm
Components: main
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("deb http://m.invalid/debian trixie main", [Source("http://m.invalid/debian", "trixie", ("main",))]),
        (
            "deb [arch=amd64 signed-by=/k.gpg] http://m.invalid/debian/ trixie main contrib # mine",
            [Source("http://m.invalid/debian", "trixie", ("main", "contrib"))],
        ),
        ("  deb\thttp://m.invalid/flat ./", [Source("http://m.invalid/flat", "./", ())]),
        ("deb-src http://m.invalid/debian trixie main", []),
        ("# deb http://m.invalid/debian trixie main", []),
        ("", []),
    ],
)
def test_parse_one_line(line: str, expected: list[Source]) -> None:
    assert parse_one_line(line) == expected


def test_parse_deb822() -> None:
    assert parse_deb822(DEB822) == [
        Source("http://mirror.invalid/debian", "bookworm", ("main",)),
        Source("http://mirror.invalid/debian", "bookworm-updates", ("main",)),
        Source("http://mirror.invalid/debian-security", "bookworm-security", ("main", "contrib")),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "Types: deb\n", "nonsense\n"])
def test_parse_deb822_without_repositories(text: str) -> None:
    assert parse_deb822(text) == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (parse_deb822(DEB822), DebianMirror("http://mirror.invalid/debian", "http://mirror.invalid/debian-security")),
        ([], DebianMirror(DEFAULT_ARCHIVE, DEFAULT_SECURITY)),
        (
            parse_one_line("deb https://apt.invalid/tools trixie main\ndeb file:/srv/debian trixie main"),
            DebianMirror(DEFAULT_ARCHIVE, DEFAULT_SECURITY),
        ),
        (
            parse_one_line("deb http://archive.invalid/ubuntu noble main"),
            DebianMirror(DEFAULT_ARCHIVE, DEFAULT_SECURITY),
        ),
        (
            parse_one_line("deb http://a.invalid/debian trixie main\ndeb http://b.invalid/debian trixie main"),
            DebianMirror("http://a.invalid/debian", DEFAULT_SECURITY),
        ),
    ],
)
def test_debian_mirror(sources: list[Source], expected: DebianMirror) -> None:
    assert debian_mirror(sources) == expected


def test_host_sources_reads_every_place(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.invalid/debian trixie main\n", encoding="utf-8")
    (tmp_path / "sources.list.d" / "two.list").write_text(
        "deb http://two.invalid/debian trixie main\n", encoding="utf-8"
    )
    (tmp_path / "sources.list.d" / "three.sources").write_text(DEB822, encoding="utf-8")
    (tmp_path / "sources.list.d" / "four.list.disabled").write_text(
        "deb http://four.invalid x main\n", encoding="utf-8"
    )
    found = [source.uri for source in host_sources(tmp_path)]
    assert found[:2] == ["http://one.invalid/debian", "http://two.invalid/debian"]
    assert len(found) == 5


def test_host_sources_without_apt(tmp_path: Path) -> None:
    assert host_sources(tmp_path / "none") == []


def test_sources_text() -> None:
    assert sources_text(DebianMirror("http://a.invalid/debian", "http://s.invalid/debian-security"), "trixie") == (
        "Types: deb\n"
        "URIs: http://a.invalid/debian\n"
        "Suites: trixie trixie-updates\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        "\n"
        "Types: deb\n"
        "URIs: http://s.invalid/debian-security\n"
        "Suites: trixie-security\n"
        "Components: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )


def test_kept_options() -> None:
    dump = (
        'APT "";\nAcquire::Check-Date "false";\nAcquire::Retries "5";\nAcquire::http::Proxy "http://p.invalid:3128";\n'
    )
    assert kept_options(dump) == 'Acquire::Check-Date "false";\nAcquire::http::Proxy "http://p.invalid:3128";\n'
