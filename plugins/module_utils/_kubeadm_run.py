# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Running kubeadm and reading the host, shared by the modules around it."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import tempfile
import time
import typing as t
import urllib.error
import urllib.request

from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import failure, phases, redact

ADMIN = "/etc/kubernetes/admin.conf"
RECORD = "/etc/kubernetes/homelab.kubernetes.json"
CA = "/etc/kubernetes/pki/ca.crt"
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}


def read(path: str) -> str:
    """Content of a file, "" when it is not there."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def record() -> dict[str, t.Any]:
    """Our own note on this host, {} when there is none."""
    try:
        return dict(json.loads(read(RECORD) or "{}"))
    except ValueError:
        return {}


def write(path: str, content: str) -> None:
    """Replace a file in one step, readable by root only."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=os.path.dirname(path))
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
    os.replace(new, path)


def note(**entries: str) -> None:
    """Add to our note on this host."""
    write(RECORD, json.dumps({**record(), **entries}, indent=2, sort_keys=True) + "\n")


@contextlib.contextmanager
def private_file(content: str) -> t.Iterator[str]:
    """A file in memory for the time of a command: 0600, and gone afterwards whatever happens."""
    handle, path = tempfile.mkstemp(dir="/run", prefix="kubeadm-", suffix=".yaml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        yield path
    finally:
        os.unlink(path)


def run(command: t.Sequence[str], label: str) -> list[dict[str, t.Any]]:
    """Run kubeadm and return its phases with their seconds. Raises ValueError with what it complained about."""
    lines: list[tuple[float, str]] = []
    with subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        for line in t.cast("t.IO[str]", process.stdout):
            lines.append((time.monotonic(), line))
    if process.returncode != 0:
        raise ValueError(failure(label, "".join(line for _at, line in lines)))
    return phases(lines, time.monotonic())


def kubectl(*arguments: str, stdin: str | None = None, kubeconfig: str = ADMIN) -> str:
    """Output of kubectl on this control plane. Raises ValueError with its error."""
    done = subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, "--request-timeout=20s", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    if done.returncode != 0:
        raise ValueError(redact(done.stderr.strip() or done.stdout.strip()))
    return done.stdout


def api_ready(address: str, seconds: float = 0) -> bool:
    """Whether the API server at an address of this host says that it is ready, asked until the seconds are over."""
    if not os.path.exists(CA):
        return False
    host = f"[{address}]" if ":" in address else address
    deadline = time.monotonic() + seconds
    while True:
        try:
            context = ssl.create_default_context(cafile=CA)
            with urllib.request.urlopen(f"https://{host}:6443/readyz", timeout=5, context=context) as answer:
                if answer.status == 200:
                    return True
        except (OSError, ssl.SSLError, urllib.error.URLError):
            pass
        if time.monotonic() >= deadline:
            return False
        time.sleep(1)


__all__ = ("ADMIN", "CA", "api_ready", "kubectl", "note", "private_file", "read", "record", "run", "write")
