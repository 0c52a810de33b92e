# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What container runtimes, sandboxes and ending containers say, and what it means. A new cause is a new row."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import (
    Cause,
)

# What a container runtime says when it cannot pull. "not found" stands last: other errors contain it too.
PULL_CAUSES = (
    Cause(
        r"lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|i/o timeout)|name resolution",
        "image-dns",
        "the node cannot resolve the registry's name",
        "Run `getent hosts {0}` on the node and repair its DNS (/etc/resolv.conf).",
        "The node's own DNS pulls images, not the cluster's.",
    ),
    Cause(
        r"x509: ([^\n]+)",
        "image-tls",
        "the node does not trust the registry's certificate: {0}",
        "Check the node's clock and CA certificates, and the CA of a mirror in containerd's certs.d.",
    ),
    Cause(
        r"HTTP response to HTTPS client",
        "image-http",
        "the registry or mirror speaks plain HTTP where HTTPS is expected",
        "Write the mirror's URL with http:// in containerd_registry_mirrors.",
    ),
    Cause(
        r"no space left on device",
        "image-disk-full",
        "the node's disk is full",
        "Free space under /var/lib/containerd on the node (`df -h`, `crictl rmi --prune`).",
    ),
    Cause(
        r"no match for platform|exec format error",
        "image-platform",
        "the image does not exist for the node's architecture",
        "Use an image built for it (`uname -m` on the node).",
    ),
    Cause(
        r"toomanyrequests|429 Too Many",
        "image-rate-limit",
        "the registry refuses: too many pulls from your address",
        "Wait, or use a mirror (containerd_registry_mirrors).",
    ),
    Cause(
        r"connection refused|no route to host|network is unreachable",
        "image-registry-refused",
        "the registry refuses connections or has no route to it",
        "Run `curl -v https://REGISTRY/v2/` on the node; check the firewall, and the mirror if there is one.",
    ),
    Cause(
        r"i/o timeout|deadline exceeded|TLS handshake timeout|Client\.Timeout|connection reset|EOF$",
        "image-timeout",
        "the registry does not answer in time",
        "Run `curl -v https://REGISTRY/v2/` on the node; check its gateway, proxy and MTU, or set up a mirror.",
    ),
    Cause(
        r"unauthorized|denied|forbidden|authentication required|401|403",
        "image-denied",
        "the registry denies access, or the image does not exist under that name",
        "Check the image's name; a private registry needs credentials.",
    ),
    Cause(
        r"not found|manifest unknown|NotFound",
        "image-not-found",
        "the registry has no such image",
        "Check name and tag; a mirror in containerd_registry_mirrors must hold exactly this tag.",
    ),
)

# Events of reason FailedCreatePodSandBox, and a node's network condition.
SANDBOX_CAUSES = (
    Cause(
        r"subnet\.env",
        "flannel-not-running",
        "Flannel has not written /run/flannel/subnet.env on this node",
        "Look at its pod: `kubectl -n kube-flannel logs -l app=flannel --tail=20`.",
    ),
    Cause(
        r"failed to find plugin \"?([\w.-]+)\"? in path \[([^\]]*)\]",
        "cni-plugin-missing",
        "the CNI plugin {0} is not in {1}",
        "Install the package kubernetes-cni on the node, or let the CNI's init container copy it there.",
    ),
    Cause(
        r"cni plugin not initialized|cni config uninitialized|NetworkPluginNotReady|no networks found in",
        "cni-not-initialised",
        "no pod network is set up on this node: /etc/cni/net.d holds no configuration",
        "Look at the CNI's pod on this node: `kubectl get pods -A -o wide`.",
    ),
    Cause(
        r"failed to (?:get|pull|start).* sandbox image \"([^\"]+)\"",
        "sandbox-image",
        "the sandbox (pause) image {0} cannot be had",
        "Set containerd's sandbox image to the one of `kubeadm config images list`, or make it reachable.",
    ),
    Cause(
        r"setting rlimit type (\d+)",
        "sandbox-rlimit",
        "the runtime may not raise a resource limit (rlimit type {0})",
        "A container node without CAP_SYS_RESOURCE needs restrict_oom_score_adj and no raised limits.",
    ),
    Cause(
        r"seccomp|apparmor",
        "sandbox-confinement",
        "the kernel or the runtime refuses the seccomp or AppArmor profile",
        "Check `dmesg` on the node; the kernel needs CONFIG_SECCOMP_FILTER.",
    ),
)

# The last lines of a container that keeps ending.
CRASH_CAUSES = (
    Cause(
        r"Loop \([^)]*\) detected",
        "coredns-loop",
        "CoreDNS forwards to itself (Loop detected): the node's resolv.conf names a loopback server",
        "Set resolvConf in the KubeletConfiguration to a file without 127.x servers (with systemd-resolved: "
        "/run/systemd/resolve/resolv.conf), restart the kubelet, delete the CoreDNS pods.",
        "No name resolves in the cluster until then.",
    ),
    Cause(
        r"pod cidr not assigned",
        "flannel-no-pod-cidr",
        "the node has no pod range for Flannel",
        "Initialise the control plane with networking.podSubnet (cluster_pod_cidr), large enough for a /24 per node.",
    ),
    Cause(
        r"[Nn]o valid interface|[Cc]ould not find valid interface|[Ff]ailed to find (?:any valid )?interface[^\n]*",
        "flannel-interface",
        "Flannel finds no interface with the node's address",
        "Check that cluster_node_ip is an address of this host (`ip address`).",
    ),
    Cause(
        r"nf_conntrack_max[^\n]*(?:permission denied|read-only)",
        "kube-proxy-conntrack",
        "kube-proxy may not write net.netfilter.nf_conntrack_max",
        "In a container node set conntrack maxPerCore and min to 0 in the KubeProxyConfiguration.",
    ),
    Cause(
        r"exec format error",
        "image-platform",
        "the image was built for another architecture",
        "Use an image built for the node's (`uname -m`).",
    ),
    Cause(
        r"address already in use",
        "port-in-use",
        "a port that the container needs is taken on the node",
        "Find its owner on the node with `ss -ltnp`.",
    ),
    Cause(
        r"no space left on device|read-only file system",
        "node-disk",
        "the node's disk is full or read-only",
        "Check `df -h`, `df -i` and `dmesg` on the node.",
    ),
)


__all__ = (
    "CRASH_CAUSES",
    "PULL_CAUSES",
    "SANDBOX_CAUSES",
)
