# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""kubeadm's admin.conf made into the kubeconfig that a person keeps.

A kubeconfig is more than data: every client runs the program that ``exec`` or ``auth-provider`` names, sends its requests to
``proxy-url``, and reads the files that are named. What a host says about that must not reach a person's machine, so three
values that cannot do any of it are taken, and a file with anything else is refused as a whole.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t

# Where each value lies, and the kind of PEM blocks (RFC 7468) in it.
_CLUSTER = {"certificate-authority-data": "CERTIFICATE"}
_USER = {"client-certificate-data": "CERTIFICATE", "client-key-data": "PRIVATE KEY"}
_BLOCKS = {
    "CERTIFICATE": r"(?:-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n*)+",
    "PRIVATE KEY": r"-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----\n[A-Za-z0-9+/=\n]+-----END \1-----\n*",
}


def strange(what: str) -> ValueError:
    """The error for an admin.conf that kubeadm did not write so."""
    return ValueError(
        f"admin.conf of the host is not what kubeadm writes: {what}. Nothing of it is used, because a kubeconfig can run "
        "programs where it is used. Look at /etc/kubernetes/admin.conf there and find out who changed it; then move it away, "
        "make it anew with `kubeadm init phase kubeconfig admin --config /etc/kubernetes/kubeadm.yaml`, and run the playbook "
        "again"
    )


def _taken(place: str, values: t.Any, wanted: t.Mapping[str, str], ignored: t.Collection[str] = ()) -> dict[str, str]:
    """The wanted values of a cluster or user, each base64 of its PEM. Raises ValueError for anything else in it."""
    if not isinstance(values, t.Mapping):
        raise strange(f"its {place} is no mapping")
    for key in values:
        if key not in wanted and key not in ignored:
            raise strange(f"its {place} has {ascii(key)[:60]}")
    for key, kind in wanted.items():
        if key not in values:
            raise strange(f"its {place} has no {key}")
        if not _is_pem(values[key], kind):
            raise strange(f"{key} is not base64 of PEM with a {kind}")
    return {key: str(values[key]) for key in wanted}


def _is_pem(value: t.Any, kind: str) -> bool:
    try:
        text = base64.b64decode(value, validate=True).decode("ascii") if isinstance(value, str) else ""
    except (binascii.Error, ValueError):
        return False
    return re.fullmatch(_BLOCKS[kind], text) is not None


def personal(admin: t.Any, *, name: str, endpoint: str) -> dict[str, t.Any]:
    """The same access under the cluster's name and endpoint, so that files of several clusters merge without a clash.

    Raises ValueError when ``admin`` is not as kubeadm writes it; the message names a key, never a value.
    """
    try:
        (cluster,), (user,) = admin["clusters"], admin["users"]
        access, identity = cluster["cluster"], user["user"]
    except (KeyError, TypeError, ValueError) as exc:
        raise strange("it does not hold exactly one cluster and one user") from exc
    server = {"server": f"https://{endpoint}"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {**_taken("cluster", access, _CLUSTER, server), **server}}],
        "users": [{"name": f"{name}-admin", "user": _taken("user", identity, _USER)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-admin"}}],
        "current-context": name,
        "preferences": {},
    }


__all__ = ("personal", "strange")
