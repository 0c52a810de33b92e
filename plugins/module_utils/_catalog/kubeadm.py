# Copyright: homelab.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What kubeadm says of a host, and why it fails."""

from __future__ import annotations

from ansible_collections.homelab.kubernetes.plugins.module_utils._findings import Kind


def _complaint(check: str, fix: str) -> Kind:
    return Kind(
        f"kubeadm-{check}",
        "{message}",
        fix=f"{fix}; whoever accepts the risk adds {{check}} to ignore_preflight_errors",
        why="kubeadm's preflight checks it",
        samples={"message": f"what kubeadm's check {check} prints"},
    )


# What kubeadm's preflight complains of, by the beginning of the check's name. The id of a finding has the whole name, the
# words in capitals stand for its end. The first row that fits counts, the last one fits all.
COMPLAINTS: dict[str, Kind] = {
    "Port-": _complaint("port-NUMBER", "see with `ss -ltnp` which program listens there, and stop it or move it"),
    "FileAvailable-": _complaint(
        "fileavailable-FILE",
        "the host carries remains of a cluster: if nothing of it is needed, run `kubeadm reset` on it",
    ),
    "DirAvailable-": _complaint(
        "diravailable-FOLDER",
        "the host carries remains of a cluster: if nothing of it is needed, run `kubeadm reset` on it",
    ),
    "FileContent-": _complaint(
        "filecontent-FILE", "let the prereqs role set the kernel parameters, or set this one with sysctl"
    ),
    "FileExisting-": _complaint("fileexisting-PROGRAM", "install the program that is missing"),
    "Swap": _complaint("swap", "switch swap off with `swapoff -a` and take it out of /etc/fstab"),
    "NumCPU": _complaint("numcpu", "give the machine two processors or more"),
    "Mem": _complaint("mem", "give the machine more memory"),
    "CRI": _complaint("cri", "look at `systemctl status containerd` and `journalctl -u containerd`"),
    "ImagePull": _complaint(
        "imagepull", "look whether the host reaches the registry, or set containerd_registry_mirrors"
    ),
    "Kubelet": _complaint("kubeletversion", "install a kubelet of the same minor version as kubeadm"),
    "Hostname": _complaint("hostname", "make the node's name resolve to its address"),
    "SystemVerification": _complaint(
        "systemverification",
        "correct what it names: a cgroup controller is switched on by the kernel's command line, then reboot",
    ),
    "Service-": _complaint("service-NAME", "enable and start the service"),
    "": _complaint("CHECK", "correct it on the host"),
}
ADMIN_CONF_UNREADABLE = Kind(
    "kubeadm-admin-conf-unreadable",
    "/etc/kubernetes/admin.conf cannot be read, or is empty",
    fix="Remove it and make it anew with `kubeadm init phase kubeconfig admin`",
)
CERTIFICATE_TIME = Kind(
    "kubeadm-certificate-time",
    "a certificate is outside its time",
    fix="Compare `date` on this host and on the control plane, and look at `kubeadm certs check-expiration` on "
    "the control plane; `kubeadm certs renew all` renews all but the CA",
)
API_AWAY = Kind(
    "kubeadm-api-away",
    "the API is down or cannot be reached from here",
    fix="Look at `crictl ps -a` and `journalctl -u kubelet` on the control plane, and whether port 6443 is open",
)
CA_UNKNOWN = Kind(
    "kubeadm-ca-unknown",
    "the API shows a certificate of another cluster's CA than this host knows",
    fix="Look whether the endpoint is the right one",
)
ADMIN_CONF_MISSING = Kind(
    "kubeadm-admin-conf-missing",
    "/etc/kubernetes/admin.conf is not there, so this host is no finished control plane",
    fix="Run site.yml first",
)
API_INTERNAL = Kind(
    "kubeadm-api-internal",
    "the API answers with an error of its own (500 or 503), mostly because etcd is not well",
    fix="Look at `crictl logs` of etcd and kube-apiserver on the control plane",
)
CREDENTIALS_REFUSED = Kind(
    "kubeadm-credentials-refused",
    "the API does not accept these credentials",
    fix="Make admin.conf anew with `kubeadm init phase kubeconfig admin`",
)
KUBELET_UNHEALTHY = Kind(
    "kubeadm-kubelet-unhealthy",
    "the kubelet on this host does not become healthy",
    fix="Look at `journalctl -u kubelet -n 50` on this host: swap that is on, a wrong setting or a missing container runtime are usual",
)
INOTIFY_EXHAUSTED = Kind(
    "kubeadm-inotify-exhausted",
    "the kernel of this host has no inotify instance left, so the kubelet stops at its start",
    fix="Raise fs.inotify.max_user_instances, to 512 say, in /etc/sysctl.d and with `sysctl --system`; containers on one "
    "machine share it, so a node that is one takes it from its machine",
)
KUBELET_STOPS = Kind(
    "kubeadm-kubelet-stops",
    "the kubelet on this host stops at its start",
    fix="Correct what its line names; `journalctl -u kubelet -n 50` on this host shows what came before",
)
NAME_UNRESOLVED = Kind(
    "kubeadm-name-unresolved",
    "this host cannot resolve the name {name}",
    fix="Look at `getent hosts {name}` on this host and at its name servers, or use an address",
)
PROXY_REFUSES = Kind(
    "kubeadm-proxy-refuses",
    "the proxy of this host does not let it through",
    fix="Look at HTTPS_PROXY and NO_PROXY where the command runs: the API's address must be an exception",
)
