# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Pods and workloads that are not ready."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

_LOOK = {"look": "`kubectl -n NAMESPACE describe pod NAME`."}

CONTAINER_OUT_OF_MEMORY = Kind(
    "container-out-of-memory",
    "{place}: container {container} is killed: it needs more memory than its limit",
    fix="Raise its memory limit.",
)
POD_REJECTED = Kind(
    "pod-rejected",
    "{place}: the kubelet gave it up ({reason}): {message}",
    fix="`kubectl describe node {node}` shows conditions and what is allocated.",
)
SCHEDULER_SILENT = Kind(
    "scheduler-silent",
    "{place}: Pending, and no scheduler has looked at it",
    fix="Does kube-scheduler run? `kubectl -n kube-system get pods -l component=kube-scheduler -o wide`.",
)
NODE_METRICS_MISSING = Kind(
    "node-metrics-missing",
    "metrics-server has no figures of {nodes}",
    fix="Run site.yml, which approves the kubelets' certificates; then look at `kubectl get csr` and `kubectl -n "
    "kube-system logs deployment/metrics-server`.",
)
AUTOSCALING_FAILED = Kind(
    "autoscaling-failed",
    "An application with a HorizontalPodAutoscaler {what}",
    fix="Look at `kubectl top pods -A` and at `kubectl -n kube-system logs deployment/metrics-server`.",
)
NAMESPACE_EMPTY = Kind(
    "namespace-empty",
    "Namespace {name} holds no Deployment, DaemonSet or StatefulSet",
    fix="What it is for was not installed: run site.yml again.",
)
POD_GONE = Kind(
    "pod-gone",
    "Test pods vanished",
    fix="Run the verification again.",
)
IMAGE_DNS = Kind(
    "image-dns",
    "{place}: the node cannot resolve the registry's name",
    fix="Run `getent hosts {name}` on the node and repair its DNS (/etc/resolv.conf).",
    why="The node's own DNS pulls images, not the cluster's.",
)
IMAGE_TLS = Kind(
    "image-tls",
    "{place}: the node does not trust the registry's certificate: {reason}",
    fix="Check the node's clock and CA certificates, and the CA of a mirror in containerd's certs.d.",
)
IMAGE_HTTP = Kind(
    "image-http",
    "{place}: the registry or mirror speaks plain HTTP where HTTPS is expected",
    fix="Write the mirror's URL with http:// in containerd_registry_mirrors.",
)
IMAGE_DISK_FULL = Kind(
    "image-disk-full",
    "{place}: the node's disk is full",
    fix="Free space under /var/lib/containerd on the node (`df -h`, `crictl rmi --prune`).",
)
IMAGE_PLATFORM = Kind(
    "image-platform",
    "{place}: the image does not exist for the node's architecture",
    fix="Use an image built for it (`uname -m` on the node).",
)
IMAGE_RATE_LIMIT = Kind(
    "image-rate-limit",
    "{place}: the registry refuses: too many pulls from your address",
    fix="Wait, or use a mirror (containerd_registry_mirrors).",
)
IMAGE_REGISTRY_REFUSED = Kind(
    "image-registry-refused",
    "{place}: the registry refuses connections or has no route to it",
    fix="Run `curl -v https://REGISTRY/v2/` on the node; check the firewall, and the mirror if there is one.",
)
IMAGE_TIMEOUT = Kind(
    "image-timeout",
    "{place}: the registry does not answer in time",
    fix="Run `curl -v https://REGISTRY/v2/` on the node; check its gateway, proxy and MTU, or set up a mirror.",
)
IMAGE_DENIED = Kind(
    "image-denied",
    "{place}: the registry denies access, or the image does not exist under that name",
    fix="Check the image's name; a private registry needs credentials.",
)
IMAGE_NOT_FOUND = Kind(
    "image-not-found",
    "{place}: the registry has no such image",
    fix="Check name and tag; a mirror in containerd_registry_mirrors must hold exactly this tag.",
)
FLANNEL_NOT_RUNNING = Kind(
    "flannel-not-running",
    "{place}: Flannel has not written /run/flannel/subnet.env on this node",
    fix="Look at its pod: `kubectl -n kube-flannel logs -l app=flannel --tail=20`.",
)
CNI_PLUGIN_MISSING = Kind(
    "cni-plugin-missing",
    "{place}: the CNI plugin {plugin} is not in {path}",
    fix="Install the package kubernetes-cni on the node, or let the CNI's init container copy it there.",
)
CNI_NOT_INITIALISED = Kind(
    "cni-not-initialised",
    "{place}: no pod network is set up on this node: /etc/cni/net.d holds no configuration",
    fix="Look at the CNI's pod on this node: `kubectl get pods -A -o wide`.",
)
SANDBOX_IMAGE = Kind(
    "sandbox-image",
    "{place}: the sandbox (pause) image {image} cannot be had",
    fix="Set containerd's sandbox image to the one of `kubeadm config images list`, or make it reachable.",
)
SANDBOX_RLIMIT = Kind(
    "sandbox-rlimit",
    "{place}: the runtime may not raise a resource limit (rlimit type {limit})",
    fix="A container node without CAP_SYS_RESOURCE needs restrict_oom_score_adj and no raised limits.",
)
SANDBOX_CONFINEMENT = Kind(
    "sandbox-confinement",
    "{place}: the kernel or the runtime refuses the seccomp or AppArmor profile",
    fix="Check `dmesg` on the node; the kernel needs CONFIG_SECCOMP_FILTER.",
)
COREDNS_LOOP = Kind(
    "coredns-loop",
    "{place}: CoreDNS forwards to itself (Loop detected): the node's resolv.conf names a loopback server",
    fix="Set resolvConf in the KubeletConfiguration to a file without 127.x servers (with systemd-resolved: "
    "/run/systemd/resolve/resolv.conf), restart the kubelet, delete the CoreDNS pods.",
    why="No name resolves in the cluster until then.",
)
FLANNEL_NO_POD_CIDR = Kind(
    "flannel-no-pod-cidr",
    "{place}: the node has no pod range for Flannel",
    fix="Initialise the control plane with networking.podSubnet (cluster_pod_cidr), large enough for a /24 per node.",
)
FLANNEL_INTERFACE = Kind(
    "flannel-interface",
    "{place}: Flannel finds no interface with the node's address",
    fix="Check that cluster_node_ip is an address of this host (`ip address`).",
)
KUBE_PROXY_CONNTRACK = Kind(
    "kube-proxy-conntrack",
    "{place}: kube-proxy may not write net.netfilter.nf_conntrack_max",
    fix="In a container node set conntrack maxPerCore and min to 0 in the KubeProxyConfiguration.",
)
CONTAINER_PLATFORM = Kind(
    "image-platform",
    "{place}: the image was built for another architecture",
    fix="Use an image built for the node's (`uname -m`).",
)
PORT_IN_USE = Kind(
    "port-in-use",
    "{place}: a port that the container needs is taken on the node",
    fix="Find its owner on the node with `ss -ltnp`.",
)
NODE_DISK = Kind(
    "node-disk",
    "{place}: the node's disk is full or read-only",
    fix="Check `df -h`, `df -i` and `dmesg` on the node.",
)
POD_UNSCHEDULABLE_RESOURCES = Kind(
    "pod-unschedulable-resources",
    "{place}: no node has enough {resource} left for its request",
    fix="`kubectl describe nodes` shows what is requested; remove pods, lower requests or add a node.",
)
POD_UNSCHEDULABLE_COUNT = Kind(
    "pod-unschedulable-count",
    "{place}: the node already runs as many pods as it may",
    fix="Raise maxPods in the kubelet's configuration, within the node's pod range.",
)
POD_UNSCHEDULABLE_VOLUME = Kind(
    "pod-unschedulable-volume",
    "{place}: its volume claim is not bound",
    fix="`kubectl get pvc,storageclass -A`: is there a default StorageClass, and does its provisioner run?",
)
POD_UNSCHEDULABLE_CORDON = Kind(
    "pod-unschedulable-cordon",
    "{place}: the nodes are cordoned",
    fix="`kubectl uncordon NODE`.",
)
POD_UNSCHEDULABLE_PORT = Kind(
    "pod-unschedulable-port",
    "{place}: a host port that it needs is taken on every node",
    fix="`kubectl get pods -A -o wide` shows who else uses it.",
)
POD_UNSCHEDULABLE_SPREAD = Kind(
    "pod-unschedulable-spread",
    "{place}: Pending, the nodes that may take it have as many of its kind as they may",
    fix="Bring back the node that is missing (`kubectl get nodes`). One that is gone for good: `kubectl delete node NODE`, take it out of the "
    "inventory and run site.yml.",
)
REPLICAS_SHARE_A_NODE = Kind(
    "replicas-share-a-node",
    "{place}: all {count} pods run on {node}, though {others} could take one",
    fix="Delete one, and the scheduler looks for a place again: `kubectl -n {namespace} delete pod {pod}`. For CoreDNS run site.yml.",
    why="When this node is down, nothing of it runs.",
    severity="warning",
)
POD_UNSCHEDULABLE = Kind("pod-unschedulable", "{place}: Pending, no node suits it", fix="{look}", samples=_LOOK)
POD_UNSCHEDULABLE_TAINT = Kind(
    "pod-unschedulable-taint",
    "{place}: taints keep it away: {taints}",
    fix="Give the pod a toleration, or remove the taint: `kubectl taint node NODE {first}-`.",
)
IMAGE_NAME_INVALID = Kind(
    "image-name-invalid",
    "{place}: the name is not valid",
    fix="Write it as registry/path:tag, in lower case.",
)
IMAGE_NOT_ON_NODE = Kind(
    "image-not-on-node",
    "{place}: not on the node, and may not be pulled",
    fix="Pull the image onto the node, or set imagePullPolicy: IfNotPresent.",
)
IMAGE_PULL = Kind("image-pull", "{place}: cannot be pulled", fix="Run `crictl pull` of it on the node.")
CONTAINER_CRASH = Kind(
    "container-crash",
    "{place}: container {container} keeps ending with code {code}; its last words: {last}",
    fix="`kubectl -n {namespace} logs {pod} -c {container} --previous`.",
)
CONTAINER_START = Kind("container-start", "{place}: cannot start", fix="{look}", samples=_LOOK)
SANDBOX = Kind("sandbox", "{place}: its sandbox cannot be made", fix="On the node: `journalctl -u containerd -n 50`.")
VOLUME_MOUNT = Kind(
    "volume-mount",
    "{place}: a volume cannot be mounted",
    fix="Does the Secret, ConfigMap or volume exist? For NFS: is the NFS client installed on the node?",
)
POD_DELETING = Kind(
    "pod-not-ready",
    "{place}: is being deleted and does not go",
    fix="{look}",
    samples=_LOOK,
)
POD_NOT_STARTED = Kind(
    "pod-not-ready",
    "{place}: no kubelet has started it",
    fix="{look}",
    why="The node may be overloaded, or its kubelet stuck.",
    samples=_LOOK,
)
POD_NOT_READY = Kind("pod-not-ready", "{place}: runs, but is not ready", fix="{look}", samples=_LOOK)
POD_STARTING = Kind("pod-not-ready", "{place}: still starting", fix="{look}", samples=_LOOK)
WORKLOAD_NOT_READY = Kind(
    "workload-not-ready",
    "{place}: not ready, and none of its pods says why",
    fix="`kubectl -n {namespace} describe {kind} {name}`.",
)
IMAGE_PROXY = Kind(
    "image-proxy",
    "{place}: the node's proxy does not let it through: {reason}",
    fix="Check the proxy, cluster_https_proxy and cluster_no_proxy, and what containerd knows: `systemctl show containerd "
    "--property=Environment` on the node.",
)
IMAGE_NO_REGISTRY = Kind(
    "image-no-registry",
    "{place}: what answers is no registry, it sends a web page",
    fix="Check the path of the mirror in containerd_registry_mirrors: it is what stands before the image's name.",
)
CNI_UNAUTHORIZED = Kind(
    "cni-unauthorized",
    "{place}: the CNI plugin {plugin} may not read from the API: its credentials on this node are not accepted",
    fix="Delete the CNI's pod on this node, which writes them anew (`kubectl get pods -A -o wide`); Calico's are in "
    "/etc/cni/net.d/calico-kubeconfig.",
)
CNI_CERTIFICATE = Kind(
    "cni-certificate",
    "{place}: the CNI plugin {plugin} does not trust the API's certificate",
    fix="Its credentials on this node are of an older cluster: delete the CNI's pod on this node, which writes them anew.",
)
CNI_API_UNREACHABLE = Kind(
    "cni-api-unreachable",
    "{place}: the CNI plugin {plugin} does not reach the API at {address}",
    fix="Where it is the service's address, kube-proxy on this node makes it work: see its pod and log, "
    "`kubectl -n kube-system get pods -o wide`.",
)
CNI_FAILED = Kind(
    "cni-failed",
    "{place}: the CNI plugin {plugin} failed",
    fix="Look at the CNI's pod on this node: `kubectl get pods -A -o wide`; its files are in /etc/cni/net.d.",
)
POD_KILL_FAILED = Kind(
    "pod-kill-failed",
    "{place}: is being deleted, and the kubelet cannot end it",
    fix="On the node: `journalctl -u containerd -n 50`, `dmesg`. Where AppArmor forbids the signal (Ubuntu 24.04), a newer containerd "
    "may give it; a reboot ends the pod.",
)
KUBE_PROXY_CONNTRACK_MISSING = Kind(
    "kube-proxy-conntrack",
    "{place}: the kernel has no net.netfilter.nf_conntrack_max",
    fix="Load the module nf_conntrack on the node (`modprobe nf_conntrack`) and run site.yml, or delete the pod.",
)
