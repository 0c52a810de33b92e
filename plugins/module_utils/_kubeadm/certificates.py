# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The files below /etc/kubernetes/pki that all control planes share; kubeadm makes the others from them on each.

https://kubernetes.io/docs/setup/best-practices/certificates/
"""

from __future__ import annotations

import typing as t

FOLDER = "/etc/kubernetes/pki"
SHARED = (
    "ca.crt",
    "ca.key",
    "sa.key",
    "sa.pub",
    "front-proxy-ca.crt",
    "front-proxy-ca.key",
    "etcd/ca.crt",
    "etcd/ca.key",
)


def problem(missing: t.Sequence[str]) -> str:
    """What is told where a control plane has not all of them: a CA whose key is kept elsewhere, mostly."""
    return (
        f"this control plane has no {', '.join(f'{FOLDER}/{name}' for name in missing)}, without which no other can join. A key that is "
        "kept elsewhere on purpose must be put there for the time of the join"
    )


def wrong(certificates: t.Mapping[str, object]) -> list[str]:
    """Names that are none of the shared files, or without content."""
    strange = sorted(set(certificates) - set(SHARED))
    return strange + [name for name in SHARED if not isinstance(certificates.get(name), str) or not certificates[name]]


def mode(name: str) -> int:
    """Keys are root's alone; kubeadm makes certificates readable."""
    return 0o600 if name.endswith(".key") else 0o644


__all__ = ("FOLDER", "SHARED", "mode", "problem", "wrong")
