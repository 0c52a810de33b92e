# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a machine has, and where it gets packages and images."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind

OS_UNSUPPORTED = Kind(
    "os-unsupported",
    "runs {system}",
    fix="install one of {systems}",
    why="Package sources and defaults are known for other systems only.",
)
ARCHITECTURE_UNSUPPORTED = Kind(
    "architecture-unsupported",
    "has the architecture {architecture}",
    fix="use a machine of {architectures}",
    why="Kubernetes, the pod networks and MetalLB publish no common set of images for it.",
)
CPUS_TOO_FEW = Kind(
    "cpus-too-few",
    "has {cpus} CPU; a control plane needs {needed}",
    fix="give it another CPU, or make another machine the control plane",
    why="kubeadm refuses it: API server and etcd would wait for each other.",
)
DISK_SLOW = Kind(
    "disk-slow",
    "writing 2 KiB safely to the disk of etcd takes {took} ms; more than {limit} is slow",
    fix="give /var/lib/etcd an SSD, no SD card or USB stick; or measure again when nothing else writes",
    why="etcd waits for the disk with every change: a slow one makes the API slow and elections fail.",
    severity="warning",
)
CONTAINERD_TOO_OLD = Kind(
    "containerd-too-old",
    "its distribution has containerd {version}; Kubernetes {minor} needs {oldest} or newer",
    fix="containerd_source: docker",
    why="The kubelet cannot talk to an older one.",
)
CGROUP_V1 = Kind(
    "cgroup-v1",
    "booted with cgroup v1",
    fix="boot with systemd.unified_cgroup_hierarchy=1, or accept v1 for now with "
    "control_plane_kubelet_configuration: {{failCgroupV1: false}}",
    why="The kubelet of Kubernetes {minor} does not start there.",
)
MEMORY_TOO_SMALL = Kind(
    "memory-too-small",
    "has {memory} MiB of memory; a control plane needs {needed}",
    fix="give it more memory, or make another machine the control plane",
    why="The kernel would kill parts of Kubernetes soon after the start.",
)
WORKER_MEMORY_TOO_SMALL = Kind(
    "memory-too-small",
    "has {memory} MiB of memory; a worker needs {needed}",
    fix="give it more memory",
    why="The kernel would kill parts of Kubernetes soon after the start.",
)
DISK_TOO_FULL = Kind(
    "disk-too-full",
    "has {free} MiB free under /var/lib; {needed} are needed",
    fix="free or add space",
    why="Images, logs and etcd live there; below 10-15 % the kubelet evicts pods (DiskPressure).",
)
DISK_NEARLY_FULL = Kind(
    "disk-nearly-full",
    "has {free} MiB free under /var/lib; {wanted} are advised",
    fix="free or add space",
    why="Images, logs and etcd live there; below 10-15 % the kubelet evicts pods (DiskPressure).",
    severity="warning",
)
KERNEL_MODULE_MISSING = Kind(
    "kernel-module-missing",
    "its kernel {kernel} has no {modules}, neither built in nor as a module",
    fix="install the distribution's full kernel (with its modules), reboot",
    why="Containers or the pod network cannot work without.",
)
NFT_MODULE_MISSING = Kind(
    "kernel-module-missing",
    "its kernel {kernel} has no {modules}, neither built in nor as a module",
    fix="install the distribution's full kernel (with its modules), reboot; or cluster_proxy_mode: iptables",
    why="The rules of kube-proxy's mode nftables are made of it.",
)
IPVS_MODULE_MISSING = Kind(
    "kernel-module-missing",
    "its kernel {kernel} has no {modules}, neither built in nor as a module",
    fix="cluster_proxy_mode: nftables",
    why="kube-proxy's mode ipvs needs it.",
)
SOURCE_UNTRUSTED = Kind(
    "source-untrusted",
    "{url} is not trusted from {whence}: {answer}",
    fix="give the hosts its CA certificate, or check the address",
    why="Packages and images come from there.",
    severity="warning",
)
SOURCE_UNREACHABLE = Kind(
    "source-unreachable",
    "{url} does not answer from {whence}: {answer}",
    fix="check the address, DNS and firewall; where only a mirror over http can be reached, let it say what tags mean, "
    "with {{url: ..., resolve: true}} in containerd_registry_mirrors; where only a proxy has a way out, set cluster_http_proxy",
    why="Packages and images come from there.",
)
PROXY_UNREACHABLE = Kind(
    "proxy-unreachable",
    "the proxy {proxy} takes no connection from {whence}: {answer}",
    fix="cluster_http_proxy and cluster_https_proxy: check host and port, that the proxy runs, and that its firewall lets the hosts in; "
    "where neither is set, the proxy is in the host's own /etc/environment",
    why="Packages and images come through it.",
)
PROXY_REFUSES = Kind(
    "proxy-refuses",
    "the proxy {proxy} refuses {url} to {whence}: {answer}",
    fix="admit the hosts in the proxy by their addresses, without a login, and let them CONNECT to port 443 and fetch from other ports "
    "that sources have; or name the source in cluster_no_proxy",
    why="Packages and images come through it.",
)
CGROUP_CONTROLLER_MISSING = Kind(
    "cgroup-controller-missing",
    "booted without the cgroup controller {controllers}",
    fix="on a Raspberry Pi add cgroup_enable=memory cgroup_memory=1 to the one line of /boot/firmware/cmdline.txt; elsewhere take "
    "cgroup_disable= out of the kernel's command line; then reboot",
    why="The kubelet and kubeadm need cpu, cpuset, memory and pids.",
)
SWAP_STAYS = Kind(
    "swap-stays",
    "has swap in use ({swap}) that nobody will switch off: prereqs_manage_swap is false",
    fix="prereqs_manage_swap: true; or let the kubelet live with it, control_plane_kubelet_configuration: {{failSwapOn: false}}",
    why="The kubelet does not start with swap on, unless it is told to.",
)
SNAPSHOTTER_UNSUPPORTED = Kind(
    "snapshotter-unsupported",
    "/var/lib/containerd is on {filesystem} (mounted at {mount}), where overlayfs cannot write",
    fix="mount a disk with ext4, XFS or btrfs at /var/lib/containerd; in a container give it a volume there",
    why="containerd unpacks images with overlayfs: none could be used, and no pod would start.",
)
SNAPSHOTTER_XFS = Kind(
    "snapshotter-unsupported",
    "/var/lib/containerd is on XFS with ftype=0 (mounted at {mount}), where overlayfs cannot write",
    fix="mount a disk with ext4 or new XFS (mkfs.xfs makes ftype=1) at /var/lib/containerd; the file system there can only be made anew",
    why="containerd unpacks images with overlayfs: none could be used, and no pod would start.",
)
SNAPSHOTTER_ZFS = Kind(
    "snapshotter-unsupported",
    "/var/lib/containerd is on ZFS (mounted at {mount}), and overlayfs cannot write on OpenZFS {version}",
    fix="install OpenZFS 2.2 or later on the machine; or mount a zvol with ext4 at /var/lib/containerd; or mount a dataset at "
    "/var/lib/containerd/io.containerd.snapshotter.v1.zfs and set containerd_config: "
    "{{plugins: {{io.containerd.cri.v1.images: {{snapshotter: zfs}}}}}} (containerd 2)",
    why="containerd unpacks images with overlayfs, which works on OpenZFS from 2.2 on: none could be used, and no pod would start.",
)
SNAPSHOTTER_ZFS_UNKNOWN = Kind(
    "snapshotter-unsupported",
    "/var/lib/containerd is on ZFS (mounted at {mount}), whose version cannot be seen from here",
    fix="see that the machine has OpenZFS 2.2 or later (zfs version); else mount a zvol with ext4 at /var/lib/containerd",
    why="containerd unpacks images with overlayfs, which works on OpenZFS from 2.2 on.",
    severity="warning",
)
