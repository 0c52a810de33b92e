# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ca_cert_hash
short_description: The hash by which a joining node knows the cluster's CA
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Computes what C(--discovery-token-ca-cert-hash) wants, the SHA-256 of the certificate's public key (SubjectPublicKeyInfo).
  - Of a text with several certificates the first counts.
options:
  _input:
    description: The certificate as PEM.
    type: str
    required: true
seealso:
  - plugin: homelab.kubernetes.parse_join_command
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the hash
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.file', 'ca.crt') | homelab.kubernetes.ca_cert_hash }}"
"""

RETURN = r"""
_value:
  description: C(sha256:) and 64 hexadecimal digits.
  type: str
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm import token as _token


def ca_cert_hash(pem: str) -> str:
    """Guard the type, translate the error, nothing else."""
    if not isinstance(pem, str):
        raise AnsibleFilterError(
            f"The input of the homelab.kubernetes.ca_cert_hash filter must be a string, not {type(pem).__name__}"
        )
    try:
        return _token.ca_cert_hash(pem)
    except ValueError as exc:
        raise AnsibleFilterError(str(exc)) from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"ca_cert_hash": ca_cert_hash}
