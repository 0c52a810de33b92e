# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a machine's kernel and its files say of it: modules, memory, control groups, clock, and who is at work on it."""

from __future__ import annotations

import ctypes
import fcntl
import gzip
import os
import struct
import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._files import peek as read
from ansible_collections.homelab.kubernetes.plugins.module_utils._host import facts as _host

LOCKS = ("/var/lib/dpkg/lock-frontend", "/var/lib/rpm/.rpm.lock")
TIME_ERROR = 5


def kernel_config(release: str) -> str:
    try:
        with gzip.open("/proc/config.gz", "rt", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return read(f"/boot/config-{release}")


def kernel_modules(release: str) -> dict[str, str]:
    kernel = _host.Kernel(
        loaded={name for name in _host.KERNEL_OPTIONS if os.path.isdir(f"/sys/module/{name}")},
        builtin=_host.module_names(read(f"/lib/modules/{release}/modules.builtin")),
        loadable=_host.module_names(read(f"/lib/modules/{release}/modules.dep")),
        options=_host.kernel_options(kernel_config(release)),
    )
    return {name: kernel.state(name) for name in _host.KERNEL_OPTIONS}


def memory_mib() -> int:
    total = _host.memory_mib(read("/proc/meminfo"))
    limits = map(read, ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"))
    return min(_host.memory_limit_mib(limit, total) for limit in limits)


def cgroup() -> dict[str, t.Any]:
    unified = read("/sys/fs/cgroup/cgroup.controllers")
    if unified or os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return {"version": 2, "controllers": unified.split()}
    return {"version": 1, "controllers": [line.split()[0] for line in read("/proc/cgroups").splitlines()[1:]]}


def synchronized() -> bool:
    """The kernel's own view, true for any time daemon: adjtimex(2) with nothing to set."""
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))) not in (-1, TIME_ERROR)
    except (AttributeError, OSError):
        return False


def cloud_init() -> str:
    if not os.path.exists("/usr/bin/cloud-init"):
        return "absent"
    if os.path.exists("/etc/cloud/cloud-init.disabled") or os.path.exists("/run/cloud-init/disabled"):
        return "disabled"
    return "done" if os.path.exists("/run/cloud-init/result.json") else "running"


def package_lock() -> bool:
    """Whether somebody holds a lock, asked with F_GETLK, which takes none."""
    question = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    for path in LOCKS:
        try:
            with open(path, "rb") as file:
                answer = fcntl.fcntl(file, fcntl.F_GETLK, question)
        except OSError:
            continue
        if struct.unpack("hhqqi", answer)[0] != fcntl.F_UNLCK:
            return True
    return False


def selinux() -> str:
    return {"1": "enforcing", "0": "permissive"}.get(read("/sys/fs/selinux/enforce").strip(), "disabled")


def container() -> str:
    if os.path.exists("/.dockerenv"):
        return "docker"
    return read("/run/systemd/container").strip() or read("/run/host/container-manager").strip()


__all__ = (
    "cgroup",
    "cloud_init",
    "container",
    "kernel_modules",
    "memory_mib",
    "package_lock",
    "selinux",
    "synchronized",
)
