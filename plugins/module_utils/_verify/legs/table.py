# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The legs of the proof, in the order in which they are reported.

To add a leg: write a function in a file of its own that takes the ``Session`` and returns an ``Outcome`` (skipped, with
the reason, where the cluster does not have what it would prove), and add a row here. What it is told comes as a field
of ``Settings`` and an option of the module ``verify_cluster``, what legs of earlier waves ``learned`` with the session;
the kinds of objects it makes stand in its row.
"""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.legs import (
    control_planes,
    hpa,
    network,
    policy,
    ready,
    storage,
)
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.session import Outcome, Session


class Row(t.NamedTuple):
    """A leg, and when it runs.

    Legs of a wave run side by side, after those of the wave before: 0 the API, 1 what has to be ready and the test pods,
    2 the network between the test pods, 3 everything that needs a cluster whose network was tried. A leg of wave 3
    brings its own pods and labels, since the others run beside it.

    Only legs that ``reads`` run in check mode: they create nothing. ``kinds`` are the objects it makes besides pods and
    services, as for ``Session.path``: what an interrupted run left of them is removed too.
    """

    name: str
    wave: int
    run: t.Callable[[Session], Outcome]
    reads: bool = False
    kinds: t.Sequence[str] = ()


LEGS = (
    Row("api", 0, ready.api, reads=True),
    Row("nodes", 1, ready.nodes, reads=True),
    Row("workloads", 1, ready.workloads, reads=True),
    Row("pods", 1, ready.pods),
    Row("pod-network", 2, network.pod_network),
    Row("dns", 2, network.dns),
    Row("cluster-ip", 2, network.cluster_ip),
    Row("node-port", 2, network.node_port),
    Row("load-balancer", 2, network.load_balancer),
    Row("storage", 3, storage.storage, kinds=(storage.CLAIMS,)),
    Row("network-policy", 3, policy.network_policy, kinds=(policy.KIND,)),
    Row("control-planes", 1, control_planes.control_planes, reads=True),
    Row("metrics", 1, hpa.metrics, reads=True),
    Row("hpa", 3, hpa.hpa, kinds=(hpa.AUTOSCALERS, hpa.DEPLOYMENTS)),
)
NAMES = tuple(row.name for row in LEGS)


__all__ = ("LEGS", "NAMES", "Row")
