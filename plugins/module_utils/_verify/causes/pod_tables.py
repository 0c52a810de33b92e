# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What container runtimes, sandboxes and ending containers say, and what it means. A new cause is a new row."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._catalog import pods as kinds
from ansible_collections.homelab.kubernetes.plugins.module_utils._verify.causes.table import (
    Cause,
)

# What a container runtime says when it cannot pull. "not found" stands last: other errors contain it too.
PULL_CAUSES = (
    Cause(r"proxyconnect tcp: (?P<reason>[^\n]+)", kinds.IMAGE_PROXY),
    # However Go's resolver ends the line, what failed is the question for the name.
    Cause(r"lookup (?P<name>\S+?)(?: on \S+)?: |name resolution", kinds.IMAGE_DNS),
    Cause(r"x509: (?P<reason>[^\n]+)", kinds.IMAGE_TLS),
    Cause(r"HTTP response to HTTPS client", kinds.IMAGE_HTTP),
    Cause(r"no space left on device", kinds.IMAGE_DISK_FULL),
    Cause(r"no match for platform|exec format error", kinds.IMAGE_PLATFORM),
    Cause(r"toomanyrequests|429 Too Many", kinds.IMAGE_RATE_LIMIT),
    Cause(r"connection refused|no route to host|network is unreachable", kinds.IMAGE_REGISTRY_REFUSED),
    Cause(
        r"i/o timeout|deadline exceeded|TLS handshake timeout|Client\.Timeout|connection reset|EOF$",
        kinds.IMAGE_TIMEOUT,
    ),
    Cause(r"unexpected media type text/html", kinds.IMAGE_NO_REGISTRY),
    Cause(
        r"(?i)\bunauthorized\b|\bdenied\b|\bforbidden\b|authentication required|insufficient_scope", kinds.IMAGE_DENIED
    ),
    Cause(r"(?i)not ?found|manifest unknown", kinds.IMAGE_NOT_FOUND),
)

# What a CNI plugin says: it asks the API, by names and addresses of its own. The last row knows every plugin.
_PLUGIN = r"plugin type=\"(?P<plugin>[\w.-]+)\"[^\n]* failed \((?:add|delete)\): "
CNI_CAUSES = (
    Cause(_PLUGIN + r".*(?:[Uu]nauthorized|[Ff]orbidden)", kinds.CNI_UNAUTHORIZED),
    Cause(_PLUGIN + r".*x509:", kinds.CNI_CERTIFICATE),
    Cause(_PLUGIN + r".*dial tcp (?P<address>\S+): (?:i/o timeout|connect: )", kinds.CNI_API_UNREACHABLE),
    Cause(_PLUGIN, kinds.CNI_FAILED),
)

# Events of reason FailedCreatePodSandBox, and a node's network condition.
SANDBOX_CAUSES = (
    Cause(r"subnet\.env", kinds.FLANNEL_NOT_RUNNING),
    Cause(r"failed to find plugin \"?(?P<plugin>[\w.-]+)\"? in path \[(?P<path>[^\]]*)\]", kinds.CNI_PLUGIN_MISSING),
    Cause(
        r"cni plugin not initialized|cni config uninitialized|NetworkPluginNotReady|no networks found in",
        kinds.CNI_NOT_INITIALISED,
    ),
    Cause(r"failed to (?:get|pull|start).* sandbox image \"(?P<image>[^\"]+)\"", kinds.SANDBOX_IMAGE),
    Cause(r"setting rlimit type (?P<limit>\d+)", kinds.SANDBOX_RLIMIT),
    Cause(r"seccomp|apparmor", kinds.SANDBOX_CONFINEMENT),
    *CNI_CAUSES,
)

# The last lines of a container that keeps ending.
CRASH_CAUSES = (
    Cause(r"Loop \([^)]*\) detected", kinds.COREDNS_LOOP),
    Cause(r"pod cidr not assigned", kinds.FLANNEL_NO_POD_CIDR),
    Cause(
        r"[Nn]o valid interface|[Cc]ould not find valid interface|[Ff]ailed to find (?:any valid )?interface[^\n]*",
        kinds.FLANNEL_INTERFACE,
    ),
    Cause(r"nf_conntrack_max[^\n]*(?:permission denied|read-only)", kinds.KUBE_PROXY_CONNTRACK),
    Cause(r"nf_conntrack_max[^\n]*no such file", kinds.KUBE_PROXY_CONNTRACK_MISSING),
    Cause(r"exec format error", kinds.CONTAINER_PLATFORM),
    Cause(r"address already in use", kinds.PORT_IN_USE),
    Cause(r"no space left on device|read-only file system", kinds.NODE_DISK),
)


__all__ = (
    "CRASH_CAUSES",
    "PULL_CAUSES",
    "SANDBOX_CAUSES",
)
