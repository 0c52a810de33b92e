# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: manifest
short_description: The objects of an upstream manifest, pinned by its checksum
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Reads a Kubernetes manifest from a URL or a file on the control node, checks its SHA-256 and returns its objects as data.
  - A manifest with a checksum is kept under C(~/.cache/homelab.kubernetes) and read only once.
  - No login of C(~/.netrc) is sent; download a manifest that wants one, and give its path.
options:
  _terms:
    description: URL or path, one or more; of a folder with O(files).
    required: true
  files:
    description: Files of the folder to read, as a mapping of name to checksum, instead of the term itself.
    type: dict
    default: {}
  sha256:
    description: Checksum of the content; empty accepts any content.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show the kinds in a manifest
  ansible.builtin.debug:
    msg: "{{ query('homelab.kubernetes.manifest', url, sha256=checksum) | map(attribute='kind') }}"
"""

RETURN = r"""
_list:
  description: The objects in the manifest's order.
  type: list
  elements: dict
"""

import typing as t

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.manifest import fetch_manifest

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LookupModule(LookupBase):
    """Lookup of manifests."""

    def run(self, terms: list[str], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        """The objects of all terms."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            pinned = [
                (f"{term.rstrip('/')}/{name}", sha256)
                for term in terms
                for name, sha256 in self.get_option("files").items()
            ]
            pinned = pinned or [(term, self.get_option("sha256")) for term in terms]
            texts = [fetch_manifest(source, sha256) for source, sha256 in pinned]
        except ValueError as exc:
            raise AnsibleLookupError(str(exc)) from exc
        return [document for text in texts for document in yaml.load_all(text, Loader) if document]
