# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cidr_findings
short_description: What is wrong with the addresses of a cluster
version_added: 0.1.0
author:
  - homelab.kubernetes contributors (@homelab-kubernetes)
description:
  - Compares all ranges and addresses of a cluster and its surroundings with each other, nested in either direction, for IPv4, IPv6 and both.
  - A malformed value is a finding that quotes it. Only a wrong type (a number for an address, a list for a mapping) is an error.
  - The ids of findings are stable; C(docs/reference/address-plan.md) lists them.
options:
  _input:
    description:
      - The address plan. Every key may be missing; V(none), an empty string, an empty list and an empty item of a list mean not given.
      - Where a list is asked for, one text is a list of one, and C(a,b) is two.
    type: dict
    required: true
    suboptions:
      pods:
        description: The pod CIDR, or one IPv4 and one IPv6 CIDR.
        type: list
        elements: str
      services:
        description: The service CIDR, or one IPv4 and one IPv6 CIDR. The family of the first is the primary one of the cluster.
        type: list
        elements: str
      nodes:
        description: Node name to address or list of addresses. A node without any is a finding.
        type: dict
      node_networks:
        description: The networks of the nodes. Without them nothing is said about addresses outside of them.
        type: list
        elements: str
      load_balancer:
        description: Pools for services of type LoadBalancer, CIDRs or C(first-last). One address is C(192.168.0.200/32).
        type: list
        elements: str
      endpoint:
        description: The address of the API server, without port. It may be that of a node.
        type: str
      gateways:
        description: Addresses of routers. IPv6 ones may be link-local.
        type: list
        elements: str
      dns_servers:
        description: Addresses of name servers.
        type: list
        elements: str
      nfs_servers:
        description: Addresses of NFS servers.
        type: list
        elements: str
      dhcp_ranges:
        description: What DHCP servers lease, CIDRs or C(first-last).
        type: list
        elements: str
      other_networks:
        description:
          - Name to network or list of networks that exist besides, such as those of docker0, a VPN, or routes on hosts. One address is a route to a host.
          - A network with a prefix length of 0 or 1 is a default route and not compared; loopback and link-local networks may be listed.
        type: dict
      node_prefix_length:
        description:
          - Size of the block of pod addresses that each node gets, 24 for IPv4 and 64 for IPv6.
          - A number counts for the family of the pods; with both families up to 32 for IPv4 and above for IPv6. A mapping with C(ipv4) and C(ipv6) sets both.
        type: raw
      max_nodes:
        description: How many nodes there may be one day.
        type: int
      max_pods:
        description: How many pods a node may have. Not checked when missing.
        type: int
seealso:
  - plugin: homelab.kubernetes.cidr_proposal
    plugin_type: filter
  - plugin: homelab.kubernetes.cidr_consistent
    plugin_type: test
"""

EXAMPLES = r"""
- name: Show what is wrong with an address plan
  ansible.builtin.debug:
    msg: "{{ plan | homelab.kubernetes.cidr_findings }}"
  vars:
    plan:
      pods: 192.168.0.0/16
      services: 10.96.0.0/12
      nodes:
        mini1: 192.168.56.11

# - id: pods-overlap-nodes
#   severity: error
#   host: mini1
#   subjects: [pods, nodes.mini1]
#   message: "pod range 192.168.0.0/16 contains node mini1 192.168.56.11: traffic to this node would be taken for traffic to
#     pods and never reach it"
#   why: Every node sends the whole pod range to the CNI plugin, whatever else has an address there.
#   fix: "set pods to 10.244.0.0/16 (inventory: cluster_pod_cidr: 10.244.0.0/16)"
"""

RETURN = r"""
_value:
  description: The findings, errors first, then by id. Empty when the plan is consistent.
  type: list
  elements: dict
  contains:
    id:
      description: What kind of mistake it is, in kebab case.
      type: str
    severity:
      description: V(error) when a cluster would not work, else V(warning).
      type: str
    host:
      description: The node concerned, empty for the whole cluster.
      type: str
    subjects:
      description: The input keys concerned, such as C(pods) and C(nodes.mini1).
      type: list
      elements: str
    message:
      description: Both values and what would break.
      type: str
    why:
      description: The mechanism behind it, where it is not obvious.
      type: str
    fix:
      description: What to write instead, as C(cidr_proposal) would.
      type: str
"""

import typing as t

from ansible.errors import AnsibleTypeError
from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._address import plan as _address_plan


def cidr_findings(plan: t.Mapping[str, object]) -> list[Finding]:
    """Translate the error, nothing else."""
    try:
        return _address_plan.findings(plan)
    except TypeError as exc:
        raise AnsibleTypeError(f"cidr_findings: {exc}") from exc


class FilterModule:
    """Jinja filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"cidr_findings": cidr_findings}
