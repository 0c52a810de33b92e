# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether what a host told of itself has the shape that the checks read.

Facts come from the host, where they may have been torn, or made up. Without this look the first check that misses one would
end the report about all hosts. A new fact that a check reads is a line in SHAPE.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils import _ip

# Characters of a text; nothing that host_facts tells comes near.
_LONGEST = 4000


@dataclasses.dataclass(frozen=True)
class Leaf:
    """A value: what it should be, and whether it is."""

    what: str
    fits: t.Callable[[t.Any], bool]


@dataclasses.dataclass(frozen=True)
class Each:
    """A mapping whose keys the host chooses."""

    value: t.Any
    key: t.Optional[Leaf] = None


@dataclasses.dataclass(frozen=True)
class Maybe:
    """A value that may be missing."""

    value: t.Any


def _is_number(value: t.Any) -> bool:
    # Larger ones cannot be reckoned with times, and JSON's NaN is less than nothing.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -(2**63) < value < 2**63


def _is_interface(value: t.Any) -> bool:
    try:
        return isinstance(value, str) and bool(_ip.interface(value))
    except ValueError:
        return False


def _is_network(value: t.Any) -> bool:
    try:
        return isinstance(value, str) and bool(_ip.network(value))
    except ValueError:
        return False


TEXT = Leaf("text", lambda value: isinstance(value, str) and len(value) <= _LONGEST)
NUMBER = Leaf("a number", _is_number)
BOOLEAN = Leaf("true or false", lambda value: isinstance(value, bool))
ADDRESS = Leaf("an address with its prefix", _is_interface)
NETWORK = Leaf("a network", _is_network)
PORT = Leaf("a port", lambda value: isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6)

# A mapping has these keys and may have more, a list holds values of the one kind.
SHAPE: t.Dict[str, t.Any] = {
    "os": {"id": TEXT, "version_id": TEXT, "codename": TEXT, "pretty": TEXT},
    "kernel": TEXT,
    "architecture": TEXT,
    "python": TEXT,
    "uid": NUMBER,
    "hostname": TEXT,
    "machine_id": TEXT,
    "product_uuid": TEXT,
    "container": TEXT,
    "interfaces": [{"name": TEXT, "kind": TEXT, "mac": TEXT, "mtu": NUMBER, "up": BOOLEAN, "addresses": [ADDRESS]}],
    "routes": [{"dst": NETWORK, "dev": TEXT, "gateway": TEXT, "table": NUMBER}],
    "dns_servers": [TEXT],
    "listeners": [{"proto": TEXT, "address": TEXT, "port": NUMBER, "process": TEXT}],
    "memory_mib": NUMBER,
    "cpus": NUMBER,
    "swap": [TEXT],
    "cgroup": {"version": NUMBER, "controllers": [TEXT]},
    "disk_free_mib": NUMBER,
    "image_store": {"mount": TEXT, "type": TEXT, "d_type": BOOLEAN, "zfs": TEXT},
    "fsync_ms": NUMBER,
    "peers": Each({"tcp": Each(TEXT, PORT), "udp": Maybe(BOOLEAN), "mtu": Maybe(NUMBER), "passes": Maybe(NUMBER)}),
    "virtual_ip": {"answers": BOOLEAN, "mac": TEXT},
    "keepalived": TEXT,
    "kernel_modules": Each(TEXT),
    "clock": {"started": NUMBER, "finished": NUMBER, "synchronized": BOOLEAN},
    "installed": Each(TEXT),
    "services": [TEXT],
    "firewalls": [TEXT],
    "remains": [TEXT],
    "kubelet_server": TEXT,
    "running_cluster": Each(TEXT),
    "paths": Each(TEXT),
    "real_paths": Each(TEXT),
    "router_advertisements": Each(NUMBER),
    "nfs_exports": [TEXT],
    "selinux": TEXT,
    "urls": Each({"status": NUMBER, "error": TEXT, "proxy": Maybe(TEXT)}),
    "proxies": Each(TEXT),
}


def _parts(value: t.Any, shape: t.Any, place: str) -> t.Iterator[t.Tuple[t.Any, t.Any, str]]:
    """The values inside of a value with the shape and place of each; keys that a host chose are in no place."""
    if isinstance(shape, list):
        yield from ((part, shape[0], f"{place}[{number}]") for number, part in enumerate(value))
    elif isinstance(shape, Each):
        yield from ((key, shape.key or TEXT, f"a key of {place}") for key in value)
        yield from ((part, shape.value, f"{place}[...]") for part in value.values())
    elif isinstance(shape, dict):
        for key, inner in shape.items():
            if key in value or not isinstance(inner, Maybe):
                kind = inner.value if isinstance(inner, Maybe) else inner
                yield value.get(key), kind, f"{place}.{key}" if place else key


def misfit(value: t.Any, shape: t.Any = None, place: str = "") -> str:
    """What of a host's facts is missing or of another kind, "" when all that the checks read is there."""
    shape = SHAPE if shape is None else shape
    if isinstance(shape, Leaf):
        what, fits = shape.what, shape.fits(value)
    else:
        kind = list if isinstance(shape, list) else t.cast("t.Type[t.Any]", t.Mapping)
        what, fits = "a list" if kind is list else "a mapping", isinstance(value, kind)
    if not fits:
        return f"{place or 'the whole'} is {'missing' if value is None else f'not {what}'}"
    return next(filter(None, (misfit(*part) for part in _parts(value, shape, place))), "")


__all__ = ("SHAPE", "misfit")
