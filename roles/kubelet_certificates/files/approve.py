# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approves kubelets' requests for serving certificates on a control plane, once; homelab-kubelet-csr.timer runs it.

Beside it lie serving_csr.py, which decides, and nodes.json, the names and addresses of the inventory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from serving_csr import decide

KUBECTL = ("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "--request-timeout=20s")


def main() -> None:
    """Read, decide, approve; whatever is refused stands in the journal with its reason."""
    nodes = json.loads(Path(__file__).with_name("nodes.json").read_text(encoding="utf-8"))
    seen = subprocess.run([*KUBECTL, "get", "csr", "--output=json"], stdout=subprocess.PIPE, check=True)
    approved, refused = decide(json.loads(seen.stdout)["items"], nodes)
    for name, why in refused.items():
        print(f"{name} is not approved: {why}")
    if approved:
        subprocess.run([*KUBECTL, "certificate", "approve", *approved], check=True)


if __name__ == "__main__":
    os.environ["PATH"] += ":/usr/local/bin"
    try:
        main()
    except subprocess.CalledProcessError as exc:
        sys.exit(f"kubectl failed with {exc.returncode}; the next run tries again")
