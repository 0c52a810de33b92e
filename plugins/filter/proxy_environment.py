# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: proxy_environment
short_description: Environment variables of programs that reach the Internet through a proxy
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Tells C(http_proxy), C(https_proxy) and C(no_proxy) for the keyword C(environment) of tasks; nothing where there is no proxy.
  - C(no_proxy) holds everything of the cluster, of which no program may ask a proxy, and then the user's own.
positional: plan
options:
  _input:
    description: The proxies as C(http://HOST:PORT), C(http) for sources over V(http) and C(https) for those over V(https); empty is none.
    type: dict
    required: true
  plan:
    description:
      - What is reached without the proxy. C(nodes) is a list of addresses, C(pods) and C(services) are ranges separated by commas,
        C(endpoint) is the host of the API and C(dns_domain) the domain of services.
      - C(load_balancer) may be a list of networks and C(first-last) ranges, C(own) further names, addresses and networks separated by commas.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Install a package through a proxy
  ansible.builtin.apt:
    name: conntrack
  environment: "{{ {'http': 'http://192.168.0.5:3128'} | homelab.kubernetes.proxy_environment(plan) }}"
  vars:
    plan:
      nodes: [192.168.0.11, 192.168.0.21]
      pods: 10.244.0.0/16
      services: 10.96.0.0/12
      endpoint: 192.168.0.11
      dns_domain: cluster.local
      own: .home.lan
"""

RETURN = r"""
_value:
  description: Mapping of variable to text.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError
from ansible_collections.homelab.kubernetes.plugins.plugin_utils import _proxy


def proxy_environment(proxies: t.Mapping[str, str], plan: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Guard the types, then compute."""
    if not isinstance(proxies, t.Mapping) or not isinstance(plan, t.Mapping):
        raise AnsibleFilterError(
            "The homelab.kubernetes.proxy_environment filter takes two mappings; got "
            f"{type(proxies).__name__} and {type(plan).__name__}"
        )
    try:
        return _proxy.environment(proxies.get("http") or "", proxies.get("https") or "", plan)
    except (AttributeError, TypeError, ValueError) as exc:
        raise AnsibleFilterError(f"proxy_environment: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"proxy_environment": proxy_environment}
