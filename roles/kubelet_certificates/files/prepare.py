# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the approver's kubeconfig on a control plane, as root, before every run of approve.py.

Its token ends after ten minutes, the least that the API gives, and allows what the ClusterRole homelab-kubelet-csr says. So
no credential lies on a disk, and none runs out unseen. Nothing that a kubelet wrote is read here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

ADMIN = ("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "--request-timeout=20s")
NAME = "homelab-kubelet-csr"


def kubectl(*arguments: str) -> str:
    """Output of kubectl as the cluster's administrator."""
    return subprocess.run([*ADMIN, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> None:
    """Ask for a token, and leave it where only the user of the service can read it."""
    (cluster,) = json.loads(kubectl("config", "view", "--raw", "--minify", "--output=json"))["clusters"]
    token = kubectl("--namespace=kube-system", "create", "token", NAME, "--duration=10m").strip()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [cluster],
        "users": [{"name": NAME, "user": {"token": token}}],
        "contexts": [{"name": NAME, "context": {"cluster": cluster["name"], "user": NAME}}],
        "current-context": NAME,
    }
    folder = os.environ["RUNTIME_DIRECTORY"]
    owner = os.stat(folder)
    handle = os.open(f"{folder}/kubeconfig", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        os.fchown(handle, owner.st_uid, owner.st_gid)
        json.dump(config, stream)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as exc:
        sys.exit(f"kubectl failed with {exc.returncode}; the next run tries again")
