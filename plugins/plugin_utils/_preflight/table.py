# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Everything that can be known to be wrong before the first change.

A check is a function from what was asked (Plan) and what was seen (Host) to findings; CHECKS lists them all. A new
Kubernetes minor, operating system or pod network is a line in a table.
"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Finding, ordered
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.access import (
    check_access,
    check_user,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.calico import (
    check_calico,
    check_cni_remains,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.firewall import (
    check_firewall_clients,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.identity import (
    check_clock,
    check_hostnames,
    check_identity,
    check_mac,
    check_node_names,
    check_time_sync,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.inventory import (
    check_groups,
    check_proxy_mode,
    check_version,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.machine import (
    check_cgroup,
    check_containerd,
    check_controllers,
    check_disk,
    check_disk_speed,
    check_modules,
    check_size,
    check_snapshotter,
    check_swap,
    check_system,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.network import (
    check_announcing_cards,
    check_families,
    check_ipv6_mtu,
    check_load_balancer,
    check_node_ip,
    check_router_advertisements,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.occupied import (
    check_cni_port,
    check_ports,
    check_remains,
    check_runtimes,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.peers import (
    check_path_mtu,
    check_peers,
    check_tunnel,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.reach import check_sources
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.running import (
    check_place,
    check_running,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.checks.virtual_ip import (
    check_endpoint,
    check_endpoint_moves,
    check_haproxy_port,
    check_keepalived,
    check_virtual_ip_free,
    check_virtual_ip_place,
)
from ansible_collections.homelab.kubernetes.plugins.plugin_utils._preflight.context import Check, Context, Host, Plan

CHECKS: t.Tuple[Check, ...] = (
    check_groups,
    check_version,
    check_proxy_mode,
    check_endpoint,
    check_access,
    check_user,
    check_system,
    check_size,
    check_disk,
    check_disk_speed,
    check_snapshotter,
    check_containerd,
    check_cgroup,
    check_controllers,
    check_swap,
    check_modules,
    check_hostnames,
    check_identity,
    check_mac,
    check_node_names,
    check_clock,
    check_time_sync,
    check_node_ip,
    check_families,
    check_ipv6_mtu,
    check_router_advertisements,
    check_load_balancer,
    check_announcing_cards,
    check_virtual_ip_place,
    check_virtual_ip_free,
    check_keepalived,
    check_haproxy_port,
    check_firewall_clients,
    check_ports,
    check_cni_port,
    check_runtimes,
    check_remains,
    check_cni_remains,
    check_running,
    check_place,
    check_endpoint_moves,
    check_calico,
    check_peers,
    check_tunnel,
    check_path_mtu,
    check_sources,
)


def findings(plan: Plan, hosts: t.Mapping[str, Host]) -> t.List[Finding]:
    """Everything that is wrong, on all hosts, in the order of the report."""
    context = Context(plan, hosts)
    return ordered(finding for check in CHECKS for finding in check(context))


__all__ = (
    "CHECKS",
    "findings",
)
