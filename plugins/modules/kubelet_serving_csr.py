#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubelet_serving_csr
short_description: Approve kubelets' requests for serving certificates
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs on a control plane. Looks whether every kubelet serves with a certificate that the cluster's CA signed for its
    addresses, and where one does not, approves its request and waits until it does.
  - A request is approved only when a node asks for itself, with the signer, usages and subject of a kubelet, and for no other
    names and addresses than the inventory gives it. Anything else is left alone and reported.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
options:
  nodes:
    description: Mapping of node name to the list of its addresses.
    type: dict
    required: true
  timeout:
    description: Seconds to wait until every kubelet serves with such a certificate.
    type: int
    default: 60
attributes:
  check_mode:
    details: Tells which requests would be approved, without waiting.
"""

EXAMPLES = r"""
- name: Approve what the kubelets ask for
  homelab.kubernetes.kubelet_serving_csr:
    nodes: {mini1: [192.168.0.11], mini2: [192.168.0.12]}
"""

RETURN = r"""
approved:
  description: The requests that were approved, in check mode those that would be.
  type: list
  elements: str
  returned: success
refused:
  description: Why each other undecided request was not.
  type: dict
  returned: success
serving:
  description: The nodes that serve with a certificate of the cluster.
  type: list
  elements: str
  returned: success
"""

import json
import socket
import ssl
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubelet import serving_csr as _serving_csr

PORT = 10250


def serves(address: str) -> bool:
    """Whether a kubelet shows a certificate that the cluster's CA signed for this address."""
    context = ssl.create_default_context(cafile=host.CA)
    try:
        with (
            socket.create_connection((address, PORT), timeout=3) as raw,
            context.wrap_socket(raw, server_hostname=address),
        ):
            return True
    except OSError:
        return False


def serving(nodes: _serving_csr.Nodes) -> list[str]:
    """The nodes that serve so at all their addresses, asked side by side."""
    pairs = [(name, address) for name, addresses in nodes.items() for address in addresses]
    with ThreadPoolExecutor(max_workers=16) as pool:
        answers = list(pool.map(serves, (address for _name, address in pairs)))
    silent = {name for (name, _address), good in zip(pairs, answers) if not good}
    return [name for name in nodes if name not in silent]


def requests(nodes: _serving_csr.Nodes) -> tuple[list[str], dict[str, str]]:
    """Undecided requests: those that may be approved, and why others may not."""
    return _serving_csr.decide(json.loads(host.kubectl("get", "csr", "--output=json"))["items"], nodes)


def act(nodes: _serving_csr.Nodes, timeout: float, check_mode: bool) -> dict[str, t.Any]:
    """Look, approve and wait. Raises ValueError with the reasons when nodes still serve otherwise in the end."""
    deadline = time.monotonic() + timeout
    before = now = serving(nodes)
    approved: list[str] = []
    refused: dict[str, str] = {}
    while len(now) < len(nodes):
        good, refused = requests(nodes)
        approved += good
        if check_mode:
            break
        if good:
            host.kubectl("certificate", "approve", *good)
        time.sleep(1)
        now = serving(nodes)
        if len(now) < len(nodes) and time.monotonic() > deadline:
            missing = ", ".join(name for name in nodes if name not in now)
            why = "; ".join(f"{name}: {reason}" for name, reason in refused.items()) or "they asked for none"
            raise ValueError(
                f"no serving certificate of the cluster on {missing} after {timeout} s ({why}); look at "
                "`kubectl get csr` and at `journalctl -u kubelet` on the node"
            )
    diff = {"before": "".join(f"{name}\n" for name in before), "after": "".join(f"{name}\n" for name in now)}
    return {"changed": bool(approved), "approved": approved, "refused": refused, "serving": now, "diff": diff}


def main() -> None:
    """Load, look, act."""
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "dict", "required": True},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    try:
        result = act(module.params["nodes"], module.params["timeout"], module.check_mode)
    except (ValueError, OSError) as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
