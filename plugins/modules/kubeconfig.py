#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# The work is done by the action plugin of the same name, on the control node.
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeconfig
short_description: Keep a cluster's kubeconfig on the control node
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Reads kubeadm's C(admin.conf) on a control plane, and writes a kubeconfig of it on the control node, mode 0600, as the user who runs
    Ansible. Cluster, user and context are named after the cluster, and the server is the cluster's endpoint.
  - The CA, the client certificate and its key are taken, and nothing else. A file that says more is refused, because a kubeconfig can
    run programs on the machine where it is used, and lead its requests elsewhere.
  - Ansible shows what came from the host at C(-vvv), so give the task C(no_log=true). O(keep_going) lets the next task tell the cause.
extends_documentation_fragment:
  - homelab.kubernetes._attributes
  - homelab.kubernetes._attributes.action
attributes:
  diff_mode:
    description: It never shows a difference, because that would contain secrets.
    support: none
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  endpoint:
    description: Host and port of the API.
    type: str
    required: true
  dest:
    description: Where the kubeconfig is kept on the control node.
    type: path
    required: true
  src:
    description: Where it is read on the host.
    type: path
    default: /etc/kubernetes/admin.conf
  keep_going:
    description: Tell in RV(problem) what went wrong, instead of failing.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep the kubeconfig
  homelab.kubernetes.kubeconfig:
    name: homelab
    endpoint: 192.168.0.11:6443
    dest: ~/.kube/homelab
    keep_going: true
  register: result
  no_log: true

- name: Say why it could not be kept
  ansible.builtin.fail:
    msg: "{{ result.problem }}"
  when: result.problem is defined
"""

RETURN = r"""
problem:
  description: Why there is no kubeconfig.
  returned: with O(keep_going), when something went wrong
  type: str
"""
