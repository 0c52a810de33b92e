# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventories from a list of hosts, read back as YAML, and what is wrong with a list."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._inventory_text import hosts_file, variables_file

THREE = "mini1=192.168.0.11,mini2=192.168.0.12 mini3=fd00:1::13"


HOSTS = """---
# Who is who. Only SSH and sudo must work; `ansible all -m ansible.builtin.ping -i THIS_FOLDER` tries the first.
all:
  vars:
    ansible_user: ubuntu
    ansible_python_interpreter: /usr/bin/python3
cluster:
  vars:
    # Root on the machines, never on the one that runs Ansible. Where sudo asks for a password: --ask-become-pass
    ansible_become: true
  children:
    control_plane:
      hosts:
        mini1: {ansible_host: 192.168.0.11}
    workers:
      hosts:
        mini2: {ansible_host: 192.168.0.12}
        mini3: {ansible_host: "fd00:1::13"}
# For a machine with several interfaces, set which address is the node's:
#     mini2: {ansible_host: 10.0.0.12, cluster_node_ip: 192.168.0.12}
"""


def test_every_byte_of_a_file() -> None:
    assert hosts_file(THREE, user="ubuntu") == HOSTS


def test_hosts() -> None:
    content = yaml.safe_load(hosts_file(THREE, user="ubuntu"))
    assert content["all"]["vars"]["ansible_user"] == "ubuntu"
    groups = content["cluster"]["children"]
    assert groups["control_plane"]["hosts"] == {"mini1": {"ansible_host": "192.168.0.11"}}
    assert groups["workers"]["hosts"] == {
        "mini2": {"ansible_host": "192.168.0.12"},
        "mini3": {"ansible_host": "fd00:1::13"},
    }


def test_one_host_and_no_user() -> None:
    content = yaml.safe_load(hosts_file("mini1=192.168.0.11"))
    assert "ansible_user" not in content["all"]["vars"]
    assert content["cluster"]["children"]["workers"]["hosts"] == {}


def test_variables_are_comments() -> None:
    assert yaml.safe_load(variables_file(THREE)) is None
    assert "# cluster_load_balancer_ranges: [192.168.0.200-192.168.0.219]" in variables_file(THREE)
    assert "fd00:1::100" in variables_file("mini1=fd00:1::11")


@pytest.mark.parametrize(
    ("text", "more", "error"),
    [
        ("", {}, 'host 1, "": must be name=address, such as mini1=192.168.0.11'),
        ("mini1", {}, 'host 1, "mini1": must be name=address, such as mini1=192.168.0.11'),
        (
            "mini1=192.168.0.11,Mini_2=192.168.0.12",
            {},
            'host 2, "Mini_2=192.168.0.12": a node\'s name has small letters, digits, - and . only, at most 63',
        ),
        (
            "mini1=192.168.0",
            {},
            'host 1, "mini1=192.168.0": 192.168.0 is no address; must be name=address, such as mini1=192.168.0.11',
        ),
        (
            "mini1=192.168.0.11,mini2=192.168.0.11",
            {},
            'host 2, "mini2=192.168.0.11": mini1=192.168.0.11 has that name or address already',
        ),
        (
            "mini1=192.168.0.11",
            {"user": "a b"},
            'user is "a b"; must be the name of a user on the machines, such as ubuntu',
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, more: dict[str, str], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        hosts_file(text, **more)


def test_names_of_numbers_are_texts() -> None:
    """Whatever YAML makes of a bare word, as of a machine that Proxmox calls 101."""
    names = ["101", "on", "1e3", "null", "mini1"]
    text = hosts_file(",".join(f"{name}=192.168.0.{number}" for number, name in enumerate(names, 1)))
    groups = yaml.safe_load(text)["cluster"]["children"]
    assert [*groups["control_plane"]["hosts"], *groups["workers"]["hosts"]] == names
