# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an NFS server exports: judged before anything is changed, and written as exports(5) reads it."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip
from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import exports as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, ordered

WORLD = "*"
FILE = "/etc/exports.d/homelab.kubernetes.exports"

# Directories whose export, or that of anything below or above, gives away the machine or breaks the cluster on it.
_SYSTEM_TREES = (
    "/bin", "/boot", "/dev", "/efi", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/lost+found", "/opt/cni", "/opt/containerd",
    "/proc", "/root", "/run", "/sbin", "/snap", "/sys", "/usr", "/var/backups", "/var/cache", "/var/crash", "/var/db",
    "/var/lib/NetworkManager", "/var/lib/apt", "/var/lib/calico", "/var/lib/cloud", "/var/lib/cni", "/var/lib/containerd",
    "/var/lib/containers", "/var/lib/crio", "/var/lib/dbus", "/var/lib/dhcp", "/var/lib/dnf", "/var/lib/docker", "/var/lib/dpkg",
    "/var/lib/etcd", "/var/lib/kubelet", "/var/lib/nfs", "/var/lib/pacman", "/var/lib/polkit-1", "/var/lib/private",
    "/var/lib/rpm", "/var/lib/selinux", "/var/lib/snapd", "/var/lib/sss", "/var/lib/sudo", "/var/lib/systemd", "/var/lib/ucf",
    "/var/lock", "/var/log", "/var/mail", "/var/run", "/var/snap", "/var/spool",
)  # fmt: skip
# Directories that hold more than shares; a directory of one's own below them is fine.
_SYSTEM_DIRECTORIES = ("/", "/home", "/media", "/mnt", "/opt", "/srv", "/tmp", "/var", "/var/lib", "/var/tmp")
_MODE = re.compile(r"0?[0-7]{3,4}")
_OPTION = re.compile(r"[a-z0-9_]+(=[A-Za-z0-9_:./-]+)?")
_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Export(t.TypedDict):
    """One directory and who may mount it how; ``clients`` are addresses, networks or ``*``."""

    path: str
    clients: t.List[str]
    options: t.List[str]
    owner: str
    group: str
    mode: str


def export(given: t.Mapping[str, t.Any], clients: t.Sequence[str], options: t.Sequence[str]) -> Export:
    """An export with the role's defaults where the user said nothing."""
    return Export(
        path=str(given.get("path", "")),
        clients=[spelling(str(client)) for client in given.get("clients") or clients],
        options=[str(option) for option in given.get("options") or options],
        owner=_said(given.get("owner"), "65534"),
        group=_said(given.get("group"), "65534"),
        mode=_said(given.get("mode"), "0755"),
    )


def _said(value: object, default: str) -> str:
    """A value as text, the default where the user said nothing; 0 is root."""
    return default if value in (None, "") else str(value)


def spelling(client: str) -> str:
    """A client in its one spelling; what is none stays as it is, and is told."""
    return client if client_problem(client) or client == WORLD else _ip.canonical(client)


def inside(path: str, folder: str) -> bool:
    """Whether a normal path is a folder or below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def client_problem(client: str) -> str:
    """Why a client cannot be written into exports(5); "" when it can. Names depend on reverse DNS and are not accepted."""
    if client == WORLD:
        return ""
    try:
        _ip.network(client)
    except ValueError as exc:
        return str(exc)
    return ""


# The prefix lengths of the largest private networks (RFC 1918, RFC 4193): what is wider belongs to strangers too.
_WIDEST_PRIVATE = {4: 8, 6: 7}


def everybody(clients: t.Iterable[str]) -> t.List[str]:
    """Those of the clients that are the world, or a part of it that no private network has, alone or added up."""
    well = [client for client in clients if client != WORLD and not client_problem(client)]
    wide = [one for one in _ip.summary(well) if one.prefixlen < _WIDEST_PRIVATE[one.version]]

    def inside_wide(client: str) -> bool:
        network = _ip.network(client)
        return any(
            one.version == network.version
            and int(one.network_address) <= int(network.network_address) <= int(one.broadcast_address)
            for one in wide
        )

    return [client for client in clients if client == WORLD or (client in well and inside_wide(client))]


def malformed(item: Export) -> t.Iterator[str]:
    """What is wrong with one export as text."""
    path = item["path"]
    if not path.startswith("/") or posixpath.normpath(path) != path or not path.isprintable() or path.startswith("//"):
        yield f'the path "{path}" is not an absolute path in its shortest form'
    if not item["clients"]:
        yield f"{path} has no client"
    for client in item["clients"]:
        problem = client_problem(client)
        if problem:
            yield f'the client "{client}" of {path} is no address and no network: {problem}'
    for option in item["options"]:
        if not _OPTION.fullmatch(option):
            yield f'the option "{option}" of {path} is none of exports(5)'
    if not _MODE.fullmatch(item["mode"]):
        yield f'the mode "{item["mode"]}" of {path} is not octal'
    for key in ("owner", "group"):
        if not _OWNER.fullmatch(item[key]):
            yield f'the {key} "{item[key]}" of {path} is no name and no number'


def is_system(path: str) -> bool:
    """Whether a directory belongs to the system, or holds directories that do."""
    return path in _SYSTEM_DIRECTORIES or any(inside(path, tree) or inside(tree, path) for tree in _SYSTEM_TREES)


def _dangers(item: Export, host: str, allowed: t.Collection[str]) -> t.Iterator[Finding]:
    path = item["path"]
    if is_system(path) and path not in allowed:
        yield kinds.NFS_EXPORT_SYSTEM.at(host, subjects=["nfs_server_exports"], path=path)
    world = everybody(item["clients"])
    if world and WORLD not in allowed:
        yield kinds.NFS_EXPORT_WORLD.at(host, subjects=["nfs_server_exports"], path=path, clients=", ".join(world))


def _overlaps(items: t.Sequence[Export], host: str) -> t.Iterator[Finding]:
    paths = [item["path"] for item in items]
    for number, path in enumerate(paths):
        for other in paths[number + 1 :]:
            outer, inner = sorted((path, other), key=len)
            if inside(inner, outer):
                kind = kinds.NFS_EXPORT_TWICE if inner == outer else kinds.NFS_EXPORT_INSIDE
                yield kind.at(host, subjects=["nfs_server_exports"], path=inner, outer=outer)


def plan_findings(items: t.Sequence[Export], allowed: t.Collection[str], host: str) -> t.List[Finding]:
    """What is wrong with a server's exports, without a look at the server."""
    found = [
        kinds.NFS_EXPORT_INVALID.at(host, subjects=["nfs_server_exports"], problem=text)
        for item in items
        for text in malformed(item)
    ]
    well = [item for item in items if not list(malformed(item))]
    found += [finding for item in well for finding in _dangers(item, host, allowed)]
    return ordered([*found, *_overlaps(well, host)])


