# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""kubeadm's admin.conf made into the kubeconfig that a person keeps."""

from __future__ import annotations

import typing as t


def personal(admin: t.Mapping[str, t.Any], *, name: str, endpoint: str) -> dict[str, t.Any]:
    """The same access under the cluster's name and endpoint, so that files of several clusters merge without a clash.

    Raises ValueError when ``admin`` is not a kubeconfig with exactly one cluster and one user.
    """
    try:
        (cluster,), (user,) = admin["clusters"], admin["users"]
        access = {**cluster["cluster"], "server": f"https://{endpoint}"}
        identity = user["user"]
    except (KeyError, TypeError, ValueError) as exc:
        raise ValueError("the kubeconfig must hold exactly one cluster and one user, as kubeadm writes it") from exc
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": access}],
        "users": [{"name": f"{name}-admin", "user": identity}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{name}-admin"}}],
        "current-context": name,
        "preferences": {},
    }


__all__ = ("personal",)
