# SPDX-License-Identifier: GPL-3.0-or-later
"""What an NFS server may export, and how it is written."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.kubernetes.plugins.module_utils._nfs import exports as nfs

GOOD: dict[str, t.Any] = {"path": "/srv/nfs/kubernetes"}


def exports(*given: dict[str, t.Any]) -> list[nfs.Export]:
    return [nfs.export(item, ["192.168.0.11", "192.168.0.12"], ["rw", "root_squash"]) for item in given]


def told(*given: dict[str, t.Any], allowed: t.Collection[str] = ()) -> list[str]:
    return [f"{f['id']}: {f['message']}" for f in nfs.plan_findings(exports(*given), allowed, "nas")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"path": "srv"}, ['nfs-export-invalid: the path "srv" is not an absolute path in its shortest form']),
        (
            {"path": "/srv/../etc"},
            ['nfs-export-invalid: the path "/srv/../etc" is not an absolute path in its shortest form'],
        ),
        ({"path": "/srv/a/"}, ['nfs-export-invalid: the path "/srv/a/" is not an absolute path in its shortest form']),
        ({"path": "//srv"}, ['nfs-export-invalid: the path "//srv" is not an absolute path in its shortest form']),
        (
            {"path": "/srv/a\nb"},
            ['nfs-export-invalid: the path "/srv/a\nb" is not an absolute path in its shortest form'],
        ),
        ({"path": "/srv/my files"}, []),
        (
            {"clients": ["mini1.lan"]},
            [
                'nfs-export-invalid: the client "mini1.lan" of /srv/nfs/kubernetes is no address and no network: '
                "'mini1.lan' does not appear to be an IPv4 or IPv6 network"
            ],
        ),
        (
            {"clients": ["192.168.0.1/24"]},
            [
                'nfs-export-invalid: the client "192.168.0.1/24" of /srv/nfs/kubernetes is no address and no network: '
                "192.168.0.1/24 has host bits set"
            ],
        ),
        ({"clients": ["192.168.0.0/24", "fd00::11"]}, []),
        (
            {"options": ["rw) *(rw"]},
            ['nfs-export-invalid: the option "rw) *(rw" of /srv/nfs/kubernetes is none of exports(5)'],
        ),
        ({"options": ["fsid=0", "sec=sys:krb5"]}, []),
        ({"mode": "u=rwx"}, ['nfs-export-invalid: the mode "u=rwx" of /srv/nfs/kubernetes is not octal']),
        ({"mode": "2775"}, []),
        ({"owner": "a b"}, ['nfs-export-invalid: the owner "a b" of /srv/nfs/kubernetes is no name and no number']),
        ({"clients": ["*"]}, ["nfs-export-world: /srv/nfs/kubernetes would be exported to everybody (*)"]),
        (
            {"clients": ["0.0.0.0/0"]},
            ["nfs-export-world: /srv/nfs/kubernetes would be exported to everybody (0.0.0.0/0)"],
        ),
        ({"clients": ["::/0"]}, ["nfs-export-world: /srv/nfs/kubernetes would be exported to everybody (::/0)"]),
        # The world in pieces, and more of it than any private network is.
        (
            {"clients": ["0.0.0.0/1", "192.168.0.0/24", "128.0.0.0/1"]},
            [
                "nfs-export-world: /srv/nfs/kubernetes would be exported to everybody (0.0.0.0/1, 192.168.0.0/24, 128.0.0.0/1)"
            ],
        ),
        (
            {"clients": ["10.0.0.0/8", "11.0.0.0/8", "fd00::/8"]},
            ["nfs-export-world: /srv/nfs/kubernetes would be exported to everybody (10.0.0.0/8, 11.0.0.0/8)"],
        ),
        (
            {"clients": ["2000::/3"]},
            ["nfs-export-world: /srv/nfs/kubernetes would be exported to everybody (2000::/3)"],
        ),
        ({"clients": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]}, []),
        (
            {"clients": ["fe80::1%x(rw) *"]},
            [
                'nfs-export-invalid: the client "fe80::1%x(rw) *" of /srv/nfs/kubernetes is no address and no network: '
                "'fe80::1%x(rw) *' has a zone (%), which means something on one host only; write the network without it"
            ],
        ),
    ],
)
def test_one_export(given: dict[str, t.Any], expected: list[str]) -> None:
    assert told({**GOOD, **given}) == expected


@pytest.mark.parametrize(
    ("path", "system"),
    [
        ("/", True),
        ("/etc", True),
        ("/etc/kubernetes", True),
        ("/home", True),
        ("/home/anna/share", False),
        ("/srv", True),
        ("/srv/nfs", False),
        ("/var/lib", True),
        ("/var/lib/kubelet/pods", True),
        ("/var/lib/exports", False),
        ("/usr/local/share", True),
        ("/usrdata", False),
        ("/mnt", True),
        ("/mnt/disk1", False),
        ("/opt/cni/bin", True),
        ("/opt/films", False),
        ("/var/lib/cni", True),
        ("/var/spool/cron/crontabs", True),
        ("/var/backups", True),
        ("/var/lib/rancher/local", False),
        ("/lost+found", True),
    ],
)
def test_the_system_is_not_exported(path: str, system: bool) -> None:
    message = f"nfs-export-system: {path} would be exported, which belongs to the system"
    assert told({"path": path}) == ([message] if system else [])


def test_what_is_asked_for_by_name_is_done() -> None:
    assert told({"path": "/home", "clients": ["*"]}, allowed=["/home", "*"]) == []
    assert told({"path": "/", "clients": ["*"]}, allowed=["*"]) == [
        "nfs-export-system: / would be exported, which belongs to the system"
    ]


@pytest.mark.parametrize(
    ("path", "real", "allowed", "message"),
    [
        ("/srv/nfs", "/srv/nfs", [], ""),
        ("/srv/nfs", "/mnt/disk1/nfs", [], ""),
        ("/srv/nfs", "/etc", [], "/srv/nfs would be exported, which leads to /etc and belongs to the system"),
        ("/srv/nfs", "/", [], "/srv/nfs would be exported, which leads to / and belongs to the system"),
        ("/srv/nfs", "/home", ["/srv/nfs"], ""),
        ("/srv/nfs", "/home", ["/home"], ""),
        # That is told already, without a look at the server.
        ("/bin", "/usr/bin", [], ""),
    ],
)
def test_links_into_the_system(path: str, real: str, allowed: list[str], message: str) -> None:
    found = nfs.link_findings(exports({"path": path}), {path: real}, allowed, "nas")
    assert [(one["id"], one["message"]) for one in found] == ([("nfs-export-system", message)] if message else [])


def test_overlaps() -> None:
    assert told({"path": "/srv/nfs"}, {"path": "/srv/nfs/a"}, {"path": "/srv/nfsb"}) == [
        "nfs-export-overlap: /srv/nfs/a lies inside /srv/nfs; both are exported"
    ]
    assert told({"path": "/srv/a"}, {"path": "/srv/a"}) == ["nfs-export-overlap: /srv/a is exported twice"]


@pytest.mark.parametrize(
    ("kind", "foreign", "versions", "expected"),
    [
        ("absent", [], ["4.2"], []),
        ("directory", [], ["4.2"], []),
        ("it is a file", [], ["4.2"], ["/srv/nfs/kubernetes cannot be exported: it is a file"]),
        ("/srv/nfs is a file", [], ["4.2"], ["/srv/nfs/kubernetes cannot be exported: /srv/nfs is a file"]),
        (
            "directory",
            ["/srv/nfs"],
            ["3", "4.2"],
            ["/srv/nfs/kubernetes overlaps /srv/nfs, which this server exports already"],
        ),
        ("directory", ["/srv/films"], ["4.2"], ["it exports /srv/films already; only NFS 4.2 would be served"]),
        ("directory", ["/srv/films"], ["3", "4.2"], []),
    ],
)
def test_what_the_server_shows(kind: str, foreign: list[str], versions: list[str], expected: list[str]) -> None:
    found = nfs.host_findings(exports(GOOD), {"/srv/nfs/kubernetes": kind}, foreign, versions, "nas")
    assert [f["message"] for f in found] == expected
    assert all(f["host"] == "nas" and f["fix"] for f in found)


def test_the_file() -> None:
    items = exports({"path": "/srv/b"}, {"path": '/srv/a "x"', "clients": ["fd00::1", "10.0.0.0/8"], "options": ["ro"]})
    assert nfs.exports_text(items) == (
        "# Made by homelab.kubernetes from nfs_server_exports.\n"
        "/srv/a\\040\\042x\\042 10.0.0.0/8(ro) fd00::1(ro)\n"
        "/srv/b 192.168.0.11(rw,root_squash) 192.168.0.12(rw,root_squash)\n"
    )


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        ("# /srv/old *(rw)\n\n/srv/a *(rw) # films\n", ["/srv/a"]),
        ('"/srv/my files" 10.0.0.1(ro)\n/srv/b\\040c 10.0.0.1(ro)\n', ["/srv/my files", "/srv/b c"]),
        ("/srv/a \\\n  10.0.0.1(rw)\n", ["/srv/a"]),
    ],
)
def test_paths_of_a_foreign_file(text: str, paths: list[str]) -> None:
    assert nfs.foreign_exports(text) == paths


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        (["4.2"], "vers3=n\nvers4=y\nvers4.0=n\nvers4.1=n\nvers4.2=y\n"),
        (["3"], "vers3=y\nvers4=n\nvers4.0=n\nvers4.1=n\nvers4.2=n\n"),
        (["3", "4.0", "4.1", "4.2"], "vers3=y\nvers4=y\nvers4.0=y\nvers4.1=y\nvers4.2=y\n"),
    ],
)
def test_versions(versions: list[str], text: str) -> None:
    assert nfs.configuration_text(versions) == "# Made by homelab.kubernetes.\n[nfsd]\n" + text


@pytest.mark.parametrize(
    ("running", "versions", "same"),
    [
        ("", ["4.2"], True),
        ("-3 +4 -4.0 -4.1 +4.2\n", ["4.2"], True),
        ("+3 +4 +4.0 +4.1 +4.2\n", ["4.2"], False),
        ("-2 +3 +4 +4.0 +4.1 +4.2\n", ["3", "4.0", "4.1", "4.2"], True),
        ("+3 -4 -4.0 -4.1 -4.2\n", ["3"], True),
    ],
)
def test_what_a_running_server_serves(running: str, versions: list[str], same: bool) -> None:
    assert nfs.serves(running, versions) is same
