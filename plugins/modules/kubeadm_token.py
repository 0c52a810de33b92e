#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_token
short_description: Find or make a bootstrap token, or revoke tokens
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Runs on a control plane. Finds a bootstrap token with which a node can join and which lives long enough, or makes one.
  - Returns the CA's hash too, computed from the CA that is in force.
  - Tells an API that does not answer, with its cause, from a cluster without a token.
  - The token travels through standard input, never on a command line. Register the result with C(no_log), which hides a failure too;
    with O(keep_going) the next task can tell the cause.
attributes:
  action:
    description: Has an action plugin, which knows who runs Ansible, for O(description).
    support: full
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: It never shows a difference, because that would contain secrets.
    support: none
options:
  state:
    description:
      - With V(present) a usable token is found or made.
      - With V(absent) the token of O(token_id) is revoked; without O(token_id) every token that has expired, and every one that was made
        with O(description), so that a run that was cut off leaves none behind.
      - Tokens that anybody else made stay, also those of another operator's run, whose nodes may be about to join with them. What such a
        run leaves behind when it is cut off goes with its next run, and at the latest when it expires.
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
    description:
      - Says in the cluster what a new token is for, and whose it is.
      - The default is C(homelab.kubernetes) with the user and the host that run Ansible, as in C(homelab.kubernetes anna@laptop). Two runs
        of one user on one host at the same time count as one.
    type: str
  reuse:
    description:
      - Whether a usable token that is there already may be returned; otherwise one is made, for one node alone.
      - A token that another operator's run made is never returned, because that run revokes it.
    type: bool
    default: true
  certificate_key:
    description:
      - Whether to also upload the control plane's certificates, encrypted with a new key, for a control plane that joins.
      - The cluster forgets them after two hours.
    type: bool
    default: false
  keep_going:
    description: Tell in RV(problem) what went wrong, instead of failing.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Get a token
  homelab.kubernetes.kubeadm_token:
    keep_going: true
  register: token
  no_log: true

- name: Say why there is none
  ansible.builtin.fail:
    msg: "{{ token.problem }}"
  when: token.problem is defined

- name: Revoke it
  homelab.kubernetes.kubeadm_token:
    state: absent
    token_id: "{{ token.token_id }}"

- name: Leave no token behind, of this run or of earlier ones
  homelab.kubernetes.kubeadm_token:
    state: absent
"""

RETURN = r"""
problem:
  description: Why there is no token, or why none was revoked. It holds no secret.
  type: str
  returned: with O(keep_going), when something went wrong
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
expiration:
  description: When it expires, empty for never.
  type: str
  returned: when O(state=present)
ca_cert_hash:
  description: Hash of the cluster CA's public key.
  type: str
  returned: when O(state=present)
certificate_key:
  description: The key of the uploaded certificates; empty in check mode and without O(certificate_key).
  type: str
  returned: when O(state=present)
revoked:
  description: The public first parts of the tokens that were revoked.
  type: list
  elements: str
  returned: when O(state=absent)
"""

import datetime
import json
import secrets
import subprocess
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import run as host
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import token as _token
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.documents import text
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.state import redact

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


def authority(now: datetime.datetime) -> str:
    """Hash of the CA that is in force. Raises ValueError when it is not there or has expired."""
    pem = _files.read(host.CA)
    if not pem:
        raise ValueError(f"{host.CA} is not there, so this host is no finished control plane; run site.yml first")
    expires = _token.not_after(pem)
    if expires <= now:
        raise ValueError(
            f"the CA of the cluster ({host.CA}) expired on {expires:%Y-%m-%d %H:%M} UTC, so no node can join, and kubeadm "
            "cannot renew it; replace it as https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/ says. "
            f"If that date is yet to come, set this host's clock: it says {now:%Y-%m-%d %H:%M} UTC"
        )
    return _token.ca_cert_hash(pem)


def upload_certificates(wanted: bool) -> str:
    """Upload the certificates under a new key, which is returned and on no command line."""
    if not wanted:
        return ""
    key = secrets.token_hex(32)
    version = subprocess.run(
        ["kubeadm", "version", "--output=short"], capture_output=True, text=True, env=host.ENVIRONMENT, check=False
    ).stdout.strip()
    api = "kubeadm.k8s.io/v1beta4"
    documents = (
        {"apiVersion": api, "kind": "InitConfiguration", "certificateKey": key},
        # Said aloud because kubeadm would ask the internet for the newest.
        {"apiVersion": api, "kind": "ClusterConfiguration", "kubernetesVersion": version},
    )
    with host.locked() as lock, host.private_file(text(documents)) as path:
        command = ["kubeadm", "init", "phase", "upload-certs", "--upload-certs", "--skip-certificate-key-print"]
        host.run([*command, "--config", path], "kubeadm init phase upload-certs", lock)
    return key


def present(params: t.Mapping[str, t.Any], now: datetime.datetime, check_mode: bool) -> Result:
    """Find a usable token or make one."""
    ca_cert_hash = authority(now)
    there = tokens() if params["reuse"] else []
    fit = (secret for secret in there if _token.usable(secret, now, params["minimum_ttl"]))
    found = next((secret for secret in fit if not _token.anothers(secret, params["description"])), None)
    if found:
        left, token = _token.seconds_left(found, now), _token.token_of(found)
    else:
        left, token = float(params["ttl"]), make(params, now, check_mode)
    made = not found
    never = left == float("inf")
    return {
        "changed": made or params["certificate_key"],
        "made": made,
        "token": token,
        "token_id": token[:6],
        "expires_in": -1 if never else int(left),
        "expiration": "" if never else f"{now + datetime.timedelta(seconds=left):%Y-%m-%dT%H:%M:%SZ}",
        "ca_cert_hash": ca_cert_hash,
        "certificate_key": upload_certificates(params["certificate_key"] and not check_mode),
    }


def absent(params: t.Mapping[str, t.Any], now: datetime.datetime, check_mode: bool) -> Result:
    """Revoke one token, or all that have expired or were made by runs of this operator."""
    names = [
        secret["metadata"]["name"]
        for secret in tokens()
        if (
            secret["metadata"]["name"] == f"bootstrap-token-{params['token_id']}"
            if params["token_id"]
            else _token.mine(secret, params["description"]) or _token.seconds_left(secret, now) <= 0
        )
    ]
    if names and not check_mode:
        host.kubectl("delete", "secret", *names, "--namespace=kube-system", "--ignore-not-found")
    return {"changed": bool(names), "revoked": [name[-6:] for name in names]}


def main() -> None:
    """Load, compare, act."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "token_id": {"type": "str", "no_log": False},
            "minimum_ttl": {"type": "int", "default": 600},
            "ttl": {"type": "int", "default": 1800},
            "description": {"type": "str"},
            "reuse": {"type": "bool", "default": True},
            "certificate_key": {"type": "bool", "default": False, "no_log": False},
            "keep_going": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    params = {**module.params, "description": module.params["description"] or _token.MAKER}
    try:
        act = absent if params["state"] == "absent" else present
        result = act(params, now, module.check_mode)
    except ValueError as exc:
        if not params["keep_going"]:
            module.fail_json(msg=redact(str(exc)))
        result = {"changed": False, "problem": redact(str(exc))}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
