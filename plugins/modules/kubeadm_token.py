#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_token
short_description: Find or make a bootstrap token, or revoke one
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs on a control plane. Finds a bootstrap token with which a node can join and which lives long enough, or makes one.
  - Returns everything a join needs besides the token, with the CA's hash computed from the CA that is in force.
  - The token travels through standard input, never on a command line. Register the result with C(no_log).
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: Secrets are not compared aloud.
    support: none
options:
  state:
    description:
      - With V(present) a usable token is found or made.
      - With V(absent) the token of O(token_id) is revoked.
    type: str
    choices: [present, absent]
    default: present
  token_id:
    description: The first six characters of the token to revoke; they are no secret.
    type: str
  minimum_ttl:
    description: Seconds of life that a found token must have left.
    type: int
    default: 600
  ttl:
    description: Seconds of life of a new token.
    type: int
    default: 1800
  description:
    description: Says in the cluster what a new token is for.
    type: str
    default: homelab.kubernetes
"""

EXAMPLES = r"""
- name: Get a token
  homelab.kubernetes.kubeadm_token:
  register: token
  no_log: true

- name: Revoke it
  homelab.kubernetes.kubeadm_token:
    state: absent
    token_id: "{{ token.token_id }}"
"""

RETURN = r"""
token:
  description: The token; empty in check mode when one would be made.
  type: str
  returned: when O(state=present)
made:
  description: Whether the token was made now, so that whoever asked for it should revoke it.
  type: bool
  returned: when O(state=present)
token_id:
  description: Its public first part.
  type: str
  returned: when O(state=present)
expires_in:
  description: Seconds until it expires, V(-1) for never.
  type: int
  returned: when O(state=present)
ca_cert_hash:
  description: Hash of the cluster CA's public key.
  type: str
  returned: when O(state=present)
"""

import datetime
import json
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _kubeadm_run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils import _token

Result = t.Dict[str, t.Any]


def tokens() -> list[Result]:
    """The token Secrets of the cluster. Raises ValueError when the API does not answer."""
    query = (
        "get",
        "secrets",
        "--namespace=kube-system",
        "--field-selector=type=bootstrap.kubernetes.io/token",
        "--output=json",
    )
    try:
        return list(json.loads(host.kubectl(*query))["items"])
    except ValueError as exc:
        raise ValueError(
            f"the API of this control plane did not list its tokens, so whether one is there is unknown: {exc}"
        ) from exc


def make(params: t.Mapping[str, t.Any], now: datetime.datetime, check_mode: bool) -> str:
    """A new token, known to the cluster; "" in check mode."""
    if check_mode:
        return ""
    token_id, token_secret = _token.generate()
    expires = now + datetime.timedelta(seconds=params["ttl"])
    manifest = _token.secret_manifest(token_id, token_secret, expires=expires, description=params["description"])
    host.kubectl("create", "--filename=-", stdin=json.dumps(manifest))
    return f"{token_id}.{token_secret}"


def present(params: t.Mapping[str, t.Any], now: datetime.datetime, check_mode: bool) -> Result:
    """Find a usable token or make one."""
    ca_cert_hash = _token.ca_cert_hash(host.read(host.CA))
    found = next((secret for secret in tokens() if _token.usable(secret, now, params["minimum_ttl"])), None)
    if found:
        left, token = _token.seconds_left(found, now), _token.token_of(found)
    else:
        left, token = float(params["ttl"]), make(params, now, check_mode)
    made = not found
    return {
        "changed": made,
        "made": made,
        "token": token,
        "token_id": token[:6],
        "expires_in": -1 if left == float("inf") else int(left),
        "ca_cert_hash": ca_cert_hash,
    }


def absent(params: t.Mapping[str, t.Any], check_mode: bool) -> Result:
    """Revoke one token."""
    name = f"secret/bootstrap-token-{params['token_id']}"
    there = host.kubectl("get", name, "--namespace=kube-system", "--ignore-not-found", "--output=name")
    if there and not check_mode:
        host.kubectl("delete", name, "--namespace=kube-system", "--ignore-not-found")
    return {"changed": bool(there)}


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "token_id": {"type": "str", "no_log": False},
            "minimum_ttl": {"type": "int", "default": 600},
            "ttl": {"type": "int", "default": 1800},
            "description": {"type": "str", "default": "homelab.kubernetes"},
        },
        required_if=[("state", "absent", ["token_id"])],
        supports_check_mode=True,
    )
    try:
        if module.params["state"] == "absent":
            result = absent(module.params, module.check_mode)
        else:
            result = present(module.params, datetime.datetime.now(datetime.timezone.utc), module.check_mode)
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
