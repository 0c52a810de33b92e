# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The CSI driver that makes volumes on an NFS server."""

from __future__ import annotations

DRIVER = "nfs.csi.k8s.io"


__all__ = ("DRIVER",)
