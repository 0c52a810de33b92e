# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this document fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the modules say of themselves in the same words; a module adds what is its own under the attribute's ``details``."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible reads the text by the part's name: ``homelab.kubernetes._attributes`` and ``homelab.kubernetes._attributes.action``."""

    # A module that changes something.
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and predict the change.
    support: full
  diff_mode:
    description: Shows what changes, before and after.
    support: full
"""

    # A module that leaves nothing changed.
    LOOKS = r"""
attributes:
  check_mode:
    description: Runs the same in check mode.
    support: full
  diff_mode:
    description: There is never a difference to show.
    support: none
"""

    # A module whose work, or a part of it, is done on the control node.
    ACTION = r"""
attributes:
  action:
    description: Has an action plugin, which works on the control node.
    support: full
"""
