# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: healthy_control_plane
short_description: The first control plane whose API is ready
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Asks the control planes for C(/readyz), all at once, and returns the first in the order given that is ready.
  - Where none is ready, the first on which a cluster was finished or begun, as M(homelab.kubernetes.host_facts) has seen it and
    preflight registered it, else the first of all; what is then done on it tells the cause.
options:
  _terms:
    description: Names of the control planes.
    type: list
    elements: str
    required: true
  addresses:
    description: Mapping of name to address, at which port 6443 serves the API.
    type: dict
    required: true
  timeout:
    description: Seconds to wait for each answer.
    type: int
    default: 3
"""

EXAMPLES = r"""
- name: Show which control plane would be asked for a token
  ansible.builtin.debug:
    msg: "{{ lookup('homelab.kubernetes.healthy_control_plane', groups['control_plane'], addresses={'mini1': '192.168.0.11'}) }}"
"""

RETURN = r"""
_raw:
  description: One name.
  type: list
  elements: str
"""

import functools
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.urls import open_url
from ansible.plugins.lookup import LookupBase

PORT = 6443
# Who answers is not known yet, so nothing is told to it, and where it sends others does not count.
ASKING = {"validate_certs": False, "use_proxy": False, "use_netrc": False, "follow_redirects": "none"}


def ready(address: str, timeout: float) -> bool:
    """Whether an API server says that it is ready. Who it is does not matter yet: nothing is told to it."""
    host = f"[{address}]" if ":" in address else address
    try:
        with open_url(f"https://{host}:{PORT}/readyz", timeout=timeout, **ASKING) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def ordered(names: list[str], notes: t.Mapping[str, str]) -> list[str]:
    """The names, those first whose note says that a cluster was finished there, then those where one was begun."""
    rank = {"complete": 0, "started": 1}
    return sorted(names, key=lambda name: rank.get(notes.get(name, ""), 2))


def noted(names: list[str], hostvars: t.Mapping[str, t.Any]) -> dict[str, str]:
    """What preflight has seen of our notes; {} where it has not run."""
    seen = {
        name: (hostvars[name].get("__preflight_host") or {}).get("host") or {} for name in names if name in hostvars
    }
    return {name: str(facts.get("control_plane", "")) for name, facts in seen.items()}


class LookupModule(LookupBase):
    """Runs on the control node."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        """One of the names, which come one by one or as a list."""
        self.set_options(var_options=variables, direct=kwargs)
        names: list[str] = [name for term in terms for name in ([term] if isinstance(term, str) else term)]
        if len(names) < 2:
            return names
        names = ordered(names, noted(names, (variables or {}).get("hostvars", {})))
        addresses = self.get_option("addresses")
        ask = functools.partial(ready, timeout=self.get_option("timeout"))
        with ThreadPoolExecutor() as pool:
            answers = pool.map(ask, [addresses[name] for name in names])
            return [name for name, good in zip(names, answers) if good][:1] or names[:1]
