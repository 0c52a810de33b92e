# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approves kubelets' requests for serving certificates on a control plane, once; homelab-kubelet-csr.timer runs it.

It reads what anybody with a node's credentials may have written, so it runs as a user without rights on the machine, with the
kubeconfig that prepare.py has made. Beside it lie serving_csr.py, which decides, and nodes.json, the names and addresses of
the inventory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from serving_csr import decide

# Requests of one command: a node may have made more than fit on a command line.
MOST = 100


def main() -> None:
    """Read, decide, approve; whatever is refused stands in the journal with its reason."""
    own = os.environ["RUNTIME_DIRECTORY"]
    kubectl = ("kubectl", f"--kubeconfig={own}/kubeconfig", f"--cache-dir={own}/cache", "--request-timeout=20s")
    nodes = json.loads(Path(__file__).with_name("nodes.json").read_text(encoding="utf-8"))
    seen = subprocess.run([*kubectl, "get", "csr", "--output=json"], stdout=subprocess.PIPE, check=True)
    approved, refused = decide(json.loads(seen.stdout)["items"], nodes)
    for name, why in refused.items():
        print(f"{name} is not approved: {why}")
    for first in range(0, len(approved), MOST):
        subprocess.run([*kubectl, "certificate", "approve", *approved[first : first + MOST]], check=True)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as exc:
        sys.exit(f"kubectl failed with {exc.returncode}; the next run tries again")
