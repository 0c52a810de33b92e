# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that the modules around kubeadm share."""

from __future__ import annotations

import re

LOCK = 99
WAY_OUT = "If nothing of it is needed, run `kubeadm reset` on the host yourself, then run the playbook again."


def exactly(text: str) -> str:
    return f"^{re.escape(text)}$"
