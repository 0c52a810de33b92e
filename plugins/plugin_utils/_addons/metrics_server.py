# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""metrics-server's manifests changed as data."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.homelab.kubernetes.plugins.plugin_utils._addons.objects import Object, container, find

# What upstream's own build adds to all of them: the Deployment has no selector without.
LABELS = {"k8s-app": "metrics-server"}


def metrics_server(manifest: t.Sequence[Object], *, image: str) -> list[Object]:
    """metrics-server with the labels and the image of a release, the kubelets' certificates verified.

    The cluster's CA is what it trusts by itself inside a pod; ``--kubelet-certificate-authority`` says so aloud.
    """
    objects = copy.deepcopy(list(manifest))
    for candidate in objects:
        candidate["metadata"].setdefault("labels", {}).update(LABELS)
    find(objects, "Service", "metrics-server")["spec"]["selector"] = dict(LABELS)
    deployment = find(objects, "Deployment", "metrics-server")
    deployment["spec"]["selector"] = {"matchLabels": dict(LABELS)}
    deployment["spec"]["template"].setdefault("metadata", {})["labels"] = dict(LABELS)
    server = container(deployment, "metrics-server")
    server["image"] = image
    server["args"].append("--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
    # It is ready when it has asked the nodes once; a fresh run waits for that.
    server["readinessProbe"].update(initialDelaySeconds=5, periodSeconds=5)
    return objects


__all__ = ("metrics_server",)
