# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: missing_requirements
short_description: What the control node lacks, each as the one line that repairs it
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Compares the version of ansible-core and the Python libraries of the control node with what the collection needs.
  - Wants C(inject_facts_as_vars) off, as the repository's C(ansible.cfg) has it. With Ansible's own default, the facts that a machine returns
    win over variables of the inventory and defaults of roles.
  - Takes no terms. Playbooks ask it before anything else, so that nothing fails halfway with an import error.
options:
  _terms:
    description: None.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: This machine has what a run needs
  ansible.builtin.assert:
    that: missing | length == 0
    fail_msg: "{{ missing | join('; ') }}"
  vars:
    missing: "{{ query('homelab.kubernetes.missing_requirements') }}"
"""

RETURN = r"""
_list:
  description: A line for everything that is missing or too old; empty when nothing is.
  type: list
  elements: str
  sample: ["the Python library kubernetes is missing: /usr/bin/python3 -m pip install --upgrade 'kubernetes>=24.2.0'"]
"""

import importlib.util
import sys
import typing as t

from ansible import constants
from ansible.plugins.lookup import LookupBase
from ansible.release import __version__
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._requirements import missing


class LookupModule(LookupBase):
    """Asks the Python that runs Ansible."""

    def run(self, terms: list[str], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        return missing(
            __version__,
            (sys.version_info[0], sys.version_info[1]),
            sys.executable,
            lambda name: importlib.util.find_spec(name) is not None,
            # Gone from an Ansible that no longer can.
            bool(getattr(constants, "INJECT_FACTS_AS_VARS", False)),
        )