def foreign_exports(text: str) -> t.List[str]:
    """The paths of an exports(5) file."""
    joined = re.sub(r"\\\n", " ", text)
    lines = (line.split("#", 1)[0].strip() for line in joined.splitlines())
    quoted = (re.match(r'"([^"]+)"|(\S+)', line) for line in lines if line)
    return [match[1] or unescaped(match[2]) for match in quoted if match]


def unescaped(word: str) -> str:
    """A word of exports(5) without its octal escapes."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), word)


def link_findings(
    items: t.Sequence[Export], real: t.Mapping[str, str], allowed: t.Collection[str], host: str
) -> t.List[Finding]:
    """Paths that lead into the system by a symbolic link; ``real`` tells where each ends on the server."""
    ends = [(item["path"], real.get(item["path"], item["path"])) for item in items]
    return [
        kinds.NFS_EXPORT_SYSTEM_LINK.at(host, subjects=["nfs_server_exports"], path=path, end=end)
        for path, end in ends
        if end != path and is_system(end) and not is_system(path) and not {path, end} & set(allowed)
    ]


def _occupied(item: Export, there: t.Mapping[str, str], foreign: t.Sequence[str], host: str) -> t.Iterator[Finding]:
    path = item["path"]
    kind = there.get(path, "absent")
    if kind not in ("absent", "directory"):
        yield kinds.NFS_EXPORT_NO_DIRECTORY.at(host, subjects=["nfs_server_exports"], path=path, kind=kind)
    for other in foreign:
        if inside(path, other) or inside(other, path):
            yield kinds.NFS_EXPORT_FOREIGN.at(host, subjects=["nfs_server_exports"], path=path, other=other)


def host_findings(
    items: t.Sequence[Export],
    there: t.Mapping[str, str],
    foreign: t.Sequence[str],
    versions: t.Sequence[str],
    host: str,
) -> t.List[Finding]:
    """What the server itself shows: ``there`` tells of each path what is there, ``foreign`` what it exports already."""
    found = [finding for item in items for finding in _occupied(item, there, foreign, host)]
    if foreign and items and not {"3", "4.0", "4.1"} & set(versions):
        found.append(
            kinds.NFS_SERVER_SHARED.at(
                host, subjects=["nfs_server_versions"], foreign=", ".join(foreign), versions=", ".join(versions)
            )
        )
    return ordered(found)


def escaped(path: str) -> str:
    """A path as exports(5) wants it: blanks and quotes as octal numbers."""
    return re.sub(r'[\s"#\\]', lambda match: f"\\{ord(match[0]):03o}", path)


def exports_text(items: t.Sequence[Export]) -> str:
    """The file for /etc/exports.d, sorted, so that the same data is the same file."""
    lines = []
    for item in sorted(items, key=lambda one: one["path"]):
        options = ",".join(item["options"])
        # IPv6 addresses stand bare in exports(5).
        clients = " ".join(f"{client}({options})" for client in sorted(set(item["clients"])))
        lines.append(f"{escaped(item['path'])} {clients}\n")
    return "# Made by homelab.kubernetes from nfs_server_exports.\n" + "".join(lines)


def configuration_text(versions: t.Sequence[str]) -> str:
    """The file for /etc/nfs.conf.d: which versions are served. Version 4 is off only where none of its minors is wanted."""
    minors = [f"vers4.{minor}={'y' if f'4.{minor}' in versions else 'n'}\n" for minor in range(3)]
    major = "y" if any(version.startswith("4") for version in versions) else "n"
    three = "y" if "3" in versions else "n"
    return f"# Made by homelab.kubernetes.\n[nfsd]\nvers3={three}\nvers4={major}\n{''.join(minors)}"


def serves(running: str, versions: t.Sequence[str]) -> bool:
    """Whether a running server (``/proc/fs/nfsd/versions``, empty where none runs) serves just these versions."""
    on = {word[1:] for word in running.split() if word.startswith("+")} - {"2", "4"}
    return not running.strip() or on == set(versions)


__all__ = (
    "FILE",
    "Export",
    "configuration_text",
    "export",
    "exports_text",
    "foreign_exports",
    "host_findings",
    "is_system",
    "link_findings",
    "plan_findings",
    "serves",
)
