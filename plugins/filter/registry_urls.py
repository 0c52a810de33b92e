# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: registry_urls
short_description: Addresses that nodes ask for the images of registries
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - The mirrors of each registry, and the registry itself where no mirror may resolve tags.
  - A registry whose mirrors are written wrongly is left out; that is a finding of its own.
options:
  _input:
    description: Hosts of registries.
    type: list
    elements: str
    required: true
  mirrors:
    description: The value of C(containerd_registry_mirrors).
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show what the nodes must reach
  ansible.builtin.debug:
    msg: "{{ ['registry.k8s.io', 'ghcr.io'] | homelab.kubernetes.registry_urls(containerd_registry_mirrors) }}"
"""

RETURN = r"""
_value:
  description: Addresses that answer with any status when the registry is there.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._containerd.config import registry_urls


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"registry_urls": registry_urls}
