#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_certificates
short_description: Read what a further control plane needs of a cluster's certificates
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Reads the authorities and the key of service accounts on a control plane, from which kubeadm makes the certificates of
    another one. They travel by way of Ansible, so that they are in no Secret of the cluster, where every bootstrap token could
    read them for two hours.
  - Whoever has them is the cluster. Register the result with C(no_log).
attributes:
  check_mode:
    description: Can run in check mode; it changes nothing.
    support: full
  diff_mode:
    description: There is no change to show.
    support: none
options: {}
"""

EXAMPLES = r"""
- name: Read the authorities
  homelab.kubernetes.kubeadm_certificates:
  register: authorities
  delegate_to: mini1
  no_log: true
"""

RETURN = r"""
certificates:
  description: Paths below C(/etc/kubernetes/pki) with the files' contents, which are secret.
  type: dict
  returned: success
ca_cert_hash:
  description: Hash of the cluster CA's public key, for discovery.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils import _files
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.certificates import FOLDER, SHARED, problem
from ansible_collections.homelab.kubernetes.plugins.module_utils._kubeadm.token import ca_cert_hash


def main() -> None:
    """Load and read."""
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    found = {name: _files.read(f"{FOLDER}/{name}") for name in SHARED}
    missing = [name for name, content in found.items() if content is None]
    try:
        if missing:
            raise ValueError(problem(missing))
        digest = ca_cert_hash(str(found["ca.crt"]))
    except ValueError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, certificates=found, ca_cert_hash=digest)


if __name__ == "__main__":
    main()
