# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: parse_join_command
short_description: The parts of a kubeadm join command
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Finds the C(kubeadm join) command in what C(kubeadm init) or C(kubeadm token create --print-join-command) printed, and takes
    it apart.
  - Lines around it, backslashes at line ends, colours, carriage returns, a prompt and C(sudo) do not matter.
  - Anything but exactly one valid command of the kind is an error that says what is wrong. No error repeats a token.
options:
  _input:
    description: The text.
    type: str
    required: true
  kind:
    description: Which of the two commands that C(kubeadm init) may print is wanted.
    type: str
    choices: [worker, control_plane]
    default: worker
seealso:
  - plugin: homelab.kubernetes.ca_cert_hash
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Take the command apart
  ansible.builtin.set_fact:
    join: "{{ printed.stdout | homelab.kubernetes.parse_join_command(kind='control_plane') }}"
  no_log: true
"""

RETURN = r"""
_value:
  description: The parts.
  type: dict
  contains:
    api_server_endpoint:
      description: Host and port as given.
      type: str
    host:
      description: The host, an IPv6 address without brackets.
      type: str
    port:
      description: The port.
      type: int
    token:
      description: The bootstrap token, a secret.
      type: str
    token_id:
      description: Its public first part.
      type: str
    ca_cert_hashes:
      description: Hashes of CA public keys, each beginning with C(sha256:).
      type: list
      elements: str
    control_plane:
      description: Whether a control plane joins.
      type: bool
    certificate_key:
      description: The key of the uploaded certificates, a secret, or none.
      type: str
    node_name:
      description: The node's name, or none.
      type: str
    cri_socket:
      description: The runtime's socket, or none.
      type: str
    unsafe_skip_ca_verification:
      description: Whether the cluster is trusted without a hash.
      type: bool
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _join_command


def parse_join_command(text: str, kind: _join_command.Kind = "worker") -> dict[str, t.Any]:
    """Guard the type, translate the error, nothing else."""
    if not isinstance(text, str):
        raise AnsibleFilterError(
            f"The input of the homelab.kubernetes.parse_join_command filter must be a string, not {type(text).__name__}"
        )
    try:
        return dict(_join_command.parse_join_command(text, kind))
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from None


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"parse_join_command": parse_join_command}
