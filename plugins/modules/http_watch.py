#!/usr/bin/python
# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: http_watch
short_description: Ask URLs again and again and measure their silence
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Asks every URL at a steady pace, each time over a new connection, and tells how many answers were missing and for how long there was none.
  - Meant for a task with C(async) on the control node, while other tasks do something that should not be noticed.
  - Sends no credentials and trusts any certificate, because it only looks whether somebody answers.
extends_documentation_fragment:
  - homelab.kubernetes._attributes.looks
attributes:
  check_mode:
    description: Reads only.
    support: full
options:
  urls:
    description: What to ask.
    type: list
    elements: str
    required: true
  seconds:
    description: How long to ask.
    type: float
    default: 30
  pace:
    description: Questions to each URL in a second, as long as answers come that fast.
    type: float
    default: 10
  timeout:
    description: Seconds after which a question counts as failed.
    type: float
    default: 5
"""

EXAMPLES = r"""
- name: Ask the API ten times a second
  homelab.kubernetes.http_watch:
    urls: ["https://192.168.0.10:6443/readyz"]
  delegate_to: localhost
  async: 90
  poll: 0
  register: watch
"""

RETURN = r"""
watched:
  description: What came out, one for each URL.
  type: list
  elements: dict
  returned: success
  contains:
    url:
      description: What was asked.
      type: str
    asked:
      description: Questions.
      type: int
    failed:
      description: Questions without an answer below 400.
      type: int
    silence:
      description: The longest time in seconds from one answer to the next, beyond the pace.
      type: float
    errors:
      description: What the failures were, each kind once.
      type: list
      elements: str
"""

import functools
import ssl
import time
import typing as t
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.silence import Answer, summary


def ask(url: str, timeout: float) -> str:
    """Why a question got no answer, "" when it got one."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(url, timeout=timeout) as answer:
            answer.read()
    except OSError as exc:
        return f"{type(exc).__name__}: {exc}"
    return ""


def watch(url: str, seconds: float, pace: float, timeout: float) -> dict[str, t.Any]:
    """Ask one URL until the time is over."""
    begin = time.monotonic()
    answers: list[Answer] = []
    while time.monotonic() - begin < seconds:
        asked = time.monotonic()
        problem = ask(url, timeout)
        now = time.monotonic()
        answers.append(Answer(now - begin, problem))
        time.sleep(max(0.0, asked + 1 / pace - now))
    return {"url": url, **summary(answers, time.monotonic() - begin, 1 / pace)}


def main() -> None:
    """Ask all at once."""
    module = AnsibleModule(
        argument_spec={
            "urls": {"type": "list", "elements": "str", "required": True},
            "seconds": {"type": "float", "default": 30},
            "pace": {"type": "float", "default": 10},
            "timeout": {"type": "float", "default": 5},
        },
        supports_check_mode=True,
    )
    how = {key: module.params[key] for key in ("seconds", "pace", "timeout")}
    with ThreadPoolExecutor(max_workers=len(module.params["urls"]) or 1) as pool:
        watched = list(pool.map(functools.partial(watch, **how), module.params["urls"]))
    module.exit_json(changed=False, watched=watched)


if __name__ == "__main__":
    main()
